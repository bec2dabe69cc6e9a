import { parseGoDuration } from '@trilith/lang/logql';
import { parseDateTime } from '../../model/date_time.ts';
import { canonicalTraceId } from '../../query/index.ts';
import { RequestError } from './errors.ts';

const NS_PER_US = 1_000n;

/** The first value of a parameter that is not empty, under any of its names. */
export function given(query: URLSearchParams, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = query.get(name);
    if (value !== null && value !== '') return value;
  }
  return undefined;
}

/** A whole number of a parameter. @throws RequestError */
export function whole(query: URLSearchParams, ...names: readonly string[]): bigint | undefined {
  const text = given(query, ...names);
  if (text === undefined) return undefined;
  if (!/^-?\d{1,18}$/.test(text)) throw malformed(names[0] ?? '', text);
  return BigInt(text);
}

/** Unix microseconds of a parameter, as ns. @throws RequestError */
export function microseconds(query: URLSearchParams, name: string): bigint | undefined {
  const value = whole(query, name);
  return value === undefined ? undefined : value * NS_PER_US;
}

/** A moment of a parameter in RFC 3339, as ns. @throws RequestError */
export function moment(query: URLSearchParams, ...names: readonly string[]): bigint | undefined {
  const text = given(query, ...names);
  if (text === undefined) return undefined;
  // A plus that nobody encoded has become a space.
  const ns = /^\d{4}-\d\d-\d\dT/.test(text) ? parseDateTime(text.replace(/ (\d\d:?\d\d)$/, '+$1')) : undefined;
  if (ns === undefined) throw malformed(names[0] ?? '', text);
  return ns;
}

/** A Go duration of a parameter, ns. @throws RequestError */
export function duration(query: URLSearchParams, ...names: readonly string[]): number | undefined {
  const text = given(query, ...names);
  if (text === undefined) return undefined;
  try {
    return parseGoDuration(text);
  } catch (error) {
    throw malformed(names[0] ?? '', error instanceof Error ? error.message : String(error));
  }
}

/** @throws RequestError for what is no trace id */
export function traceIdOf(text: string): string {
  const id = canonicalTraceId(text);
  if (id === undefined)
    throw new RequestError(
      400,
      text.length > 32
        ? `TraceID cannot be longer than 32 hex characters: ${text.slice(0, 64)}`
        : `cannot parse the trace id ${JSON.stringify(text.slice(0, 64))}: it has other characters than hex digits`,
    );
  return id;
}

/** Tags as a JSON map of texts. @throws RequestError */
export function tagMap(json: string, name: string): [key: string, value: string][] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw new RequestError(400, `malformed '${name}' parameter, cannot unmarshal JSON: ${(error as Error).message}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new RequestError(400, `malformed '${name}' parameter, expecting a JSON map of texts`);
  return Object.entries(parsed).map(([key, value]): [string, string] => {
    if (typeof value !== 'string')
      throw new RequestError(400, `malformed '${name}' parameter: the value of ${JSON.stringify(key)} is no text`);
    return [key, value];
  });
}

export function malformed(name: string, why: string): RequestError {
  return new RequestError(400, `unable to parse param '${name}': ${why.slice(0, 200)}`);
}
