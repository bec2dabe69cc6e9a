import type { ShiftsAnswer } from '@trilith/contract';
import type { Range } from '../time/range.ts';
import { momentOf, wallTime, type Zone } from '../time/zone.ts';

/** Where a stretch lies in a window, in percent of its width. */
export interface Place {
  readonly left: number;
  readonly width: number;
}

/** The midnight (ms) that `days` calendar days after today's begins the day, by the clock in `zone`. */
function midnight(nowMs: number, days: number, zone: Zone): number {
  const today = wallTime(nowMs, zone);
  return momentOf({ ...today, day: today.day + days, hour: 0, minute: 0, second: 0, ms: 0 }, zone);
}

/** Whole days of a zone: `days` of them, the first `offset` days after today. Days of clock changes are 23 or 25 hours. */
export function dayWindow(nowMs: number, offset: number, days: number, zone: Zone): Range {
  return { fromMs: midnight(nowMs, offset, zone), toMs: midnight(nowMs, offset + days, zone) };
}

/** The beginnings of the days of {@link dayWindow}, ms. */
export function dayStarts(nowMs: number, offset: number, days: number, zone: Zone): readonly number[] {
  return Array.from({ length: days }, (_, day) => midnight(nowMs, offset + day, zone));
}

/** The part of a stretch that a window shows; null when it shows none. */
export function placeIn(window: Range, { fromMs, toMs }: Range): Place | null {
  const from = Math.max(fromMs, window.fromMs);
  const to = Math.min(toMs, window.toMs);
  if (from >= to) return null;
  const width = window.toMs - window.fromMs;
  return { left: ((from - window.fromMs) / width) * 100, width: ((to - from) / width) * 100 };
}

type Shift = ShiftsAnswer['shifts'][number];

/** Shifts from one handover to the next: those of the same people one after the other as one, whichever layer says so. */
export function untilHandover(shifts: readonly Shift[]): readonly Shift[] {
  const found: Shift[] = [];
  for (const shift of shifts) {
    const last = found.at(-1);
    const goesOn =
      last !== undefined &&
      last.toMs === shift.fromMs &&
      last.people.join('\0') === shift.people.join('\0') &&
      (last.by.kind === 'override') === (shift.by.kind === 'override');
    if (goesOn) found[found.length - 1] = { ...last, toMs: shift.toMs };
    else found.push(shift);
  }
  return found;
}
