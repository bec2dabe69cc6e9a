import type { Windows } from '../kernel.ts';
import type { VectorSeries } from '../values.ts';

/**
 * rate, increase and delta of `anchored` and `smoothed` selectors: no extrapolation. Anchored takes the last sample before
 * the window as its left edge; smoothed interpolates at both edges. Windows come widened by the look-back.
 */
export function extendedRate(
  windows: Windows,
  out: VectorSeries,
  isCounter: boolean,
  isRate: boolean,
  smoothed: boolean,
): void {
  const { times, values, count } = windows;
  for (let step = 0; step < count; step++) {
    const low = windows.lows[step] as number;
    const high = windows.highs[step] as number;
    if (high === low) continue;
    const end = windows.firstEndMs + step * windows.stepMs;
    const start = end - windows.rangeMs;
    const top = high - 1;
    let first = Math.max(low, search(times, low, top, (t) => t > start) - 1);
    let last = smoothed ? search(times, low, top, (t) => t >= end) : top;
    if ((times[last] as number) <= start) continue;
    if (smoothed && (times[first] as number) > end) continue;
    const left =
      smoothed && (times[first] as number) < start
        ? interpolate(times, values, first, start, isCounter)
        : (values[first] as number);
    const right =
      smoothed && last > low && (times[last] as number) > end
        ? interpolate(times, values, last - 1, end, isCounter)
        : (values[last] as number);
    let result = right - left;
    if (isCounter) {
      if ((times[first] as number) <= start) first++;
      if ((times[last] as number) >= end) last--;
      result += resetsBetween(values, left, right, first, last);
    }
    out.values[step] = isRate ? result / (windows.rangeMs / 1000) : result;
    out.present[step] = 1;
  }
}

/** The first index in [low, high) whose time satisfies the condition, or `high`. */
function search(times: Float64Array, low: number, high: number, condition: (time: number) => boolean): number {
  let at = low;
  while (at < high && !condition(times[at] as number)) at++;
  return at;
}

/** The value at a time between sample `i` and the next; a counter reset counts as a start from zero. */
function interpolate(times: Float64Array, values: Float64Array, i: number, time: number, isCounter: boolean): number {
  let before = values[i] as number;
  const after = values[i + 1] as number;
  if (isCounter && after < before) before = 0;
  return (
    before + ((after - before) * (time - (times[i] as number))) / ((times[i + 1] as number) - (times[i] as number))
  );
}

function resetsBetween(values: Float64Array, left: number, right: number, first: number, last: number): number {
  let correction = 0;
  let previous = left;
  for (let i = first; i <= last; i++) {
    const value = values[i] as number;
    if (value < previous) correction += previous;
    previous = value;
  }
  return right < previous ? correction + previous : correction;
}
