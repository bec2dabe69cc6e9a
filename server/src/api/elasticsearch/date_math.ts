import { parseDateTime } from '../../model/date_time.ts';
import { type CalendarUnit, type DateRounding, LuceneError, roundDown } from '../../query/index.ts';

const UNITS: Readonly<Record<string, CalendarUnit>> = {
  y: 'year',
  M: 'month',
  w: 'week',
  d: 'day',
  h: 'hour',
  H: 'hour',
  m: 'minute',
};
const MS_PER_UNIT: Readonly<Record<string, number>> = {
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  H: 3_600_000,
  m: 60_000,
  s: 1000,
};
const NS_PER_MS = 1_000_000n;
const MAX_STEPS = 32;

/** How a date of a request is read. */
export interface DateContext {
  readonly nowMs: number;
  /** IANA name or offset, of the dates that name none. */
  readonly timeZone: string;
}

/**
 * A date with date math (`now-1h/d`, `2026-11-22||+1M`), ns since the epoch
 * (elastic.co/guide/en/elasticsearch/reference/8.19/common-options.html#date-math). `up` gives the last moment of what is
 * rounded, or of a date that names no time of day. Throws LuceneError.
 */
export function parseDate(text: string, up: boolean, context: DateContext): bigint {
  const now = /^now/.exec(text);
  const bars = text.indexOf('||');
  const anchor = now === null && bars >= 0 ? text.slice(0, bars) : text;
  const math = now !== null ? text.slice(3) : bars >= 0 ? text.slice(bars + 2) : '';
  const base = now === null ? anchorNs(anchor, context, up && math === '') : BigInt(context.nowMs) * NS_PER_MS;
  return math === '' ? base : applyMath(base, math, up, text, context.timeZone);
}

function anchorNs(text: string, { timeZone }: DateContext, up: boolean): bigint {
  const ns = parseDateTime(text);
  if (ns === undefined) throw new LuceneError(`failed to parse date field [${text.slice(0, 64)}]`);
  const isDate = /^\d{4}-\d\d/.test(text);
  const hasZone = /(Z|[+-]\d\d(:?\d\d)?)$/i.test(text.slice(10));
  const ms = Number(ns / NS_PER_MS);
  const local = isDate && !hasZone ? BigInt(ms - roundedZone(timeZone, ms)) * NS_PER_MS + (ns % NS_PER_MS) : ns;
  if (!up || !isDate) return local;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return local + 86_400_000n * NS_PER_MS - 1n;
  return /\.\d/.test(text) || text.length < 19 ? local : local + 1000n * NS_PER_MS - 1n;
}

/** Offset of a zone at a local time, ms: the beginning of a day there tells it. */
function roundedZone(timeZone: string, localMs: number): number {
  const day = Math.floor(localMs / 86_400_000) * 86_400_000;
  const begin = roundDown({ unit: 'day', intervalMs: 0, offsetMs: 0, timeZone }, day + 43_200_000);
  return day - begin;
}

function applyMath(baseNs: bigint, math: string, up: boolean, text: string, timeZone: string): bigint {
  const steps = math.match(/[+-]\d*[yMwdhHms]|\/[yMwdhHms]/g) ?? [];
  if (steps.join('') !== math || steps.length > MAX_STEPS)
    throw new LuceneError(`failed to parse date field [${text.slice(0, 64)}]: operator not supported for date math`);
  let ns = baseNs;
  for (const step of steps) {
    const unit = step.at(-1) ?? 's';
    if (step.startsWith('/')) ns = rounded(ns, unit, up, timeZone);
    else {
      const digits = step.slice(1, -1);
      ns = moved(ns, (step.startsWith('-') ? -1 : 1) * (digits === '' ? 1 : Number(digits)), unit);
    }
  }
  return ns;
}

function moved(ns: bigint, count: number, unit: string): bigint {
  const fixed = MS_PER_UNIT[unit];
  if (!Number.isSafeInteger(count) || Math.abs(count) > 1e9) throw new LuceneError(`date math by ${count}${unit}`);
  if (fixed !== undefined) return ns + BigInt(count * fixed) * NS_PER_MS;
  const date = new Date(Number(ns / NS_PER_MS));
  date.setUTCMonth(date.getUTCMonth() + count * (unit === 'y' ? 12 : 1));
  const ms = date.getTime();
  if (Number.isNaN(ms)) throw new LuceneError(`date math by ${count}${unit}`);
  return BigInt(ms) * NS_PER_MS + (ns % NS_PER_MS);
}

function rounded(ns: bigint, unit: string, up: boolean, timeZone: string): bigint {
  const ms = Number(ns / NS_PER_MS);
  const calendar = UNITS[unit];
  const rounding: DateRounding = { unit: calendar ?? 'fixed', intervalMs: 1000, offsetMs: 0, timeZone };
  const begin = roundDown(rounding, ms);
  if (!up) return BigInt(begin) * NS_PER_MS;
  const longest = unit === 'y' ? 367 : unit === 'M' ? 32 : unit === 'w' ? 7.5 : 1.1;
  const isDays = unit === 'y' || unit === 'M' || unit === 'w' || unit === 'd';
  const end = isDays ? roundDown(rounding, begin + longest * 86_400_000) : begin + (MS_PER_UNIT[unit] ?? 1000);
  return BigInt(end) * NS_PER_MS - 1n;
}
