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
    else if (sharesTiming(windows)) extrapolateShared(windows, out, isCounter, isRate);
    else extrapolate(windows, out, isCounter, isRate);
  };
}

/** Whether enough series have these windows to derive things from their times once for all. */
const sharesTiming = ({ timing, lows }: Windows): boolean =>
  timing !== undefined && timing.lows === lows && timing.uses > 1;

let resetsScratch = new Uint32Array(1024);

/** The samples that are lower than the one before them, ascending; overwritten by the next call. */
function resetsOf({ values, from, to }: Windows): Uint32Array {
  if (to - from > resetsScratch.length) resetsScratch = new Uint32Array((to - from) * 2);
  let count = 0;
  let before = values[from] as number;
  for (let i = from + 1; i < to; i++) {
    const value = values[i] as number;
    if (value < before) resetsScratch[count++] = i;
    before = value;
  }
  return resetsScratch.subarray(0, count);
}

/** What {@link extrapolate} derives from times, for all steps. */
function extrapolationOf(windows: Windows, isRate: boolean): Extrapolation {
  const { times, lows, highs, count, stepMs, rangeMs } = windows;
  const present = new Uint8Array(count);
  const lasts = lows.slice();
  const [sampled, toStart, toEnd, factor, nearZero] = Array.from({ length: 5 }, () => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
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
    present[step] = 1;
    lasts[step] = last;
    sampled[step] = seconds;
    toStart[step] = before;
    toEnd[step] = after;
    factor[step] = seconds === 0 ? 1 : (seconds + before + after) / seconds;
    if (isRate) factor[step]! /= rangeMs / 1000;
    nearZero[step] = seconds === 0 ? 0 : (before / seconds) * 1.000001;
  }
  return { present, lasts, sampled, toStart, toEnd, factor, nearZero };
}

/** {@link extrapolate} for series whose times are those of others: a difference and a product a step. */
function extrapolateShared(windows: Windows, out: VectorSeries, isCounter: boolean, isRate: boolean): void {
  const { values, lows, count, rangeMs, timing } = windows;
  const shared = timing?.extrapolation ?? extrapolationOf(windows, isRate);
  if (timing !== undefined) timing.extrapolation = shared;
  if (values.length === 0) return;
  const { lasts, factor, nearZero } = shared;
  const outValues = out.values;
  out.present.set(shared.present);
  const resets = isCounter ? resetsOf(windows) : NO_RESETS;
  let reset = 0;
  for (let step = 0; step < count; step++) {
    const low = lows[step] as number;
    const first = values[low] as number;
    const last = lasts[step] as number;
    let result = (values[last] as number) - first;
    if (reset < resets.length) {
      while (reset < resets.length && (resets[reset] as number) <= low) reset++;
      for (let i = reset; i < resets.length && (resets[i] as number) <= last; i++)
        result += values[(resets[i] as number) - 1] as number;
    }
    if (isCounter && first < (nearZero[step] as number) * result && first >= 0)
      outValues[step] = result * factorFromZero(shared, step, first, result, isRate ? rangeMs : 1000);
    else outValues[step] = result * (factor[step] as number);
  }
}

const NO_RESETS = new Uint32Array(0);

/** A counter cannot have been below zero: extrapolation stops where it would cross it. */
function factorFromZero(
  { sampled, toStart, toEnd, factor }: Extrapolation,
  step: number,
  first: number,
  result: number,
  perMs: number,
): number {
  const seconds = sampled[step] as number;
  const toZero = seconds * (first / result);
  if (toZero >= (toStart[step] as number)) return factor[step] as number;
  return (seconds + toZero + (toEnd[step] as number)) / seconds / (perMs / 1000);
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
