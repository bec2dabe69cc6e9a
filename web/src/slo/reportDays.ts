import type { SloDetail } from '@trilith/contract';
import { wallTime, type Zone } from '../time/zone.ts';

export interface ReportDay {
  /** `2026-01-31`, as the calendar of the zone has it. */
  readonly day: string;
  readonly bad: number;
  readonly total: number;
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** The days of a period with the most bad events, the worst first; a step counts for the day in which it ends. */
export function worstDays(steps: SloDetail['steps'], zone: Zone, most: number): readonly ReportDay[] {
  const days = new Map<string, { day: string; bad: number; total: number }>();
  for (const { timeMs, bad, total } of steps) {
    // A step that ends at midnight lies in the day before.
    const wall = wallTime(timeMs - 1, zone);
    const day = `${wall.year}-${twoDigits(wall.month)}-${twoDigits(wall.day)}`;
    const known = days.get(day) ?? { day, bad: 0, total: 0 };
    days.set(day, { day, bad: known.bad + bad, total: known.total + total });
  }
  return [...days.values()]
    .filter(({ bad }) => bad > 0)
    .sort((a, b) => b.bad - a.bad)
    .slice(0, most);
}
