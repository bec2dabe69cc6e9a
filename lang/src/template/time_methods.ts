import { plain } from './print.ts';
import { fieldsOf, floorDiv, formatTime } from './time_format.ts';
import { GoDuration, GoTime, TemplateError, typeName, UTC, type Value } from './value.ts';

const SECOND = 1_000_000_000n;
const MINUTE = 60n * SECOND;
const HOUR = 60n * MINUTE;

/** 0001-01-01 in ns: Go's zero time. */
export const ZERO_TIME = new GoTime(-62_135_596_800n * SECOND);

/** The methods of time.Time and time.Duration that templates may call; undefined for others. @throws TemplateError */
export function timeMethod(value: GoTime | GoDuration, name: string, args: readonly Value[]): Value | undefined {
  return value instanceof GoTime
    ? (timeField(value, name) ?? timeArithmetic(value, name, args))
    : durationMethod(value.ns, name);
}

function timeField(time: GoTime, name: string): Value | undefined {
  const fields = fieldsOf(time);
  switch (name) {
    case 'Year':
      return BigInt(fields.year);
    case 'Month':
      return formatTime(time, 'January');
    case 'Day':
      return BigInt(fields.day);
    case 'Hour':
      return BigInt(fields.hour);
    case 'Minute':
      return BigInt(fields.minute);
    case 'Second':
      return BigInt(fields.second);
    case 'Nanosecond':
      return BigInt(fields.nanosecond);
    case 'Weekday':
      return formatTime(time, 'Monday');
    case 'YearDay':
      return BigInt(fields.yearDay);
    case 'Unix':
      return floorDiv(time.ns, SECOND);
    case 'UnixMilli':
      return floorDiv(time.ns, 1_000_000n);
    case 'UnixMicro':
      return floorDiv(time.ns, 1_000n);
    case 'UnixNano':
      return time.ns;
    case 'UTC':
    case 'Local':
      return new GoTime(time.ns, UTC);
    case 'IsZero':
      return time.ns === ZERO_TIME.ns;
    case 'String':
      return plain(time);
    default:
      return undefined;
  }
}

function timeArithmetic(time: GoTime, name: string, args: readonly Value[]): Value | undefined {
  switch (name) {
    case 'Format':
      return formatTime(time, textOf(args[0]));
    case 'Add':
      return new GoTime(time.ns + nsOf(args[0]), time.zone);
    case 'Sub':
      return new GoDuration(time.ns - timeOf(args[0]).ns);
    case 'Before':
      return time.ns < timeOf(args[0]).ns;
    case 'After':
      return time.ns > timeOf(args[0]).ns;
    case 'Equal':
      return time.ns === timeOf(args[0]).ns;
    default:
      return undefined;
  }
}

function durationMethod(ns: bigint, name: string): Value | undefined {
  switch (name) {
    case 'Nanoseconds':
      return ns;
    case 'Microseconds':
      return ns / 1_000n;
    case 'Milliseconds':
      return ns / 1_000_000n;
    case 'Seconds':
      return Number(ns) / Number(SECOND);
    case 'Minutes':
      return Number(ns) / Number(MINUTE);
    case 'Hours':
      return Number(ns) / Number(HOUR);
    case 'String':
      return plain(new GoDuration(ns));
    default:
      return undefined;
  }
}

function wrong(value: Value | undefined, expected: string): TemplateError {
  return new TemplateError(`wrong type for value; expected ${expected}; got ${typeName(value ?? null)}`);
}

function textOf(value: Value | undefined): string {
  if (typeof value !== 'string') throw wrong(value, 'string');
  return value;
}

function timeOf(value: Value | undefined): GoTime {
  if (!(value instanceof GoTime)) throw wrong(value, 'time.Time');
  return value;
}

function nsOf(value: Value | undefined): bigint {
  if (value instanceof GoDuration) return value.ns;
  if (typeof value !== 'bigint') throw wrong(value, 'time.Duration');
  return value;
}
