import { GoTime, UTC, type Zone } from './value.ts';

const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November'],
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const SECOND = 1_000_000_000n;

/** What the layout's reference time 2006-01-02 15:04:05 -0700 MST is cut into; the longest alternative first. */
const CHUNK =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|Z070000|Z07:00:00|Z0700|Z07:00|Z07|-070000|-07:00:00|-0700|-07:00|-07|002|__2|_2006|_2|01|02|03|04|05|06|15|1|2|3|4|5|PM|pm|[.,]0+(?!\d)|[.,]9+(?!\d)/g;

interface Chunk {
  readonly kind: 'text' | 'chunk';
  readonly text: string;
}

function cutLayout(layout: string): Chunk[] {
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
export interface Fields {
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
    yearDay: Math.floor((date.getTime() - utc(year, 1, 1, 0, 0, 0)) / 86_400_000) + 1,
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
function utc(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
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

function formatOffset(chunk: string, offset: number): string {
  if (chunk.startsWith('Z') && offset === 0) return 'Z';
  const size = Math.abs(offset);
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60].map((part) => pad(part, 2));
  const count = chunk.replace(/[^0]/g, '').length >= 3 ? (chunk.length > 6 || /0{4}/.test(chunk) ? 3 : 2) : 1;
  return (offset < 0 ? '-' : '+') + parts.slice(0, count).join(chunk.includes(':') ? ':' : '');
}

/** What parsing gathers before the moment is known. */
interface Parsed {
  year: number;
  month: number;
  day: number;
  yearDay: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  afternoon: boolean | undefined;
  zone: Zone | undefined;
}

/** Reads a text by a layout; undefined where Go's time.Parse would fail. Without a zone in the text, `zone` holds. */
export function parseTime(layout: string, text: string, zone: string): GoTime | undefined {
  const parsed: Parsed = {
    year: 0,
    month: 1,
    day: 1,
    yearDay: 0,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    afternoon: undefined,
    zone: undefined,
  };
  let rest = text;
  for (const [i, chunk] of cutLayout(layout).entries()) {
    if (chunk.kind === 'text') {
      const taken = skipText(rest, chunk.text);
      if (taken === undefined) return undefined;
      rest = taken;
      continue;
    }
    const next = cutLayout(layout)[i + 1]?.text ?? '';
    const left = parseChunk(chunk.text, rest, parsed, next);
    if (left === undefined) return undefined;
    rest = left;
  }
  return rest === '' ? momentOf(parsed, zone) : undefined;
}

/** Literal text of a layout; a run of spaces matches any run of spaces. */
function skipText(rest: string, text: string): string | undefined {
  let left = rest;
  for (const char of text) {
    if (char === ' ') {
      left = left.replace(/^ +/, '');
      continue;
    }
    if (!left.startsWith(char)) return undefined;
    left = left.slice(char.length);
  }
  return left;
}

const NUMERIC: Readonly<Record<string, readonly [RegExp, keyof Parsed, number, number]>> = {
  '2006': [/^\d{4}/, 'year', 0, 9999],
  '01': [/^\d{2}/, 'month', 1, 12],
  '1': [/^\d{1,2}/, 'month', 1, 12],
  '02': [/^\d{2}/, 'day', 1, 31],
  _2: [/^ ?\d{1,2}/, 'day', 1, 31],
  '2': [/^\d{1,2}/, 'day', 1, 31],
  '002': [/^\d{3}/, 'yearDay', 1, 366],
  __2: [/^ {0,2}\d{1,3}/, 'yearDay', 1, 366],
  '15': [/^\d{1,2}/, 'hour', 0, 23],
  '03': [/^\d{2}/, 'hour', 0, 12],
  '3': [/^\d{1,2}/, 'hour', 0, 12],
  '04': [/^\d{2}/, 'minute', 0, 59],
  '4': [/^\d{1,2}/, 'minute', 0, 59],
  '05': [/^\d{2}/, 'second', 0, 59],
  '5': [/^\d{1,2}/, 'second', 0, 59],
};

/** The text behind a chunk, or undefined when the text does not fit it. */
function parseChunk(chunk: string, rest: string, parsed: Parsed, next: string): string | undefined {
  const numeric = NUMERIC[chunk];
  if (numeric !== undefined) {
    const [pattern, field, least, most] = numeric;
    const digits = pattern.exec(rest)?.[0];
    const value = Number(digits);
    if (digits === undefined || value < least || value > most) return undefined;
    Object.assign(parsed, { [field]: value });
    const left = rest.slice(digits.length);
    if (field !== 'second' || /^[.,]/.test(next)) return left;
    return parseFraction(left, parsed, /^[.,](\d+)/.exec(left)?.[1]?.length ?? 0);
  }
  switch (chunk) {
    case '06': {
      const digits = /^\d{2}/.exec(rest)?.[0];
      if (digits === undefined) return undefined;
      parsed.year = Number(digits) + (Number(digits) >= 69 ? 1900 : 2000);
      return rest.slice(2);
    }
    case 'January':
    case 'Jan':
      return parseName(rest, MONTHS, chunk === 'Jan', (index) => {
        parsed.month = index + 1;
      });
    case 'Monday':
    case 'Mon':
      return parseName(rest, DAYS, chunk === 'Mon', () => undefined);
    case 'PM':
    case 'pm': {
      const word = rest.slice(0, 2);
      if (word !== (chunk === 'PM' ? word.toUpperCase() : word.toLowerCase()) || !/^[ap]m$/i.test(word))
        return undefined;
      parsed.afternoon = word.toLowerCase() === 'pm';
      return rest.slice(2);
    }
    case 'MST': {
      const word = /^(?:[A-Z]{3,5}|[+-]\d{2})/.exec(rest)?.[0];
      if (word === undefined) return undefined;
      parsed.zone = word === 'UTC' ? UTC : { abbreviation: word, offset: 0 };
      return rest.slice(word.length);
    }
  }
  if (chunk.startsWith('.') || chunk.startsWith(',')) {
    const digits = /^[.,](\d+)/.exec(rest)?.[1] ?? '';
    if (chunk[1] === '9') return parseFraction(rest, parsed, digits.length);
    return digits.length < chunk.length - 1 ? undefined : parseFraction(rest, parsed, chunk.length - 1);
  }
  return parseOffset(chunk, rest, parsed);
}

/** Takes a separator and `digits` digits; without digits nothing. */
function parseFraction(rest: string, parsed: Parsed, digits: number): string {
  if (digits === 0) return rest;
  parsed.nanosecond = Number(rest.slice(1, Math.min(9, digits) + 1).padEnd(9, '0'));
  return rest.slice(digits + 1);
}

function parseName(
  rest: string,
  names: readonly string[],
  short: boolean,
  found: (index: number) => void,
): string | undefined {
  const index = names.findIndex((name) => {
    const wanted = short ? name.slice(0, 3) : name;
    return rest.slice(0, wanted.length).toLowerCase() === wanted.toLowerCase();
  });
  if (index < 0) return undefined;
  found(index);
  return rest.slice(short ? 3 : (names[index] ?? '').length);
}

const OFFSETS: Readonly<Record<string, RegExp>> = {
  '07': /^([+-])(\d{2})/,
  '0700': /^([+-])(\d{2})(\d{2})/,
  '07:00': /^([+-])(\d{2}):(\d{2})/,
  '070000': /^([+-])(\d{2})(\d{2})(\d{2})/,
  '07:00:00': /^([+-])(\d{2}):(\d{2}):(\d{2})/,
};

function parseOffset(chunk: string, rest: string, parsed: Parsed): string | undefined {
  if (chunk.startsWith('Z') && rest.startsWith('Z')) {
    parsed.zone = UTC;
    return rest.slice(1);
  }
  const match = OFFSETS[chunk.slice(1)]?.exec(rest);
  if (match === undefined || match === null) return undefined;
  const [text, sign, hours = '0', minutes = '0', seconds = '0'] = match;
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const offset = sign === '-' ? -size : size;
  parsed.zone = offset === 0 ? UTC : { abbreviation: formatOffset('-0700', offset), offset };
  return rest.slice(text.length);
}

function momentOf(parsed: Parsed, zone: string): GoTime | undefined {
  const { afternoon } = parsed;
  let { hour } = parsed;
  if (afternoon === true && hour < 12) hour += 12;
  else if (afternoon === false && hour === 12) hour = 0;
  const { year } = parsed;
  const days = parsed.yearDay > 0 ? { month: 1, day: parsed.yearDay } : { month: parsed.month, day: parsed.day };
  const ms = utc(year, days.month, days.day, hour, parsed.minute, parsed.second);
  if (parsed.yearDay === 0 && new Date(ms).getUTCDate() !== parsed.day) return undefined;
  const local = BigInt(ms) * 1_000_000n + BigInt(parsed.nanosecond);
  const known = parsed.zone ?? zoneAt(zone, ms);
  return new GoTime(local - BigInt(known.offset) * SECOND, known);
}

/** The zone of a name at a local moment (ms as if it were UTC); UTC for names that are none. */
function zoneAt(name: string, localMs: number): Zone {
  if (name === 'UTC' || name === 'Local' || name === '') return UTC;
  try {
    // The offset at the moment the local time would be in UTC is off by an hour at most around a change: ask twice.
    const first = offsetOf(name, localMs);
    return offsetOf(name, localMs - first.offset * 1000);
  } catch (error) {
    if (error instanceof RangeError) return UTC;
    throw error;
  }
}

/** @throws RangeError for a name that is no time zone */
function offsetOf(name: string, ms: number): Zone {
  const part = (style: 'short' | 'longOffset'): string =>
    new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: style })
      .formatToParts(ms)
      .find((p) => p.type === 'timeZoneName')?.value ?? '';
  const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(part('longOffset'));
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match ?? [];
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const offset = sign === '-' ? -size : size;
  const short = part('short');
  return { abbreviation: short.startsWith('GMT') ? formatOffset('-07', offset) : short, offset };
}
