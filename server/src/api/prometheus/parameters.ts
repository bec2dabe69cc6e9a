import { PromqlParseError, parseDuration, parseNumber, parseSelector } from '@trilith/lang/promql';
import type { Matcher } from '../../model/labels.ts';
import type { TimeRange } from '../../query/index.ts';
import { BadRequest } from './errors.ts';

/** The earliest and latest times upstream accepts where a bound is left out, cut to what days can be counted in. */
const EARLIEST_MS = 0;
const LATEST_MS = 4_102_444_800_000;

/** A time in ms since the epoch from seconds or RFC 3339. */
export function timeParameter(name: string, text: string): number {
  const seconds = numberOf(text);
  if (seconds !== undefined && Number.isFinite(seconds)) return Math.round(seconds * 1000);
  const parsed = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(parsed))
    throw new BadRequest(
      `invalid parameter ${JSON.stringify(name)}: cannot parse ${JSON.stringify(text)} to a valid timestamp`,
    );
  return parsed;
}

/** A duration in ms from seconds or `1m30s`. */
export function durationParameter(name: string, text: string): number {
  const seconds = numberOf(text);
  if (seconds !== undefined && Number.isFinite(seconds)) {
    if (Math.abs(seconds) > 9_223_372_036) {
      throw new BadRequest(
        `invalid parameter ${JSON.stringify(name)}: cannot parse ${JSON.stringify(text)} to a valid duration. It overflows int64`,
      );
    }
    return Math.round(seconds * 1000);
  }
  try {
    return parseDuration(text);
  } catch (error) {
    throw new BadRequest(
      `invalid parameter ${JSON.stringify(name)}: cannot parse ${JSON.stringify(text)} to a valid duration`,
      { cause: error },
    );
  }
}

function numberOf(text: string): number | undefined {
  const negative = text.startsWith('-');
  const value = parseNumber(negative ? text.slice(1) : text);
  return value === undefined ? undefined : negative ? -value : value;
}

/** `limit`: a count, 0 for none. */
export function limitParameter(query: URLSearchParams): number {
  const text = query.get('limit');
  if (text === null || text === '') return 0;
  if (!/^\d{1,15}$/.test(text)) {
    throw new BadRequest(
      /^-\d+$/.test(text)
        ? 'invalid parameter "limit": limit must be non-negative'
        : `invalid parameter "limit": cannot parse ${JSON.stringify(text)} to a valid limit`,
    );
  }
  return Number(text);
}

/** `match[]` as alternatives. */
export function selectorParameters(query: URLSearchParams): readonly (readonly Matcher[])[] {
  return query.getAll('match[]').map((text) => {
    try {
      return parseSelector(text).matchers;
    } catch (error) {
      if (error instanceof PromqlParseError)
        throw new BadRequest(`invalid parameter "match[]": ${error.message}`, { cause: error });
      throw error;
    }
  });
}

/** `start` and `end` of look-ups that may leave them out. */
export function rangeParameters(query: URLSearchParams): TimeRange {
  const start = query.get('start');
  const end = query.get('end');
  const fromMs = start === null || start === '' ? EARLIEST_MS : timeParameter('start', start);
  const toMs = end === null || end === '' ? LATEST_MS : timeParameter('end', end);
  if (toMs < fromMs) throw new BadRequest('invalid parameter "end": end timestamp must not be before start time');
  return { fromMs, toMs };
}
