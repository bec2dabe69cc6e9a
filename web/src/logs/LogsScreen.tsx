import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keymap } from '../app/keymap.ts';
import { useShortcuts } from '../app/Shortcuts.tsx';
import { useCopy } from '../app/Toasts.tsx';
import { useTitle } from '../app/useTitle.ts';
import { absolute } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { patchSearch } from '../url/view.ts';
import { FieldSidebar } from './FieldSidebar.tsx';
import { LevelHistogram } from './LevelHistogram.tsx';
import { LogDetail } from './LogDetail.tsx';
import { LogList } from './LogList.tsx';
import { LogSearchBar } from './LogSearchBar.tsx';
import { LogToolbar } from './LogToolbar.tsx';
import { parsed } from './refine.ts';
import type { LogRow } from './rows.ts';
import { useLogLines } from './useLogLines.ts';
import { useLogView } from './useLogView.ts';

/** Explore logs: one box, the histogram, fields at the left, lines, and the open line at the right. */
export function LogsScreen() {
  const { t } = useTranslation();
  const view = useLogView();
  const time = useTime();
  const copy = useCopy();
  const [scrolled, setScrolled] = useState(false);
  const expr = useMemo(() => parsed(view.query), [view.query]);
  const isLog = expr === null || expr.kind === 'log';
  const lines = useLogLines({
    query: view.query,
    enabled: expr?.kind === 'log',
    live: view.live,
    held: scrolled || view.open !== null,
  });
  const open = lines.rows.find((row) => row.id === view.open);
  useTitle(view.text, t('logs.title'));

  const linkTo = (row: LogRow): string => {
    const fixed = absolute(time.range);
    return `${window.location.origin}${window.location.pathname}?${patchSearch(window.location.search, { from: fixed.from, to: fixed.to, live: null, line: row.id })}`;
  };
  const move = (by: number): void => {
    const at = lines.rows.findIndex((row) => row.id === view.open);
    const next = lines.rows[Math.max(0, Math.min(lines.rows.length - 1, at < 0 ? 0 : at + by))];
    if (next !== undefined) view.set({ line: next.id }, { replace: true });
  };
  useShortcuts([
    {
      id: 'logFollow',
      strokes: keymap.logFollow,
      run: () => view.set({ live: view.live ? null : '1' }, { replace: true }),
    },
    {
      id: 'logWrap',
      strokes: keymap.logWrap,
      run: () => view.set({ wrap: view.wrap ? null : '1' }, { replace: true }),
    },
    { id: 'listNext', strokes: keymap.listNext, run: () => move(1) },
    { id: 'listPrevious', strokes: keymap.listPrevious, run: () => move(-1) },
    { id: 'logNewest', strokes: keymap.logNewest, run: () => view.set({ line: lines.rows[0]?.id }, { replace: true }) },
    {
      id: 'logOldest',
      strokes: keymap.logOldest,
      run: () => view.set({ line: lines.rows.at(-1)?.id }, { replace: true }),
    },
    { id: 'close', strokes: keymap.close, run: () => view.set({ line: null }, { replace: true }) },
    { id: 'logCopy', strokes: keymap.logCopy, run: () => open !== undefined && copy(open.line, t('actions.copied')) },
    {
      id: 'logCopyLink',
      strokes: keymap.logCopyLink,
      run: () => open !== undefined && copy(linkTo(open), t('actions.copied')),
    },
  ]);
  const refine = (query: string): void => view.set({ q: query, aa: null, word: null, re: null, line: null });

  return (
    <div className="logs">
      <h1 className="visually-hidden">{t('logs.title')}</h1>
      <LogSearchBar view={view} />
      {isLog ? (
        <>
          <section className="panel logs-histogram">
            <LevelHistogram query={expr === null ? '' : view.query} height={86} />
          </section>
          <div className="logs-body" data-fields={view.fields || undefined} data-open={open !== undefined || undefined}>
            {view.fields && expr !== null && (
              <FieldSidebar
                query={view.query}
                columns={view.columns}
                onColumns={(columns) => view.set({ cols: columns.join(',') }, { replace: true })}
                onRefine={refine}
              />
            )}
            <section className="panel logs-list-panel">
              <LogToolbar view={view} lines={lines} />
              <LogList
                view={view}
                lines={lines}
                openId={open?.id ?? null}
                onScrolled={setScrolled}
                onOpen={(row) => view.set({ line: row.id === view.open ? null : row.id }, { replace: true })}
                onRefine={refine}
                broken={expr === null}
              />
            </section>
            {open !== undefined && (
              <LogDetail
                key={open.id}
                row={open}
                query={view.query}
                link={linkTo(open)}
                onRefine={refine}
                onClose={() => view.set({ line: null }, { replace: true })}
              />
            )}
          </div>
        </>
      ) : (
        <section className="panel">
          <div className="state">
            <div className="state-title">{t('logs.metricRefused')}</div>
          </div>
        </section>
      )}
    </div>
  );
}
