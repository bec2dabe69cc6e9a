import { momentOf, wallTime, type Zone } from '../../time/zone.ts';

const hourMs = 3_600_000;

/** How long a silence lasts at one press. */
export const durations = [
  { key: 'halfHour', ms: hourMs / 2 },
  { key: 'hour', ms: hourMs },
  { key: 'twoHours', ms: 2 * hourMs },
  { key: 'fourHours', ms: 4 * hourMs },
  { key: 'day', ms: 24 * hourMs },
] as const;

const morningHour = 9;
const monday = 1;

/** The next nine o'clock by the zone's own calendar. */
export function nextMorning(nowMs: number, zone: Zone): number {
  return morningAfter(nowMs, zone, () => true);
}

/** Nine o'clock of the next Monday. */
export function nextMonday(nowMs: number, zone: Zone): number {
  return morningAfter(nowMs, zone, (weekday) => weekday === monday);
}

function morningAfter(nowMs: number, zone: Zone, fits: (weekday: number) => boolean): number {
  const today = wallTime(nowMs, zone);
  for (let days = 0; days <= 7; days += 1) {
    const day = new Date(Date.UTC(today.year, today.month - 1, today.day + days));
    const at = momentOf(
      {
        year: day.getUTCFullYear(),
        month: day.getUTCMonth() + 1,
        day: day.getUTCDate(),
        ...{ hour: morningHour, minute: 0, second: 0, ms: 0 },
      },
      zone,
    );
    if (at > nowMs && fits(day.getUTCDay())) return at;
  }
  return nowMs + 24 * hourMs;
}
