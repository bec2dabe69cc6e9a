import type { RawRange } from './range.ts';

export interface QuickRange extends RawRange {
  readonly kind: 'minutes' | 'hours' | 'days' | 'today' | 'yesterday' | 'thisWeek' | 'thisMonth';
  readonly count: number;
}

function last(kind: 'minutes' | 'hours' | 'days', count: number): QuickRange {
  return { kind, count, from: `now-${count}${kind[0]}`, to: 'now' };
}

/** The picker's list, in its order. */
export const quickRanges: readonly QuickRange[] = [
  last('minutes', 5),
  last('minutes', 15),
  last('minutes', 30),
  last('hours', 1),
  last('hours', 3),
  last('hours', 6),
  last('hours', 12),
  last('hours', 24),
  last('days', 2),
  last('days', 7),
  last('days', 30),
  { kind: 'today', count: 0, from: 'now/d', to: 'now' },
  { kind: 'yesterday', count: 0, from: 'now-1d/d', to: 'now-1d/d' },
  { kind: 'thisWeek', count: 0, from: 'now/w', to: 'now' },
  { kind: 'thisMonth', count: 0, from: 'now/M', to: 'now' },
];

/** The quick range a raw range equals, or one made up for any other plain `now-7m`. */
export function quickOf(raw: RawRange): QuickRange | null {
  const known = quickRanges.find((quick) => quick.from === raw.from && quick.to === raw.to);
  if (known !== undefined) return known;
  const match = raw.to === 'now' ? /^now-(\d{1,4})([mhd])$/.exec(raw.from) : null;
  if (match === null) return null;
  return last(match[2] === 'm' ? 'minutes' : match[2] === 'h' ? 'hours' : 'days', Number(match[1]));
}

/** The six weeks a month's page shows, Monday first, as UTC midnights; `month` counts from 1. */
export function monthDays(year: number, month: number): readonly number[] {
  const first = new Date(Date.UTC(year, month - 1, 1));
  const lead = (first.getUTCDay() + 6) % 7;
  return Array.from({ length: 42 }, (_, at) => Date.UTC(year, month - 1, 1 - lead + at));
}
