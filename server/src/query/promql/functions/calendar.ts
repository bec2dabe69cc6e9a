const date = (seconds: number): Date => new Date(seconds * 1000);

function dayOfYear(seconds: number): number {
  const d = date(seconds);
  return (
    Math.floor(
      (Date.UTC(d.getUTCFullYear(), d.getUTCMonth(), d.getUTCDate()) - Date.UTC(d.getUTCFullYear(), 0, 1)) / 86_400_000,
    ) + 1
  );
}

/** Parts of a time (seconds since the epoch, UTC). Fractions of a second are cut, as upstream does. */
export const CALENDAR: ReadonlyMap<string, (seconds: number) => number> = new Map(
  [
    ['minute', (s: number) => date(s).getUTCMinutes()],
    ['hour', (s: number) => date(s).getUTCHours()],
    ['day_of_week', (s: number) => date(s).getUTCDay()],
    ['day_of_month', (s: number) => date(s).getUTCDate()],
    ['day_of_year', dayOfYear],
    [
      'days_in_month',
      (s: number) => new Date(Date.UTC(date(s).getUTCFullYear(), date(s).getUTCMonth() + 1, 0)).getUTCDate(),
    ],
    ['month', (s: number) => date(s).getUTCMonth() + 1],
    ['year', (s: number) => date(s).getUTCFullYear()],
  ].map(([name, part]) => [name as string, (seconds: number) => (part as (s: number) => number)(Math.trunc(seconds))]),
);
