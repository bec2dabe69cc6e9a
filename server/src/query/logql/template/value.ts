/**
 * A value inside a template, by its Go type: string, int and int64 (bigint), float64 (number), bool, nil (null),
 * time.Time, []interface{} and map[string]… (Map).
 */
export type Value = string | bigint | number | boolean | null | GoTime | readonly Value[] | ValueMap;
export type ValueMap = ReadonlyMap<string, Value>;

/** A moment with the zone it is shown in. */
export class GoTime {
  /** ns since the Unix epoch, UTC. */
  readonly ns: bigint;
  readonly zone: Zone;
  constructor(ns: bigint, zone: Zone = UTC) {
    this.ns = ns;
    this.zone = zone;
  }
}

export interface Zone {
  /** As Go abbreviates it: `UTC`, `EDT`, `+03`. */
  readonly abbreviation: string;
  /** Seconds east of UTC. */
  readonly offset: number;
}

export const UTC: Zone = { abbreviation: 'UTC', offset: 0 };

/** A rendering that failed: Loki marks the record with TemplateFormatErr and leaves its line or label as it was. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** How deep values nest before they are refused. */
const MAX_DEPTH = 200;

/** A value from JSON; objects become maps sorted by key, as Go walks them. */
export function fromJson(value: unknown, depth = 0): Value {
  if (depth > MAX_DEPTH) throw new TemplateError(`exceeded max depth ${MAX_DEPTH}`);
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (Array.isArray(value)) return value.map((item) => fromJson(item, depth + 1));
  if (typeof value !== 'object') return null;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(entries.map(([key, item]) => [key, fromJson(item, depth + 1)]));
}

/** The value's type as Go names it in errors. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
  }
  if (value === null) return 'nil';
  if (value instanceof GoTime) return 'time.Time';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

/** Go's truth of a value in `if`: not empty and not zero. */
export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  if (value instanceof GoTime) return true;
  return Boolean(value);
}

/** Type and length tests that `default` and the conversions use: sprig's idea of an empty value. */
export function isEmpty(value: Value): boolean {
  return value instanceof GoTime ? false : !isTrue(value);
}

/** A float as Go prints it with %v: the shortest form, with an exponent below 1e-4 and from 1e+06. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return withExponent(value.toExponential());
  return String(value);
}

/** JavaScript's `1e+5` with Go's two digits of exponent. */
export function withExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}
