import { parseDuration } from '@trilith/lang/logql';

/** A parameter that makes no sense; answered with 400 and the message as text, as Loki does. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError';
}

const SECOND = 1_000_000_000n;

const MOST_INT64 = 2n ** 63n - 1n;

/**
 * A time as Loki takes it, in ns: up to ten digits are seconds, more are nanoseconds, with a fraction seconds, else RFC 3339.
 * @param name the parameter, where the error names it
 */
export function parseTime(text: string, name = ''): bigint {
  const fail = (why: string): ParameterError =>
    new ParameterError(
      `${name === '' ? '' : `could not parse '${name}' parameter: `}strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`,
    );
  if (/^-?\d+$/.test(text)) {
    const whole = BigInt(text);
    if (whole > MOST_INT64 || whole < -MOST_INT64) throw fail('value out of range');
    return text.length <= 10 ? whole * SECOND : whole;
  }
  const float = /^(\d+)\.(\d+)$/.exec(text);
  if (float !== null) return BigInt(float[1] ?? '0') * SECOND + BigInt((float[2] ?? '').slice(0, 9).padEnd(9, '0'));
  const stamp = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|z|[+-]\d\d:\d\d)$/.exec(text);
  const ms = stamp === null ? Number.NaN : Date.parse(`${stamp[1]}${stamp[3]}`);
  if (stamp === null || Number.isNaN(ms)) throw fail('invalid syntax');
  return BigInt(ms) * 1_000_000n + BigInt((stamp[2] ?? '').slice(0, 9).padEnd(9, '0'));
}

/** Seconds as a number or a duration, in ns; undefined for what is neither. */
function secondsOrDuration(text: string): number | undefined {
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)) {
    return text.startsWith('-') ? undefined : parseDuration(text);
  }
  const ns = Number(text) * 1e9;
  if (Math.abs(ns) < Number(MOST_INT64)) return ns;
  throw new ParameterError(`cannot parse ${JSON.stringify(text)} to a valid duration. It overflows int64`);
}

function durationNs(text: string): number {
  const ns = secondsOrDuration(text);
  if (ns === undefined) throw new ParameterError(`cannot parse ${JSON.stringify(text)} to a valid duration`);
  return ns;
}

/** A step in ns: seconds as a number, or a duration. */
export function parseStep(name: string, text: string): bigint {
  const ns = BigInt(Math.round(durationNs(text)));
  if (ns <= 0n)
    throw new ParameterError(
      `zero or negative query resolution ${name} widths are not accepted. Try a positive integer`,
    );
  return ns;
}

/** The least time between two entries of an answer in ns, 0 for none. */
export function parseInterval(text: string | null): bigint {
  if (text === null || text === '') return 0n;
  const ns = durationNs(text);
  if (ns < 0) throw new ParameterError('interval must be >= 0');
  return BigInt(Math.round(ns));
}

/** How far back from the end: Loki takes durations, we take seconds too. */
function parseSince(text: string): bigint {
  const ns = secondsOrDuration(text);
  if (ns !== undefined && ns >= 0) return BigInt(Math.round(ns));
  throw new ParameterError(`could not parse 'since' parameter: not a valid duration string: ${JSON.stringify(text)}`);
}

export interface TimeBounds {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** start, end and since; one hour back from now by default. */
export function parseBounds(
  query: URLSearchParams,
  nowMs: number,
  defaultSinceNs: bigint = 3600n * SECOND,
): TimeBounds {
  const end = query.get('end');
  const endNs = end === null || end === '' ? BigInt(nowMs) * 1_000_000n : parseTime(end, 'end');
  const since = query.get('since');
  const start = query.get('start');
  let startNs = endNs - defaultSinceNs;
  if (since !== null && since !== '') startNs = endNs - parseSince(since);
  if (start !== null && start !== '') startNs = parseTime(start, 'start');
  if (endNs < startNs) throw new ParameterError('end timestamp must not be before or equal to start time');
  return { startNs, endNs };
}

/** A metric query's range on multiples of its step since the epoch, as Loki's query frontend moves it: never less than asked for. */
export function alignToStep({ startNs, endNs }: TimeBounds, stepNs: bigint): TimeBounds {
  return { startNs: startNs - (startNs % stepNs), endNs: ((endNs + stepNs - 1n) / stepNs) * stepNs };
}

/** Loki's default: 250 points over the range, at least a second apart. */
export function defaultStep({ startNs, endNs }: TimeBounds): bigint {
  const seconds = (endNs - startNs) / SECOND / 250n;
  return (seconds > 1n ? seconds : 1n) * SECOND;
}

export function parseLimit(text: string | null, fallback: number, max = Infinity): number {
  if (text === null || text === '') return fallback;
  if (!/^-?\d+$/.test(text)) throw new ParameterError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const limit = Number(text);
  if (limit <= 0) throw new ParameterError('limit must be a positive value');
  checkLimit(limit, max);
  return limit;
}

/** Refuses a limit of entries above what one query may have. */
export function checkLimit(limit: number, max: number): void {
  if (limit > max)
    throw new ParameterError(
      `max entries limit per query exceeded, limit > max_entries_limit_per_query (${limit} > ${max})`,
    );
}

export function parseDirection(text: string | null): 'forward' | 'backward' {
  const direction = (text ?? '').toLowerCase();
  if (direction === '' || direction === 'backward') return 'backward';
  if (direction === 'forward') return 'forward';
  throw new ParameterError(`invalid direction '${text}'`);
}
