import { cutLayout, DAYS, formatOffset, GoTime, MONTHS, UTC, utcMs, type Zone, zoneOf } from '@trilith/lang/template';

const SECOND = 1_000_000_000n;

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
  const ms = utcMs(year, days.month, days.day, hour, parsed.minute, parsed.second);
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
    const first = zoneOf(name, localMs);
    return zoneOf(name, localMs - first.offset * 1000);
  } catch (error) {
    if (error instanceof RangeError) return UTC;
    throw error;
  }
}
