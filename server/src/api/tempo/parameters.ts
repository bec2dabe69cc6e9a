import type { HttpRequest } from '../../base/http.ts';
import { parseDateTime } from '../../model/date_time.ts';
import type { NsRange } from '../../store/index.ts';
import { durationNs, ParameterError } from './errors.ts';

const SECOND = 1_000_000_000n;
const DEFAULT_SEARCH_RANGE = 6n * 3600n * SECOND;
const DEFAULT_METRICS_RANGE = 3600n * SECOND;

/** start and end in Unix seconds; the last six hours by default, 0 is none given. @throws ParameterError */
export function rangeOf(query: URLSearchParams, nowMs: number): NsRange {
  const read = (name: string): bigint | undefined => {
    const value = query.get(name);
    if (value === null || /^0?$/.test(value)) return undefined;
    if (!/^\d{1,19}$/.test(value))
      throw new ParameterError(`invalid ${name}: strconv.ParseUint: parsing ${JSON.stringify(value)}: invalid syntax`);
    return value.length > 11 ? BigInt(value) : BigInt(value) * SECOND;
  };
  const endNs = read('end') ?? BigInt(nowMs) * 1_000_000n + SECOND;
  return ordered(query, { startNs: read('start') ?? endNs - DEFAULT_SEARCH_RANGE, endNs });
}

/**
 * The range of a metrics query: start and end in Unix seconds (with fractions) or nanoseconds or RFC 3339, or `since` a
 * duration ago; the last hour by default. @throws ParameterError
 */
export function metricsRangeOf(query: URLSearchParams, nowMs: number): NsRange {
  const now = BigInt(nowMs) * 1_000_000n;
  const read = (name: string): bigint | undefined => {
    const value = query.get(name);
    if (value === null || value === '') return undefined;
    const ns = /^\d{1,9}$/.test(value)
      ? BigInt(value) * SECOND
      : parseDateTime(value.trim().replace(/ (?=\d\d:?\d\d$)/, '+'));
    if (ns === undefined) throw new ParameterError(`could not parse '${name}' parameter: ${JSON.stringify(value)}`);
    return ns;
  };
  const since = durationNs(query, 'since');
  if (since !== undefined && !(since > 0))
    throw new ParameterError("could not parse 'since' parameter: must be positive");
  const endNs = read('end') ?? now;
  const lookback = since === undefined ? DEFAULT_METRICS_RANGE : BigInt(Math.round(since));
  return ordered(query, { startNs: read('start') ?? (endNs > now ? now : endNs) - lookback, endNs });
}

function ordered(query: URLSearchParams, range: NsRange): NsRange {
  if (range.endNs > range.startNs) return range;
  throw new ParameterError(
    `http parameter start must be before end. received start=${query.get('start') ?? ''} end=${query.get('end') ?? ''}`,
  );
}

/**
 * A whole number of a parameter, at most `max`.
 * @param least what is refused below it
 * @throws ParameterError
 */
export function wholeNumber(query: URLSearchParams, name: string, fallback: number, max: number, least = 1): number {
  const text = query.get(name);
  if (text === null || text === '') return fallback;
  if (!/^\d+$/.test(text) || Number(text) < least)
    throw new ParameterError(`invalid ${name}: must be a ${least === 0 ? 'whole' : 'positive'} number`);
  return Math.min(Number(text), max);
}

/** The tags of a search in logfmt: `key=value key="quoted value"`. @throws ParameterError for one that is set twice */
export function logfmtTags(text: string): [key: string, value: string][] {
  const tags = new Map<string, string>();
  for (const match of text.matchAll(/\s*([^\s="]+)(?:=("(?:[^"\\]|\\.)*"|[^\s"]*))?/gy)) {
    const [, key = '', value = ''] = match;
    if (tags.has(key)) throw new ParameterError(`invalid tags: tag ${key} has been set twice`);
    tags.set(key, value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value);
  }
  return [...tags];
}

/** Whether nothing may be taken from what was answered before. */
export function isFresh({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  return /\bno-store\b/.test(headers['cache-control'] ?? '');
}
