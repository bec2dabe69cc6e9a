import type { DateRounding } from './aggregation.ts';
import { LuceneError } from './condition.ts';

const MS_PER_MINUTE = 60_000;
const MS_PER_DAY = 86_400_000;
/** Offsets of time zones change at quarters of an hour at the earliest. */
const QUARTER_MS = 15 * MS_PER_MINUTE;

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far local time is ahead of UTC at a moment, ms. Throws LuceneError for a zone nobody knows. */
function zoneOffsetMs(timeZone: string, ms: number): number {
  if (timeZone === 'UTC' || timeZone === 'Z') return 0;
  const fixed = /^([+-])(\d\d):?(\d\d)?$/.exec(timeZone);
  if (fixed !== null)
    return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3] ?? 0)) * MS_PER_MINUTE;
  const parts = formatOf(timeZone).formatToParts(Math.floor(ms / QUARTER_MS) * QUARTER_MS);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const offset = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(name);
  return (offset?.[1] === '-' ? -1 : 1) * (Number(offset?.[2] ?? 0) * 60 + Number(offset?.[3] ?? 0)) * MS_PER_MINUTE;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    try {
      format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new LuceneError(`Unknown time-zone ID: ${timeZone.slice(0, 64)}`, { cause: error });
    }
    if (formats.size > 64) formats.clear();
    formats.set(timeZone, format);
  }
  return format;
}

/** The beginning of the bucket a moment is in, ms since the epoch. */
export function roundDown(rounding: DateRounding, ms: number): number {
  const { unit, intervalMs, offsetMs, timeZone } = rounding;
  const zone = zoneOffsetMs(timeZone, ms);
  const local = ms + zone - offsetMs;
  const rounded = unit === 'fixed' ? Math.floor(local / intervalMs) * intervalMs : truncated(unit, local);
  // A day of a change of the clocks begins at the offset that was in force then.
  const begin = rounded + offsetMs - zone;
  return unit === 'fixed' ? begin : begin + zone - zoneOffsetMs(timeZone, begin);
}

/** The beginning of the bucket after the one that begins at `ms`. */
export function nextBucket(rounding: DateRounding, ms: number): number {
  if (rounding.unit === 'fixed') return ms + rounding.intervalMs;
  const longest: Readonly<Record<string, number>> = {
    minute: MS_PER_MINUTE,
    hour: 60 * MS_PER_MINUTE,
    day: 26 * 60 * MS_PER_MINUTE,
    week: 7.5 * MS_PER_DAY,
    month: 32 * MS_PER_DAY,
    quarter: 93 * MS_PER_DAY,
    year: 367 * MS_PER_DAY,
  };
  return roundDown(rounding, ms + (longest[rounding.unit] ?? MS_PER_DAY));
}

/** The widest stretch, ms, whose records are all in one bucket when stretches begin at multiples of it. */
export function grainMs({ unit, intervalMs, offsetMs, timeZone }: DateRounding): number {
  const whole = unit === 'fixed' ? intervalMs : unit === 'minute' ? MS_PER_MINUTE : 60 * MS_PER_MINUTE;
  const local = timeZone === 'UTC' || unit === 'minute' ? whole : gcd(whole, QUARTER_MS);
  return gcd(local, Math.abs(offsetMs));
}

export function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function truncated(unit: DateRounding['unit'], local: number): number {
  const date = new Date(local);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  switch (unit) {
    case 'minute':
      return Math.floor(local / MS_PER_MINUTE) * MS_PER_MINUTE;
    case 'hour':
      return Math.floor(local / (60 * MS_PER_MINUTE)) * 60 * MS_PER_MINUTE;
    case 'week':
      return Date.UTC(year, month, day - ((date.getUTCDay() + 6) % 7));
    case 'month':
      return Date.UTC(year, month, 1);
    case 'quarter':
      return Date.UTC(year, month - (month % 3), 1);
    case 'year':
      return Date.UTC(year, 0, 1);
    default:
      return Date.UTC(year, month, day);
  }
}

/** A moment in one of Elasticsearch's named formats or a pattern of Java's letters for years to milliseconds. */
export function formatDate(ms: number, format: string | undefined): string {
  const iso = new Date(ms).toISOString();
  if (format === undefined || format.startsWith('strict_date') || format.startsWith('date_')) return iso;
  if (format === 'epoch_millis') return String(ms);
  if (format === 'epoch_second') return String(Math.floor(ms / 1000));
  const [date = '', time = ''] = iso.split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  const fields: Readonly<Record<string, string>> = {
    yyyy: year,
    uuuu: year,
    MM: month,
    dd: day,
    HH: time.slice(0, 2),
    mm: time.slice(3, 5),
    ss: time.slice(6, 8),
    SSS: time.slice(9, 12),
  };
  return format.replace(
    /'([^']*)'|yyyy|uuuu|MM|dd|HH|mm|ss|SSS/g,
    (word, literal?: string) => literal ?? fields[word] ?? word,
  );
}
