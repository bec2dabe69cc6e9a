import type { Timing, Windows } from '../kernel.ts';
import type { SubqueryNode, WindowNode } from '../plan_nodes.ts';
import type { SeriesSet } from '../source.ts';

/**
 * The windows of one series after another. Series that were sampled at the same times, as those of one target are, share
 * the bounds of their windows, and whatever kernels derive from times alone. A result is valid until the call after next.
 */
export function createWindower(
  node: WindowNode | SubqueryNode,
  data: SeriesSet,
  lookbackMs: number,
): (series: number) => Windows {
  const { grid, rangeMs, offsetMs } = node;
  const { count } = grid;
  const stepMs = node.pinned ? 0 : grid.stepMs;
  const selector = node.kind === 'window' ? node.expr.selector : undefined;
  const extended = selector?.anchored === true || selector?.smoothed === true;
  const beforeMs = rangeMs + (extended ? lookbackMs : 0);
  const afterMs = selector?.smoothed === true ? lookbackMs : 0;
  const firstEndMs = grid.startMs - offsetMs;
  let before: Float64Array | undefined;
  let timing: Timing | undefined;
  return (series) => {
    const { times, values } = samplesOf(data, series);
    if (timing === undefined || before === undefined || !equal(before, times)) {
      timing = {
        lows: timing?.lows ?? new Uint32Array(count),
        highs: timing?.highs ?? new Uint32Array(count),
        uses: 0,
      };
      bound(times, timing, count, firstEndMs - beforeMs, firstEndMs + afterMs, stepMs);
    }
    before = times;
    timing.uses++;
    return {
      times,
      values,
      from: 0,
      to: times.length,
      lows: timing.lows,
      highs: timing.highs,
      timing,
      firstEndMs,
      stepMs,
      rangeMs,
      count,
      starts: data.starts?.get(series),
      labels: data.labels[series] ?? [],
    };
  };
}

/** The samples of one series of a set. Of a set that is read series by series: valid until the call after next. */
function samplesOf(data: SeriesSet, series: number): { readonly times: Float64Array; readonly values: Float64Array } {
  if (data.read !== undefined) return data.read(series);
  const [from, to] = [data.offsets[series] as number, data.offsets[series + 1] as number];
  return { times: data.times.subarray(from, to), values: data.values.subarray(from, to) };
}

function equal(a: Float64Array, b: Float64Array): boolean {
  const last = a.length - 1;
  if (b.length - 1 !== last || a[0] !== b[0] || a[last] !== b[last]) return false;
  for (let i = 1; i < last; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Finds the samples of each step's window, those in (lowMs, highMs] moved on by the step; both ends move forward only. */
function bound(
  times: Float64Array,
  { lows, highs }: Timing,
  count: number,
  lowMs: number,
  highMs: number,
  stepMs: number,
): void {
  const to = times.length;
  let low = 0;
  let high = 0;
  let lowEnd = lowMs;
  let highEnd = highMs;
  for (let step = 0; step < count; step++, lowEnd += stepMs, highEnd += stepMs) {
    while (high < to && (times[high] as number) <= highEnd) high++;
    while (low < high && (times[low] as number) <= lowEnd) low++;
    lows[step] = low;
    highs[step] = high;
  }
}
