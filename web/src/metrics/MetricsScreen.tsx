import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTitle } from '../app/useTitle.ts';
import { useTime } from '../time/TimeContext.tsx';
import { useView } from '../url/view.ts';
import { askedRows } from './formula.ts';
import { queryHistory } from './history.ts';
import { MetricBrowser } from './MetricBrowser.tsx';
import { MetricsStart } from './MetricsStart.tsx';
import { QueryRows } from './QueryRows.tsx';
import { changedRow, type Letter, type QueryRow, readRows, rowsPatch } from './queryRows.ts';
import { ResultPanel } from './ResultPanel.tsx';
import type { RowRemarks } from './useRemarks.ts';

const noRemarks: RowRemarks = new Map();

/** Explore metrics: PromQL boxes, what they yield as graph, table, heatmap or plan, and the list of metrics beside. */
export function MetricsScreen() {
  const { t } = useTranslation();
  const view = useView();
  const time = useTime();
  const rows = readRows(view.params);
  const texts = JSON.stringify(rows.map(({ letter, text }) => [letter, text]));
  // What is typed counts for the rows it was typed into: after an answer to other texts it is gone.
  const [typed, setTyped] = useState<{ readonly texts: string; readonly drafts: ReadonlyMap<Letter, string> }>({
    texts,
    drafts: new Map(),
  });
  const [remarks, setRemarks] = useState(noRemarks);
  const drafts = typed.texts === texts ? typed.drafts : new Map<Letter, string>();
  const written = rows.map((row) => ({ ...row, text: drafts.get(row.letter) ?? row.text }));
  const browser = view.params.get('browser') !== 'off';
  const asked = askedRows(rows).filter(({ row, query }) => row.on && query !== '');
  useTitle(asked[0]?.query ?? '', t('metrics.title'));

  const ask = (next: readonly QueryRow[]): void => {
    const trimmed = next.map((row) => ({ ...row, text: row.text.trim() }));
    for (const row of trimmed) if (!row.formula) queryHistory.note(row.text);
    if (JSON.stringify(trimmed) === JSON.stringify(rows)) time.refresh();
    else view.set(rowsPatch(trimmed));
  };
  // A picked metric goes where there is nothing yet, else it takes the place of the only query.
  const pick = (query: string): void => {
    const free = written.find((row) => !row.formula && row.text.trim() === '') ?? written.find((row) => !row.formula);
    ask(changedRow(written, free?.letter ?? 'A', { text: query, on: true }));
  };
  const missing = askedRows(rows).filter((one) => one.missing !== null && one.row.on);
  return (
    <div className="explore" data-browser={browser || undefined}>
      {browser && <MetricBrowser onPick={pick} />}
      <div className="explore-main">
        <h1 className="visually-hidden">{t('metrics.title')}</h1>
        <QueryRows
          rows={written}
          remarks={remarks}
          browser={browser}
          onBrowser={() => view.set({ browser: browser ? 'off' : null }, { replace: true })}
          onType={(letter, text) => setTyped({ texts, drafts: new Map(drafts).set(letter, text) })}
          onRows={ask}
        />
        {missing.map((one) => (
          <div key={one.row.letter} className="note tone-warning" role="alert">
            {t('metrics.formulaMissing', { letter: one.row.letter, missing: one.missing })}
          </div>
        ))}
        {asked.length === 0 ? (
          <MetricsStart onPick={pick} />
        ) : (
          <ResultPanel rows={asked} onQuery={pick} onRemarks={setRemarks} />
        )}
      </div>
    </div>
  );
}
