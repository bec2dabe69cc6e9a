import { compileMatcher, PromqlParseError, parseDuration, parseNumber, parseSelector } from '@trilith/lang/promql';
import type { Matcher } from '../../model/labels.ts';
import type { TimeRange } from '../../query/index.ts';
import { BadRequest } from './errors.ts';

/** The earliest and latest times upstream accepts where a bound is left out, cut to what days can be counted in. */
export const EARLIEST_MS = 0;
export const LATEST_MS = 4_102_444_800_000;

/** How upstream writes its own boundaries; client libraries send them back (web/api/v1 parseTime). */
const BOUNDARIES: ReadonlyMap<string, number> = new Map([
  ['-292273086-05-16T16:47:06Z', EARLIEST_MS],
  ['+292277025-08-18T07:12:54.999999999Z', LATEST_MS],
]);

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)([.,]\d+)?(Z|[+-]\d\d:\d\d)$/;

const bad = (name: string, message: string, cause?: unknown): BadRequest =>
  new BadRequest(`invalid parameter ${JSON.stringify(name)}: ${message}`, { cause });

/** A time in ms since the epoch from seconds or RFC 3339. Throws BadRequest. */
export function timeParameter(name: string, text: string): number {
  const time = parseTime(text);
  if (time === undefined) throw bad(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`);
  return time;
}

/** The same where the parameter may be left out; upstream words its error a little differently. */
export function optionalTime(query: URLSearchParams, name: string, otherwise: number, prefixed = true): number {
  const text = query.get(name);
  if (text === null || text === '') return otherwise;
  const time = parseTime(text);
  if (time !== undefined) return time;
  const message = `invalid time value for '${name}': cannot parse ${JSON.stringify(text)} to a valid timestamp`;
  throw prefixed ? bad(name, message) : new BadRequest(message);
}

function parseTime(text: string): number | undefined {
  const seconds = numberOf(text);
  if (seconds !== undefined && Number.isFinite(seconds)) return Math.round(seconds * 1000);
  const boundary = BOUNDARIES.get(text);
  if (boundary !== undefined) return boundary;
  const parts = RFC3339.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day] = parts;
  const parsed = Date.parse(text.replace(',', '.'));
  // JavaScript counts on from 30 February; Go, and so upstream, refuses it.
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number.isNaN(parsed) || Number(day) > days ? undefined : parsed;
}

/** A duration in ms from seconds or `1m30s`. Throws BadRequest, naming the parameter unless `prefix` says otherwise. */
export function durationParameter(name: string, text: string, prefix?: string): number {
  const fail = (message: string, cause?: unknown): BadRequest =>
    prefix === undefined ? bad(name, message, cause) : new BadRequest(`${prefix}${message}`, { cause });
  const seconds = numberOf(text);
  if (seconds !== undefined && Number.isFinite(seconds)) {
    if (Math.abs(seconds) > 9_223_372_036)
      throw fail(`cannot parse ${JSON.stringify(text)} to a valid duration. It overflows int64`);
    return Math.round(seconds * 1000);
  }
  try {
    return parseDuration(text);
  } catch (error) {
    throw fail(`cannot parse ${JSON.stringify(text)} to a valid duration`, error);
  }
}

/** Seconds as clients write them: read without the parser of PromQL. */
const PLAIN_NUMBER = /^[1-9]\d{0,14}(\.\d{1,9})?$/;

function numberOf(text: string): number | undefined {
  if (PLAIN_NUMBER.test(text)) return Number(text);
  // Zeros in front are just that here (Go's ParseFloat); in PromQL they would make the number octal.
  const digits = text.replace(/^[+-]/, '').replace(/^0+(?=\d)/, '');
  const value = parseNumber(digits);
  return value === undefined ? undefined : text.startsWith('-') ? -value : value;
}

/** `limit`: a count, 0 for none. */
export function limitParameter(query: URLSearchParams): number {
  const text = query.get('limit');
  if (text === null || text === '') return 0;
  const limit = integer(text);
  if (limit === undefined) throw bad('limit', atoiError(text));
  if (limit < 0) throw bad('limit', 'limit must be non-negative');
  return limit;
}

/** A whole number as Go's Atoi reads one, or undefined. */
export function integer(text: string): number | undefined {
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

const atoiError = (text: string): string =>
  `strconv.Atoi: parsing ${JSON.stringify(text)}: ${/^[+-]?\d+$/.test(text) ? 'value out of range' : 'invalid syntax'}`;

const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** A truth value as Go's ParseBool reads one, or undefined. */
export const boolean = (text: string): boolean | undefined =>
  TRUE.has(text) ? true : FALSE.has(text) ? false : undefined;

/**
 * `match[]` as alternatives. Throws BadRequest.
 * @param prefixed whether the error names the parameter, as upstream's `/series` does and its `/labels` does not
 */
export function selectorParameters(query: URLSearchParams, prefixed = false): readonly (readonly Matcher[])[] {
  const fail = (message: string, cause?: unknown): BadRequest =>
    prefixed ? bad('match[]', message, cause) : new BadRequest(message, { cause });
  return query.getAll('match[]').map((text) => {
    const matchers = selector(text, fail);
    if (matchers.every((matcher) => compileMatcher(matcher).matches('')))
      throw fail('match[] must contain at least one non-empty matcher');
    return matchers;
  });
}

/** The matchers of a series selector; errors are made by `fail`. */
export function selector(
  text: string,
  fail: (message: string, cause?: unknown) => BadRequest = (message, cause) => new BadRequest(message, { cause }),
): readonly Matcher[] {
  try {
    return parseSelector(text).matchers;
  } catch (error) {
    if (error instanceof PromqlParseError) throw fail(error.message, error);
    throw error;
  }
}

/** `start` and `end` of look-ups that may leave them out. */
export function rangeParameters(query: URLSearchParams): TimeRange {
  return { fromMs: optionalTime(query, 'start', EARLIEST_MS), toMs: optionalTime(query, 'end', LATEST_MS) };
}
