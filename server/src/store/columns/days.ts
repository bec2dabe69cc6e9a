import { type Day, dayOf } from '../../model/units.ts';

/** Rows of one UTC day. `rows` is null when it is all of them, in order. */
export interface DayRows {
  readonly day: Day;
  readonly rows: Uint32Array | null;
  readonly count: number;
}

/** Groups rows by the UTC day of their times (ms since the epoch); the common case of one day costs one pass. */
export function splitByDay(timesMs: ArrayLike<number>, count: number): readonly DayRows[] {
  if (count === 0) return [];
  let oldest = Number.POSITIVE_INFINITY;
  let newest = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < count; row++) {
    const time = timesMs[row] as number;
    if (time < oldest) oldest = time;
    if (time > newest) newest = time;
  }
  if (dayOf(oldest) === dayOf(newest)) return [{ day: dayOf(oldest), rows: null, count }];
  const byDay = new Map<Day, number[]>();
  for (let row = 0; row < count; row++) {
    const day = dayOf(timesMs[row] as number);
    const rows = byDay.get(day);
    if (rows === undefined) byDay.set(day, [row]);
    else rows.push(row);
  }
  return [...byDay].map(([day, rows]) => ({ day, rows: Uint32Array.from(rows), count: rows.length }));
}
