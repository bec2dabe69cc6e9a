import { IconTimeline } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchLogLines } from '../data/logs.ts';
import { useFormats } from '../i18n/format.ts';
import { lineTime, Message } from '../logs/LogLine.tsx';
import { isDated } from '../logs/LogList.tsx';
import { type LogRow, levelLetters, rowsOf } from '../logs/rows.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { absolute } from '../time/range.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import type { Pointed } from './pointed.ts';
import { linesQuery } from './signalQueries.ts';
import type { SignalsView } from './useSignalsView.ts';

const firstLines = 200;
const mostLines = 3200;

interface Props {
  readonly name: string;
  readonly view: SignalsView;
  readonly pointed: Pointed | null;
  readonly onPointed: (pointed: Pointed | null) => void;
}

/** The newest lines of the service in the chosen time; a line with a trace id leads to its trace. */
export function SignalLines({ name, view, pointed, onPointed }: Props) {
  const { t } = useTranslation();
  const query = linesQuery(name, view);
  const [limit, setLimit] = useState(firstLines);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question begins with its first lines.
  useEffect(() => setLimit(firstLines), [query]);
  const { window } = view;
  const answer = useAnswer({
    subject: ['signal-lines', query],
    at: [window.fromMs, window.toMs, limit],
    ask: (signal) =>
      fetchLogLines(
        {
          query,
          startNs: `${Math.floor(window.fromMs)}000000`,
          endNs: `${Math.ceil(window.toMs)}000000`,
          direction: 'backward',
          limit,
        },
        signal,
      ),
  });
  return (
    <Panel
      title={t('signals.lines')}
      className="signal-lines"
      tools={
        <ScreenLink to="/explore/logs" with={{ ...absolute(window), q: query }}>
          {t('signals.openLogs')}
        </ScreenLink>
      }
    >
      <Answered answer={answer} height={200}>
        {(page) => {
          const rows = rowsOf(page);
          if (rows.length === 0) return <Empty title={t('signals.noLines')} height={160} />;
          return (
            <div className="signal-scroll" data-one-service>
              {rows.map((row) => (
                <Line key={row.id} row={row} dated={isDated(window)} pointed={pointed} onPointed={onPointed} />
              ))}
              {page.next !== null && limit < mostLines && (
                <button type="button" className="text-button context-end" onClick={() => setLimit(limit * 2)}>
                  {t('signals.moreLines')}
                </button>
              )}
            </div>
          );
        }}
      </Answered>
    </Panel>
  );
}

interface LineProps extends Pick<Props, 'pointed' | 'onPointed'> {
  readonly row: LogRow;
  readonly dated: boolean;
}

function Line({ row, dated, pointed, onPointed }: LineProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [open, setOpen] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointing only marks the moment elsewhere; nothing can be done by it alone.
    <div
      className="signal-line"
      data-pointed={(row.traceId !== null && pointed?.traceId === row.traceId) || undefined}
      data-wrap={open || undefined}
      onMouseEnter={() => onPointed({ ms: row.ms, traceId: row.traceId })}
      onMouseLeave={() => onPointed(null)}
    >
      <button
        type="button"
        className="log-line"
        data-level={row.level}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <span className="log-time num">{lineTime(row.ms, dated, formats)}</span>
        <span className="log-level">{levelLetters[row.level]}</span>
        <Message row={row} raw={open} wanted={[]} whole={open} />
      </button>
      {row.traceId !== null && (
        <ScreenLink
          to={`/trace/${row.traceId}`}
          with={{ span: row.spanId }}
          className="signal-to-trace"
          title={t('signals.openTrace')}
          aria-label={t('signals.openTrace')}
        >
          <IconTimeline size={14} aria-hidden />
        </ScreenLink>
      )}
    </div>
  );
}
