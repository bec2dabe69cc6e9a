import { labelValue } from '../../../model/labels.ts';
import type { Remarks, Windows } from '../kernel.ts';
import { rangeOfArgument } from '../plan_nodes.ts';
import type { VectorSeries } from '../values.ts';

/**
 * Whether a sample's start timestamp says that its counter began anew after the sample before (upstream's
 * isStartTimestampReset). All times in ms, a start of 0 is unknown. A start equal to the time before is a reset of
 * deltas, whose starts are known, but not of cumulative samples of unknown start, which begin at themselves.
 */
export function isStartReset(previousStart: number, previousTime: number, start: number, time: number): boolean {
  if (start === 0 || start >= time || start < previousTime) return false;
  if (start > previousTime) return true;
  return previousStart !== 0 && previousStart < previousTime;
}

/** Whether a sample claims time that the sample before it had counted already, without sharing its start. */
const overlaps = (previousStart: number, previousTime: number, start: number): boolean =>
  start !== 0 && start < previousTime && start !== previousStart;

/** `starts` of {@link Windows}, which has one entry for each sample of the series, at a sample's index. */
const startAt = ({ starts, from }: Windows, sample: number): number => starts?.[sample - from] ?? 0;

/** Whether sample `i` (not the first) of a window starts anew by its start timestamp. */
export const startsAnew = (windows: Windows, i: number): boolean =>
  windows.starts !== undefined &&
  isStartReset(
    startAt(windows, i - 1),
    windows.times[i - 1] as number,
    startAt(windows, i),
    windows.times[i] as number,
  );

/** Says once for a series that a start timestamp lies before the sample it follows. */
export function remarkOverlap(windows: Windows, low: number, high: number, { context, node }: Remarks): void {
  const { times, labels } = windows;
  for (let i = low + 1; i < high; i++) {
    if (!overlaps(startAt(windows, i - 1), times[i - 1] as number, startAt(windows, i))) continue;
    context.annotations.warn(
      `sample has start time that overlaps with previous sample timestamp for metric ${JSON.stringify(labelValue(labels, '__name__'))}`,
      rangeOfArgument(node),
    );
    return;
  }
}

/**
 * rate and increase of one window of floats whose samples have start timestamps (upstream's extrapolatedRate): resets are
 * known, and a start inside the window is a sample of zero, in the place of extrapolation to the left. Gives nothing for
 * a single sample without such a start.
 */
export function rateFromStarts(
  windows: Windows,
  low: number,
  high: number,
  endMs: number,
  step: number,
  isRate: boolean,
  out: VectorSeries,
): void {
  if (high === low) return;
  const { times, values, rangeMs } = windows;
  const last = high - 1;
  const firstTime = times[low] as number;
  const lastTime = times[last] as number;
  const firstValue = values[low] as number;
  let result = (values[last] as number) - firstValue;
  for (let i = low + 1; i < high; i++)
    if ((values[i] as number) < (values[i - 1] as number) || startsAnew(windows, i)) result += values[i - 1] as number;
  const average = last > low ? (lastTime - firstTime) / 1000 / (last - low) : 0;
  const threshold = average * 1.1;
  const rangeStart = endMs - rangeMs;
  const start = startAt(windows, low);
  let sampled = (lastTime - firstTime) / 1000;
  let toStart = (firstTime - rangeStart) / 1000;
  let toEnd = (endMs - lastTime) / 1000;
  if (start !== 0 && start > rangeStart && start < firstTime) {
    toStart = 0;
    sampled = (lastTime - start) / 1000;
    result += firstValue;
  } else if (last === low) return;
  else {
    if (toStart >= threshold) toStart = average / 2;
    if (result > 0 && firstValue >= 0) toStart = Math.min(toStart, sampled * (firstValue / result));
  }
  if (toEnd >= threshold) toEnd = average / 2;
  let factor = sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled;
  if (isRate) factor /= rangeMs / 1000;
  out.values[step] = result * factor;
  out.present[step] = 1;
}
