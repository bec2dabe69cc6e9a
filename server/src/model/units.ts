/** Units travel as types: a bare number is never a time. */
declare const unit: unique symbol;
type Unit<Base, Name extends string> = Base & { readonly [unit]: Name };

/** UTC day as the number YYYYMMDD, the partition of every day-partitioned table. */
export type Day = Unit<number, 'Day'>;

const MS_PER_DAY = 86_400_000;
let cachedDayNumber = Number.NaN;
let cachedDay = 0;

/** The UTC day (YYYYMMDD) of a time in milliseconds since the epoch. Cached: neighbours share a day. */
export function dayOf(ms: number): Day {
  const dayNumber = Math.floor(ms / MS_PER_DAY);
  if (dayNumber !== cachedDayNumber) {
    const date = new Date(dayNumber * MS_PER_DAY);
    cachedDay = date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
    cachedDayNumber = dayNumber;
  }
  return cachedDay as Day;
}
