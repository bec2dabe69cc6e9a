import type { LogRecord } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchLogContext } from '../data/trilith.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { previewOf } from './lineView.ts';
import { type LogRow, levelOf, streamSelector } from './rows.ts';

const firstLines = 10;

function Neighbour({ record, anchor }: { readonly record: LogRecord; readonly anchor: boolean }) {
  const formats = useFormats();
  const preview = previewOf(record.body);
  return (
    <div className="log-line context-line" data-level={levelOf(record.level)} data-anchor={anchor || undefined}>
      <span className="log-time num">{formats.clock(Number(record.timeNs.slice(0, -6)))}</span>
      <span className="log-message">
        {preview.message} <span className="log-rest">{preview.rest}</span>
      </span>
    </div>
  );
}

/** The lines of the same stream before and after one line, oldest first, more on request in both directions. */
export function LogContext({ row }: { readonly row: LogRow }) {
  const { t } = useTranslation();
  const [before, setBefore] = useState(firstLines);
  const [after, setAfter] = useState(firstLines);
  const selector = streamSelector(row.labels);
  const answer = useAnswer({
    subject: ['log-context', selector, row.timeNs],
    at: [before, after],
    ask: (signal) => fetchLogContext(selector, row.timeNs, before, after, signal),
  });
  return (
    <section aria-label={t('logs.contextHint')}>
      <p className="dim">{t('logs.contextHint')}</p>
      <Answered answer={answer} height={120}>
        {(data) => (
          <div className="context">
            {data.before.length < before ? (
              <span className="dim">{t('logs.ends')}</span>
            ) : (
              <button type="button" className="text-button" onClick={() => setBefore(before * 2)}>
                ↑ {t('logs.earlier')}
              </button>
            )}
            {keyed([...data.before, ...data.after]).map(({ key, record }) => (
              <Neighbour key={key} record={record} anchor={record.timeNs === row.timeNs && record.body === row.line} />
            ))}
            {data.after.length < after ? (
              <span className="dim">{t('logs.ends')}</span>
            ) : (
              <button type="button" className="text-button" onClick={() => setAfter(after * 2)}>
                ↓ {t('logs.later')}
              </button>
            )}
          </div>
        )}
      </Answered>
    </section>
  );
}

/** Records of one time and text are told apart by their order. */
function keyed(records: readonly LogRecord[]): readonly { readonly key: string; readonly record: LogRecord }[] {
  const seen = new Map<string, number>();
  return records.map((record) => {
    const base = `${record.timeNs} ${record.body.slice(0, 80)}`;
    const count = (seen.get(base) ?? 0) + 1;
    seen.set(base, count);
    return { key: `${base} ${count}`, record };
  });
}
