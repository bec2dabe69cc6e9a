import type { Extrapolation, Kernel, Remarks, Windows } from '../kernel.ts';
import type { VectorSeries } from '../values.ts';
import { extendedRate } from './extended_rate.ts';
import { rateFromStarts, remarkOverlap, startsAnew } from './start_timestamps.ts';

/**
 * rate, increase and delta (upstream's extrapolatedRate): the difference of the last and first sample, corrected for
 * counter resets, extrapolated to the window's ends where the samples come close to them.
 */
export function extrapolated(isCounter: boolean, isRate: boolean): Kernel {
  return (windows, _, out, remarks) => {
    const { node } = remarks;
    const selector = node.kind === 'window' ? node.expr.selector : undefined;
    if (selector?.anchored === true || selector?.smoothed === true)
      extendedRate(windows, out, isCounter, isRate, selector.smoothed);
    else if (isCounter && windows.starts !== undefined) extrapolateFromStarts(windows, out, isRate, remarks);
    else if (sharesTiming(windows) && !(isCounter && falls(windows)))
      extrapolateShared(windows, out, isCounter, isRate);
    else extrapolate(windows, out, isCounter, isRate);
  };
}

/** Whether enough series have these windows to derive things from their times once for all. */
const sharesTiming = ({ timing, lows }: Windows): boolean =>
  timing !== undefined && timing.lows === lows && timing.uses > 1;

/** Whether any value is lower than the one before it. */
function falls({ values, from, to }: Windows): boolean {
  for (let i = from + 1; i < to; i++) if ((values[i] as number) < (values[i - 1] as number)) return true;
  return false;
}

/** What {@link extrapolate} derives from times, for all steps. */
function extrapolationOf(windows: Windows, isRate: boolean): Extrapolation {
  const { times, lows, highs, count, stepMs, rangeMs } = windows;
  const sampled = new Float64Array(count);
  const toStart = new Float64Array(count);
  const toEnd = new Float64Array(count);
  const factor = new Float64Array(count);
  let end = windows.firstEndMs;
  for (let step = 0; step < count; step++, end += stepMs) {
    const low = lows[step] as number;
    const last = (highs[step] as number) - 1;
    if (last <= low) continue;
    const firstTime = times[low] as number;
    const lastTime = times[last] as number;
    const seconds = (lastTime - firstTime) / 1000;
    const average = seconds / (last - low);
    const threshold = average * 1.1;
    let before = (firstTime - (end - rangeMs)) / 1000;
    let after = (end - lastTime) / 1000;
    if (before >= threshold) before = average / 2;
    if (after >= threshold) after = average / 2;
    sampled[step] = seconds;
    toStart[step] = before;
    toEnd[step] = after;
    factor[step] = seconds === 0 ? 1 : (seconds + before + after) / seconds;
    if (isRate) factor[step]! /= rangeMs / 1000;
  }
  return { sampled, toStart, toEnd, factor };
}

/** {@link extrapolate} for series without resets whose times are those of others: a difference and a product a step. */
function extrapolateShared(windows: Windows, out: VectorSeries, isCounter: boolean, isRate: boolean): void {
  const { values, lows, highs, count, rangeMs, timing } = windows;
  const shared = timing?.extrapolation ?? extrapolationOf(windows, isRate);
  if (timing !== undefined) timing.extrapolation = shared;
  const { sampled, toStart, toEnd, factor } = shared;
  const outValues = out.values;
  const outPresent = out.present;
  for (let step = 0; step < count; step++) {
    const low = lows[step] as number;
    const last = (highs[step] as number) - 1;
    if (last <= low) continue;
    const first = values[low] as number;
    const result = (values[last] as number) - first;
    outPresent[step] = 1;
    // A little more than the products, so that no rounding hides a window that begins below zero.
    if (
      isCounter &&
      result > 0 &&
      first >= 0 &&
      (sampled[step] as number) * first < (toStart[step] as number) * result * 1.000001
    ) {
      const seconds = sampled[step] as number;
      const toZero = seconds * (first / result);
      if (toZero < (toStart[step] as number)) {
        let own = seconds === 0 ? 1 : (seconds + toZero + (toEnd[step] as number)) / seconds;
        if (isRate) own /= rangeMs / 1000;
        outValues[step] = result * own;
        continue;
      }
    }
    outValues[step] = result * (factor[step] as number);
  }
}

function extrapolateFromStarts(windows: Windows, out: VectorSeries, isRate: boolean, remarks: Remarks): void {
  const { lows, highs, count, stepMs } = windows;
  let end = windows.firstEndMs;
  for (let step = 0; step < count; step++, end += stepMs)
    rateFromStarts(windows, lows[step] as number, highs[step] as number, end, step, isRate, out);
  remarkOverlap(windows, lows[0] as number, highs[count - 1] as number, remarks);
}

function extrapolate(windows: Windows, out: VectorSeries, isCounter: boolean, isRate: boolean): void {
  const { times, values, lows, highs, count, stepMs, rangeMs } = windows;
  const outValues = out.values;
  const outPresent = out.present;
  const rangeSeconds = rangeMs / 1000;
  // Resets are rare: their number is kept while the window slides, and their sum is only made where there are any.
  let counted = windows.from;
  let resets = 0;
  let resetLow = windows.from;
  let end = windows.firstEndMs;
  for (let step = 0; step < count; step++, end += stepMs) {
    const low = lows[step] as number;
    const high = highs[step] as number;
    if (isCounter) {
      for (; counted < high; counted++)
        if (counted > resetLow && (values[counted] as number) < (values[counted - 1] as number)) resets++;
      for (; resetLow < low; resetLow++) {
        if (resetLow + 1 < counted && (values[resetLow + 1] as number) < (values[resetLow] as number)) resets--;
      }
    }
    const last = high - 1;
    if (last <= low) continue;
    const firstValue = values[low] as number;
    let result = (values[last] as number) - firstValue;
    if (resets > 0) {
      for (let i = low + 1; i < high; i++)
        if ((values[i] as number) < (values[i - 1] as number)) result += values[i - 1] as number;
    }
    const firstTime = times[low] as number;
    const lastTime = times[last] as number;
    const sampled = (lastTime - firstTime) / 1000;
    const average = sampled / (last - low);
    const threshold = average * 1.1;
    let toStart = (firstTime - (end - rangeMs)) / 1000;
    let toEnd = (end - lastTime) / 1000;
    if (toStart >= threshold) toStart = average / 2;
    if (isCounter && result > 0 && firstValue >= 0) {
      // A counter cannot have been below zero: extrapolation stops where it would cross it.
      const toZero = sampled * (firstValue / result);
      if (toZero < toStart) toStart = toZero;
    }
    if (toEnd >= threshold) toEnd = average / 2;
    let factor = sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled;
    if (isRate) factor /= rangeSeconds;
    outValues[step] = result * factor;
    outPresent[step] = 1;
  }
}

/** irate and idelta: from the last two samples of the window. */
export function instant(isRate: boolean): Kernel {
  return (windows, _, out) => {
    const { times, values, lows, highs, count } = windows;
    for (let step = 0; step < count; step++) {
      const last = (highs[step] as number) - 1;
      if (last <= (lows[step] as number)) continue;
      const seconds = ((times[last] as number) - (times[last - 1] as number)) / 1000;
      if (seconds === 0) continue;
      const value = values[last] as number;
      const before = values[last - 1] as number;
      const change = isRate && (value < before || startsAnew(windows, last)) ? value : value - before;
      out.values[step] = isRate ? change / seconds : change;
      out.present[step] = 1;
    }
  };
}
