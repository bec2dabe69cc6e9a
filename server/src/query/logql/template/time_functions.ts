import type { FunctionType } from './function_type.ts';
import { text } from './function_type.ts';
import { fieldsOf, floorDiv, formatTime, parseTime } from './go_time.ts';
import { plain } from './print.ts';
import { GoTime, TemplateError, UTC, type Value } from './value.ts';

const SECOND = 1_000_000_000n;
/** 0001-01-01 in ns: Go's zero time, what a date that cannot be read becomes. */
const ZERO_TIME = new GoTime(-62_135_596_800n * SECOND);

const inZone = (layout: string, zone: string, value: string): GoTime => parseTime(layout, value, zone) ?? ZERO_TIME;

function unix(divisor: bigint): FunctionType {
  return {
    parameters: ['time'],
    call: ([time]) => String(time instanceof GoTime ? floorDiv(time.ns, divisor) : 0n),
  };
}

/** ns in a unit, told by how many digits a timestamp of these centuries has in it. */
const EPOCH_UNITS: ReadonlyMap<number, bigint> = new Map([
  [5, 86_400n * SECOND],
  [10, SECOND],
  [13, 1_000_000n],
  [16, 1_000n],
  [19, 1n],
]);

function epochToTime(epoch: string): GoTime {
  const failed = `unable to parse time '${epoch}'`;
  if (!/^[+-]?\d+$/.test(epoch)) {
    throw new TemplateError(`${failed}: strconv.ParseInt: parsing ${JSON.stringify(epoch)}: invalid syntax`);
  }
  const unit = EPOCH_UNITS.get(epoch.length);
  if (unit === undefined) throw new TemplateError(`${failed}: %!w(<nil>)`);
  return new GoTime(BigInt(epoch) * unit);
}

/** Functions over times, by name. The server's zone is UTC. */
export const TIME_FUNCTIONS: Readonly<Record<string, FunctionType>> = {
  now: { parameters: [], call: (_, { nowNs }) => new GoTime(nowNs) },
  __timestamp__: { parameters: [], call: (_, { timeNs }) => new GoTime(timeNs) },
  __line__: { parameters: [], call: (_, { line }) => line },
  date: {
    parameters: ['string', 'any'],
    call([layout, value = null], { nowNs }) {
      const seconds = typeof value === 'bigint' ? value * SECOND : nowNs;
      return formatTime(new GoTime(value instanceof GoTime ? value.ns : seconds, UTC), text(layout));
    },
  },
  toDate: { parameters: ['string', 'string'], call: ([layout, value]) => inZone(text(layout), 'UTC', text(value)) },
  toDateInZone: {
    parameters: ['string', 'string', 'string'],
    call: ([layout, zone, value]) => inZone(text(layout), text(zone), text(value)),
  },
  unixEpoch: unix(SECOND),
  unixEpochMillis: unix(1_000_000n),
  unixEpochNanos: unix(1n),
  unixToTime: { parameters: ['string'], call: ([epoch]) => epochToTime(text(epoch)) },
};

const DAYS = 'Monday';
const MONTHS = 'January';

/** The methods of time.Time that templates may call; undefined for others. */
export function timeMethod(time: GoTime, name: string, args: readonly Value[]): Value | undefined {
  const fields = fieldsOf(time);
  switch (name) {
    case 'Year':
      return BigInt(fields.year);
    case 'Month':
      return formatTime(time, MONTHS);
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
      return formatTime(time, DAYS);
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
    case 'Format':
      return formatTime(time, text(args[0]));
    default:
      return undefined;
  }
}
