import { Chip } from '@mantine/core';
import { IconAlertCircleFilled, IconLogs } from '@tabler/icons-react';
import type { TraceSearchAnswer, TraceSummary } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useFormats } from '../i18n/format.ts';
import { lineTime } from '../logs/LogLine.tsx';
import { isDated } from '../logs/LogList.tsx';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty, PartialNote } from '../states/States.tsx';
import type { Answer } from '../states/useAnswer.ts';
import { absolute } from '../time/range.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import type { Pointed } from './pointed.ts';
import { tracesQuery } from './signalQueries.ts';
import { ownSpan } from './TraceLayer.tsx';
import type { SignalsView } from './useSignalsView.ts';

interface Props {
  readonly name: string;
  readonly view: SignalsView;
  readonly answer: Answer<TraceSearchAnswer>;
  readonly pointed: Pointed | null;
  readonly onPointed: (pointed: Pointed | null) => void;
}

/** The traces the service took part in in the chosen time, by its own span. */
export function SignalTraces({ name, view, answer, pointed, onPointed }: Props) {
  const { t } = useTranslation();
  return (
    <Panel
      title={t('signals.traces')}
      className="signal-traces"
      tools={
        <>
          <Chip
            size="xs"
            checked={view.slowest}
            onChange={(on) => view.set({ order: on ? 'slowest' : null }, { replace: true })}
          >
            {t('signals.slowest')}
          </Chip>
          <ScreenLink to="/explore/traces" with={{ ...absolute(view.window), q: tracesQuery(name, view) }}>
            {t('signals.moreTraces')}
          </ScreenLink>
        </>
      }
    >
      <Answered answer={answer} height={200}>
        {({ traces, notes }) => {
          if (traces.length === 0) return <Empty title={t('signals.noTraces')} height={160} />;
          const longestMs = traces.reduce((most, trace) => Math.max(most, ownSpan(trace).durationMs), 0.001);
          return (
            <>
              {notes.partial && <PartialNote warnings={notes.warnings} />}
              <div className="signal-scroll">
                {traces.map((trace) => (
                  <Row
                    key={trace.traceId}
                    trace={trace}
                    longestMs={longestMs}
                    view={view}
                    pointed={pointed}
                    onPointed={onPointed}
                  />
                ))}
              </div>
            </>
          );
        }}
      </Answered>
    </Panel>
  );
}

interface RowProps extends Pick<Props, 'view' | 'pointed' | 'onPointed'> {
  readonly trace: TraceSummary;
  readonly longestMs: number;
}

function Row({ trace, longestMs, view, pointed, onPointed }: RowProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { startMs, durationMs, operation, spanId, status } = ownSpan(trace);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointing only marks the moment elsewhere; nothing can be done by it alone.
    <div
      className="signal-trace"
      data-pointed={pointed?.traceId === trace.traceId || undefined}
      onMouseEnter={() => onPointed({ ms: startMs, traceId: trace.traceId })}
      onMouseLeave={() => onPointed(null)}
    >
      <ScreenLink to={`/trace/${trace.traceId}`} with={{ span: spanId }}>
        <span className="log-time num">{lineTime(startMs, isDated(view.window), formats)}</span>
        <span className="signal-duration num">
          <span
            className="duration-bar"
            style={{ width: `${Math.max(2, (durationMs / longestMs) * 100)}%` }}
            data-error={status === 'error' || undefined}
          />
          <span>{formats.duration(durationMs)}</span>
        </span>
        <span className="signal-operation">
          {operation}
          {trace.errors > 0 && (
            <span className="tone-error with-icon trace-errors">
              <IconAlertCircleFilled size={12} aria-hidden />
              {t('traces.errorCount', { count: trace.errors })}
            </span>
          )}
        </span>
      </ScreenLink>
      <IconButton
        size={20}
        label={t('signals.linesOf')}
        onClick={() => view.set({ trace: trace.traceId, list: null }, { replace: true })}
      >
        <IconLogs size={13} aria-hidden />
      </IconButton>
    </div>
  );
}
