import type { TraceSummary } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { serviceColor } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import { useTime } from '../time/TimeContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { scatter } from './searchForm.ts';

/** The found traces over time, higher is slower; a square is one with errors. */
export function TraceScatter({ traces, more }: { readonly traces: readonly TraceSummary[]; readonly more: boolean }) {
  const { t } = useTranslation();
  const theme = useTheme();
  const formats = useFormats();
  const { range } = useTime();
  const durations = traces.map((trace) => trace.durationMs);
  // The newest traces of many fill only a corner of the range; then the box shows their own span of time.
  const starts = traces.map((trace) => trace.startMs);
  const fromMs = more ? Math.min(...starts) : range.fromMs;
  const toMs = more ? Math.max(...starts) + 1 : range.toMs;
  return (
    <figure className="scatter" aria-label={t('traces.scatter')}>
      <span className="scatter-top dim num">{formats.duration(Math.max(...durations))}</span>
      <span className="scatter-from dim num">{formats.clock(fromMs).slice(0, 8)}</span>
      <span className="scatter-to dim num">{formats.clock(toMs).slice(0, 8)}</span>
      <span className="scatter-bottom dim num">{formats.duration(Math.min(...durations))}</span>
      <div className="scatter-box">
        {scatter(traces, fromMs, toMs).map(({ trace, x, y }) => (
          <ScreenLink
            key={trace.traceId}
            to={`/trace/${trace.traceId}`}
            className="scatter-point"
            tabIndex={-1}
            data-error={trace.errors > 0 || undefined}
            style={{
              left: `${x}%`,
              bottom: `${y}%`,
              ...(trace.errors > 0 ? {} : { background: serviceColor(trace.rootService, theme) }),
            }}
            title={`${trace.rootService}: ${trace.rootOperation}\n${formats.duration(trace.durationMs)} · ${formats.dateTime(trace.startMs)}`}
            aria-label={`${trace.rootService} ${trace.rootOperation} ${formats.duration(trace.durationMs)}`}
          >
            {''}
          </ScreenLink>
        ))}
      </div>
    </figure>
  );
}
