import type { Range } from '../time/range.ts';

/** How many windows the scrubber spans, and its steps in each. */
const windows = 24;
const stepsInWindow = 2;

/** Steps of a scrubber: at 0 nothing lies before it, at the last its time ends. */
export const mostSteps = windows * stepsInWindow;

/**
 * The time a scrubber spans around a window: as much before as after it, but nothing after now. The one it spanned last
 * stays as long as the window is as wide as before and lies within, so that the thumb stays where it was put.
 */
export function scrubPeriod(range: Range, nowMs: number, last: Range | null): Range {
  const size = (range.toMs - range.fromMs) * windows;
  // Ends in the address are whole ms: a window may become one ms wider or narrower.
  const same = last !== null && Math.abs(last.toMs - last.fromMs - size) <= windows;
  if (same && range.fromMs >= last.fromMs - 1 && range.toMs <= last.toMs + 1) return last;
  const toMs = Math.max(range.toMs, Math.min(nowMs, range.toMs + size / 2));
  return { fromMs: toMs - size, toMs };
}

/** The step of the scrubber at which a window ends. */
export function stepOf({ toMs }: Range, { fromMs, toMs: endMs }: Range): number {
  return Math.max(0, Math.min(mostSteps, Math.round(((toMs - fromMs) / (endMs - fromMs)) * mostSteps)));
}

/** The window that ends at a step; the first one where that would begin before the scrubber. */
export function windowAt(step: number, period: Range): Range {
  const stepMs = (period.toMs - period.fromMs) / mostSteps;
  const toMs = period.toMs - (mostSteps - Math.max(stepsInWindow, step)) * stepMs;
  return { fromMs: toMs - stepsInWindow * stepMs, toMs };
}

/** As wide a window just before or after a moment; what would lie after now is left out. */
export function windowBeside(
  momentMs: number,
  side: 'before' | 'after',
  { fromMs, toMs }: Range,
  nowMs: number,
): Range {
  const width = toMs - fromMs;
  if (side === 'before') return { fromMs: momentMs - width, toMs: momentMs };
  return { fromMs: momentMs, toMs: Math.max(momentMs + 1000, Math.min(momentMs + width, nowMs)) };
}
