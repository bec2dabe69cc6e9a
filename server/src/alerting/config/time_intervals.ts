import { fail, list, record, text, type YamlValue } from '../../base/yaml_reader.ts';

/** Both ends belong to it. */
interface Range {
  readonly begin: number;
  readonly end: number;
}

/**
 * A named time of `time_intervals` (timeinterval/timeinterval.go): a time is in it when every part that is given has a
 * range with that time.
 */
export interface TimeInterval {
  /** Minutes of the day; the end does not belong to it. */
  readonly times: readonly Range[];
  /** 0 is Sunday. */
  readonly weekdays: readonly Range[];
  /** From 1; negative ones count from the month's end. */
  readonly daysOfMonth: readonly Range[];
  /** From 1. */
  readonly months: readonly Range[];
  readonly years: readonly Range[];
  /** An IANA zone. */
  readonly location: string;
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june'],
  ...['july', 'august', 'september', 'october', 'november', 'december'],
];
const PARTS = ['times', 'weekdays', 'days_of_month', 'months', 'years', 'location'];

/** Throws ConfigFileError in upstream's words. */
export function readTimeInterval(value: YamlValue): TimeInterval {
  const keys = record(value, PARTS);
  const each = (name: string, read: (item: YamlValue) => Range): Range[] => list(keys.get(name)).map(read);
  const location = keys.get('location');
  return {
    times: each('times', readTimes),
    weekdays: each('weekdays', readWeekdays),
    daysOfMonth: each('days_of_month', readDaysOfMonth),
    months: each('months', readMonths),
    years: each('years', readYears),
    location: location === undefined ? 'UTC' : readLocation(location),
  };
}

const TIME = /^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/;

function readTimes(value: YamlValue): Range {
  const keys = record(value, ['start_time', 'end_time']);
  const [start, end] = [keys.get('start_time'), keys.get('end_time')];
  if (start === undefined || end === undefined || text(start) === '' || text(end) === '')
    throw fail(value, 'both start and end times must be provided');
  const [begin, until] = [minuteOf(start), minuteOf(end)];
  if (begin >= until) throw fail(value, 'start time cannot be equal or greater than end time');
  return { begin, end: until };
}

function minuteOf(value: YamlValue): number {
  const written = text(value);
  if (!TIME.test(written)) throw fail(value, `couldn't parse timestamp ${written}, invalid format`);
  return Number(written.slice(0, 2)) * 60 + Number(written.slice(3));
}

/** `a` or `a:b`. */
function rangeOf(value: YamlValue, member: (written: string) => number): Range {
  const written = text(value).toLowerCase();
  const ends = written.split(':');
  if (ends.length > 2) throw fail(value, `couldn't parse range ${written}, invalid format`);
  const [begin = 0, end = begin] = ends.map(member);
  return { begin, end };
}

function numberOf(value: YamlValue): (written: string) => number {
  return (written) => {
    if (!/^[+-]?\d+$/.test(written))
      throw fail(value, `strconv.Atoi: parsing ${JSON.stringify(written)}: invalid syntax`);
    return Number(written);
  };
}

function readWeekdays(value: YamlValue): Range {
  const range = rangeOf(value, (written) => {
    const day = WEEKDAYS.indexOf(written);
    if (day === -1) throw fail(value, `${written} is not a valid weekday`);
    return day;
  });
  if (range.begin > range.end) throw fail(value, 'start day cannot be before end day');
  return range;
}

function readMonths(value: YamlValue): Range {
  const range = rangeOf(value, (written) => {
    const month = MONTHS.indexOf(written) + 1;
    if (month > 0) return month;
    if (!/^[+-]?\d+$/.test(written)) throw fail(value, `${written} is not a valid month`);
    return Number(written);
  });
  const name = (month: number): string => MONTHS[month - 1] ?? '';
  if (range.begin > range.end)
    throw fail(value, `end month ${name(range.end)} is before start month ${name(range.begin)}`);
  return range;
}

function readYears(value: YamlValue): Range {
  const range = rangeOf(value, numberOf(value));
  if (range.begin > range.end) throw fail(value, `end year ${range.end} is before start year ${range.begin}`);
  return range;
}

function readDaysOfMonth(value: YamlValue): Range {
  const range = rangeOf(value, numberOf(value));
  for (const day of [range.begin, range.end])
    if (day === 0 || day < -31 || day > 31) throw fail(value, `${day} is not a valid day of the month: out of range`);
  const { begin, end } = range;
  if (begin < 0 && end > 0) throw fail(value, 'end day must be negative if start day is negative');
  // The shortest month decides: what is backwards there is refused.
  const inShortMonth = (day: number): number => (day < 0 ? 28 + day : day);
  if (inShortMonth(begin) > inShortMonth(end)) throw fail(value, `end day ${end} is always before start day ${begin}`);
  return range;
}

function readLocation(value: YamlValue): string {
  const written = text(value);
  if (written === '' || written === 'UTC') return 'UTC';
  if (written === 'Local') return Intl.DateTimeFormat().resolvedOptions().timeZone;
  try {
    new Intl.DateTimeFormat('en', { timeZone: written });
    return written;
  } catch (error) {
    if (error instanceof RangeError) throw fail(value, `unknown time zone ${written}`);
    throw error;
  }
}

interface LocalTime {
  readonly minute: number;
  readonly weekday: number;
  readonly day: number;
  readonly month: number;
  readonly year: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localTime(timeMs: number, zone: string): LocalTime {
  let format = formats.get(zone);
  if (format === undefined) {
    const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
    format = new Intl.DateTimeFormat('en-US', { ...fields, timeZone: zone, hourCycle: 'h23', calendar: 'gregory' });
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(timeMs).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const [year, month, day] = [part('year'), part('month'), part('day')];
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  return { minute: part('hour') * 60 + part('minute'), weekday, day, month, year };
}

/** Whether a time (ms) is in an interval. */
export function inTimeInterval(interval: TimeInterval, timeMs: number): boolean {
  const local = localTime(timeMs, interval.location);
  const lastDay = new Date(Date.UTC(local.year, local.month, 0)).getUTCDate();
  const within = (ranges: readonly Range[], value: number): boolean =>
    ranges.length === 0 || ranges.some(({ begin, end }) => value >= begin && value <= end);
  const days = interval.daysOfMonth.map((range) => inMonth(range, lastDay));
  return (
    (interval.times.length === 0 ||
      interval.times.some(({ begin, end }) => local.minute >= begin && local.minute < end)) &&
    within(days, local.day) &&
    within(interval.months, local.month) &&
    within(interval.weekdays, local.weekday) &&
    within(interval.years, local.year)
  );
}

/** Days of one month: negative ones counted from its end, and none past it. */
function inMonth({ begin, end }: Range, lastDay: number): Range {
  const from = begin < 0 ? lastDay + begin + 1 : begin;
  const until = end < 0 ? lastDay + end + 1 : end;
  // A range that begins after the month holds no day of it.
  return from > lastDay ? { begin: 1, end: 0 } : { begin: from, end: Math.min(until, lastDay) };
}
