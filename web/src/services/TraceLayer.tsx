import type { TraceSummary } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import type { PlotBox } from '../chart/Chart.tsx';
import { useFormats } from '../i18n/format.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import type { Pointed } from './pointed.ts';

interface Props {
  readonly traces: readonly TraceSummary[];
  readonly box: PlotBox;
  readonly pointed: Pointed | null;
  readonly onPointed: (pointed: Pointed | null) => void;
}

/** A dot for each trace at the time and duration of the service's own span; one beyond the axis sits at its edge. */
export function TraceLayer({ traces, box, pointed, onPointed }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { x, y } = box;
  return traces.map((trace) => {
    const { startMs, durationMs, operation, spanId, status } = ownSpan(trace);
    if (startMs < x.min || startMs > x.max) return null;
    const share = Math.min(1, Math.max(0, (durationMs - y.min) / (y.max - y.min || 1)));
    const label = `${operation} · ${formats.duration(durationMs)} · ${formats.clock(startMs)}`;
    return (
      <ScreenLink
        key={trace.traceId}
        to={`/trace/${trace.traceId}`}
        with={{ span: spanId }}
        className="trace-dot"
        data-error={status === 'error' || undefined}
        data-pointed={pointed?.traceId === trace.traceId || undefined}
        style={{
          left: box.left + ((startMs - x.min) / (x.max - x.min || 1)) * box.width,
          top: box.top + (1 - share) * box.height,
        }}
        title={label}
        aria-label={`${t('palette.openTrace', { id: trace.traceId })}: ${label}`}
        tabIndex={-1}
        onMouseEnter={() => onPointed({ ms: startMs, traceId: trace.traceId })}
        onMouseLeave={() => onPointed(null)}
      >
        {null}
      </ScreenLink>
    );
  });
}

/** The service's longest span of a trace; the trace itself where none came with it. */
export function ownSpan(trace: TraceSummary) {
  const [found] = trace.found;
  return {
    spanId: found?.spanId ?? null,
    startMs: found?.startMs ?? trace.startMs,
    durationMs: found?.durationMs ?? trace.durationMs,
    operation: found?.operation ?? trace.rootOperation,
    status: found?.status ?? (trace.errors > 0 ? 'error' : 'unset'),
  };
}
