import type { LogPattern } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchLogPatterns } from '../data/logs.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered, Empty, PartialNote } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { PatternRow, type PatternsProps } from './PatternRow.tsx';

const steps = 60;
const states = ['new', 'rising', 'gone', 'steady'] as const;
const firstRows = 100;

/** The patterns of the lines, how many lines each stands for, and how that changed against the period before. */
export function LogPatterns({ query, onRefine }: PatternsProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range } = useTime();
  const [only, setOnly] = useState<LogPattern['state'] | null>(null);
  const [limit, setLimit] = useState(firstRows);
  const answer = useAnswer({
    subject: ['log-patterns', query],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchLogPatterns(query, range, steps, signal),
  });
  return (
    <div className="log-pane">
      <Answered answer={answer} height={200}>
        {(data) => {
          const found = data.patterns.filter((one) => only === null || one.state === only);
          if (data.patterns.length === 0) return <Empty title={t('logs.noPatterns')} height={200} />;
          return (
            <>
              {data.notes.partial && <PartialNote warnings={data.notes.warnings} />}
              <div className="pane-head">
                <span className="dim num">
                  {t('logs.patternsOf', { count: data.patterns.length, lines: formats.integer(data.total) })}
                </span>
                {states.map((state) => {
                  const count = data.patterns.filter((one) => one.state === state).length;
                  return (
                    <button
                      key={state}
                      type="button"
                      className="chip num"
                      aria-pressed={only === state}
                      data-active={only === state || undefined}
                      disabled={count === 0}
                      onClick={() => setOnly(only === state ? null : state)}
                    >
                      {t(`logs.patternState.${state}`)} {formats.integer(count)}
                    </button>
                  );
                })}
              </div>
              {!data.notes.partial && data.notes.warnings.length > 0 && (
                <p className="dim pane-note">{data.notes.warnings.join(' ')}</p>
              )}
              <ul className="patterns">
                {found.slice(0, limit).map((one) => (
                  <PatternRow
                    key={`${one.service} ${one.level} ${one.pattern}`}
                    pattern={one}
                    total={data.total}
                    query={query}
                    onRefine={onRefine}
                  />
                ))}
              </ul>
              {found.length > limit && (
                <button type="button" className="text-button" onClick={() => setLimit(limit * 5)}>
                  {t('actions.more', { count: found.length - limit })}
                </button>
              )}
            </>
          );
        }}
      </Answered>
    </div>
  );
}
