import {
  type FunctionType,
  floorDiv,
  formatTime,
  GoTime,
  TemplateError,
  text,
  UTC,
  ZERO_TIME,
} from '@trilith/lang/template';
import { parseTime } from './parse_time.ts';

const SECOND = 1_000_000_000n;

/** What functions know besides their arguments: the record and the moment of the query. */
export interface RecordContext {
  readonly line: string;
  readonly timeNs: bigint;
  readonly nowNs: bigint;
}

/** A date that cannot be read is Go's zero time. */
const inZone = (layout: string, zone: string, value: string): GoTime => parseTime(layout, value, zone) ?? ZERO_TIME;

function unix(divisor: bigint): FunctionType<RecordContext> {
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
export const TIME_FUNCTIONS: Readonly<Record<string, FunctionType<RecordContext>>> = {
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
