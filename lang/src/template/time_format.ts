import type { GoTime, Zone } from './value.ts';

export const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November'],
  'December',
];
export const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const SECOND = 1_000_000_000n;

/** What the layout's reference time 2006-01-02 15:04:05 -0700 MST is cut into; the longest alternative first. */
const CHUNK =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|Z070000|Z07:00:00|Z0700|Z07:00|Z07|-070000|-07:00:00|-0700|-07:00|-07|002|__2|_2006|_2|01|02|03|04|05|06|15|1|2|3|4|5|PM|pm|[.,]0+(?!\d)|[.,]9+(?!\d)/g;

interface Chunk {
  readonly kind: 'text' | 'chunk';
  readonly text: string;
}

export function cutLayout(layout: string): Chunk[] {
  const chunks: Chunk[] = [];
  let at = 0;
  for (const match of layout.matchAll(CHUNK)) {
    const [text] = match;
    // `_2006` is an underscore and a year.
    const from = match.index + (text === '_2006' ? 1 : 0);
    if (from > at) chunks.push({ kind: 'text', text: layout.slice(at, from) });
    chunks.push({ kind: 'chunk', text: text === '_2006' ? '2006' : text });
    at = match.index + text.length;
  }
  if (at < layout.length) chunks.push({ kind: 'text', text: layout.slice(at) });
  return chunks;
}

/** The calendar fields of a moment in its zone. */
interface Fields {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly yearDay: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
}

export function fieldsOf(time: GoTime): Fields {
  const local = time.ns + BigInt(time.zone.offset) * SECOND;
  const seconds = floorDiv(local, SECOND);
  const date = new Date(Number(seconds) * 1000);
  const year = date.getUTCFullYear();
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    yearDay: Math.floor((date.getTime() - utcMs(year, 1, 1, 0, 0, 0)) / 86_400_000) + 1,
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    nanosecond: Number(local - seconds * SECOND),
  };
}

export function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/** ms since the epoch; years below 100 as they are. */
export function utcMs(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, 0);
  return date.getTime();
}

/** A moment in a layout of Go's time package, in the zone it carries. */
export function formatTime(time: GoTime, layout: string): string {
  const fields = fieldsOf(time);
  return cutLayout(layout)
    .map((chunk) => (chunk.kind === 'text' ? chunk.text : formatChunk(chunk.text, fields, time.zone)))
    .join('');
}

function pad(value: number, width: number, fill = '0'): string {
  return value < 0 ? `-${pad(-value, width - 1, fill)}` : String(value).padStart(width, fill);
}

function formatChunk(chunk: string, f: Fields, zone: Zone): string {
  const hour12 = f.hour % 12 === 0 ? 12 : f.hour % 12;
  switch (chunk) {
    case 'January':
      return MONTHS[f.month - 1] ?? '';
    case 'Jan':
      return (MONTHS[f.month - 1] ?? '').slice(0, 3);
    case 'Monday':
      return DAYS[f.weekday] ?? '';
    case 'Mon':
      return (DAYS[f.weekday] ?? '').slice(0, 3);
    case 'MST':
      return zone.abbreviation;
    case '2006':
      return pad(f.year, 4);
    case '06':
      return pad(f.year % 100, 2);
    case '01':
      return pad(f.month, 2);
    case '1':
      return String(f.month);
    case '02':
      return pad(f.day, 2);
    case '_2':
      return pad(f.day, 2, ' ');
    case '2':
      return String(f.day);
    case '002':
      return pad(f.yearDay, 3);
    case '__2':
      return pad(f.yearDay, 3, ' ');
    case '15':
      return pad(f.hour, 2);
    case '03':
      return pad(hour12, 2);
    case '3':
      return String(hour12);
    case '04':
      return pad(f.minute, 2);
    case '4':
      return String(f.minute);
    case '05':
      return pad(f.second, 2);
    case '5':
      return String(f.second);
    case 'PM':
      return f.hour >= 12 ? 'PM' : 'AM';
    case 'pm':
      return f.hour >= 12 ? 'pm' : 'am';
  }
  if (chunk.startsWith('.') || chunk.startsWith(',')) return formatFraction(chunk, f.nanosecond);
  return formatOffset(chunk, zone.offset);
}

function formatFraction(chunk: string, nanosecond: number): string {
  const digits = String(nanosecond)
    .padStart(9, '0')
    .slice(0, chunk.length - 1);
  if (chunk[1] === '0') return `${chunk[0]}${digits}`;
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : `${chunk[0]}${trimmed}`;
}

export function formatOffset(chunk: string, offset: number): string {
  if (chunk.startsWith('Z') && offset === 0) return 'Z';
  const size = Math.abs(offset);
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60].map((part) => pad(part, 2));
  const count = chunk.replace(/[^0]/g, '').length >= 3 ? (chunk.length > 6 || /0{4}/.test(chunk) ? 3 : 2) : 1;
  return (offset < 0 ? '-' : '+') + parts.slice(0, count).join(chunk.includes(':') ? ':' : '');
}

/** A duration as Go prints it: `1h2m3.5s`, `1.5ms`, `0s`. */
export function durationText(ns: bigint): string {
  if (ns === 0n) return '0s';
  const size = ns < 0n ? -ns : ns;
  const sign = ns < 0n ? '-' : '';
  for (const [unit, length] of [
    ['ns', 1n],
    ['µs', 1_000n],
    ['ms', 1_000_000n],
  ] as const) {
    if (size < length * 1000n) return `${sign}${decimalOf(size, length)}${unit}`;
  }
  const minutes = size / (60n * SECOND);
  const seconds = `${decimalOf(size % (60n * SECOND), SECOND)}s`;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimalOf(value: bigint, unit: bigint): string {
  const rest = value % unit;
  if (rest === 0n) return String(value / unit);
  const digits = String(unit).length - 1;
  return `${value / unit}.${String(rest).padStart(digits, '0').replace(/0+$/, '')}`;
}
