/**
 * A value inside a template, by its Go type: string, int and int64 (bigint), float64 (number), bool, nil (null),
 * time.Time, time.Duration, []interface{} (array), map[string]interface{} (Map, sorted by key), and named types.
 */
export type Value =
  | string
  | bigint
  | number
  | boolean
  | null
  | GoTime
  | GoDuration
  | Named
  | readonly Value[]
  | ReadonlyMap<string, Value>;

/** Entries of a map or fields of a struct. Iteration goes sorted by key for maps, in order of declaration for structs. */
export interface ValueMap extends Iterable<readonly [string, Value]> {
  get(key: string): Value | undefined;
  readonly size: number;
}

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

/** A span of time. */
export class GoDuration {
  readonly ns: bigint;
  constructor(ns: bigint) {
    this.ns = ns;
  }
}

/** A method of a named type; arguments arrive as the template gave them. */
export type Method = (receiver: Named, args: readonly Value[]) => Value;

/** A Go type with a name: what it is called, how a missing key reads, and what can be called on it. */
export interface GoType {
  /** As errors show it: `template.Alert`. */
  readonly name: string;
  readonly isStruct?: boolean;
  /** What a key that a map has not gives; nil without it. */
  readonly missing?: Value;
  readonly methods?: ReadonlyMap<string, Method>;
}

/** A value of a named type: a map or struct, a slice, or a string that escaping treats apart. */
export class Named {
  readonly type: GoType;
  readonly data: ValueMap | readonly Value[] | string;
  constructor(type: GoType, data: ValueMap | readonly Value[] | string) {
    this.type = type;
    this.data = data;
  }
}

/** map[string]string: a key it has not reads as the empty string. */
const STRING_MAP: GoType = { name: 'map[string]string', missing: '' };

/** A map[string]string of pairs, sorted by key. */
export function stringMap(pairs: Iterable<readonly [string, string]>, type: GoType = STRING_MAP): Named {
  return new Named(type, sortedMap(pairs));
}

/** A map as Go's templates walk it: sorted by key. */
export function sortedMap(pairs: Iterable<readonly [string, Value]>): ReadonlyMap<string, Value> {
  return new Map([...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** A struct of a type with the given name; fields in order of declaration. */
export function struct(
  name: string,
  fields: Readonly<Record<string, Value>>,
  methods?: ReadonlyMap<string, Method>,
): Named {
  const type = { name, isStruct: true, ...(methods === undefined ? {} : { methods }) };
  return new Named(type, new Map(Object.entries(fields)));
}

/** html/template's kinds of text that are known to be safe where they name it. */
export type SafeKind = 'HTML' | 'URL' | 'JS' | 'CSS' | 'HTMLAttr';

/** Text that escaping leaves as it is in the place of its kind. */
export function safeText(kind: SafeKind, text: string): Named {
  return new Named({ name: `template.${kind}` }, text);
}

/** A rendering that failed, worded as Go's text/template words it. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** The entries of a map or the fields of a struct; undefined for other values. */
export function entriesOf(value: Value): ValueMap | undefined {
  if (value instanceof Map) return value;
  if (!(value instanceof Named) || typeof value.data === 'string' || isList(value.data)) return undefined;
  return value.data;
}

/** The items of a slice; undefined for other values. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (isList(value)) return value;
  return value instanceof Named && isList(value.data) ? value.data : undefined;
}

function isList(value: unknown): value is readonly Value[] {
  return Array.isArray(value);
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
  return sortedMap(Object.entries(value).map(([key, item]) => [key, fromJson(item, depth + 1)]));
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
  if (value instanceof GoDuration) return 'time.Duration';
  if (value instanceof Named) return value.type.name;
  return isList(value) ? '[]interface {}' : 'map[string]interface {}';
}

/** Go's truth of a value in `if`: not empty and not zero. */
export function isTrue(value: Value): boolean {
  if (typeof value !== 'object') return Boolean(value);
  if (value === null) return false;
  if (value instanceof GoTime) return true;
  if (value instanceof GoDuration) return value.ns !== 0n;
  if (value instanceof Named) {
    if (value.type.isStruct === true) return true;
    if (typeof value.data === 'string') return value.data !== '';
  }
  const items = itemsOf(value);
  return items === undefined ? (entriesOf(value)?.size ?? 0) > 0 : items.length > 0;
}

type BasicKind = 'string' | 'int' | 'float64' | 'bool';

/** The basic kind that comparisons need, or undefined for nil, maps, slices, structs and times. */
export function basicKind(value: Value): BasicKind | undefined {
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
  if (value instanceof GoDuration) return 'int';
  return value instanceof Named && typeof value.data === 'string' ? 'string' : undefined;
}

/** A value of a basic kind without its type's name: the ns of a duration, the text of a named string. */
export function basicValue(value: Value): Value {
  if (value instanceof GoDuration) return value.ns;
  return value instanceof Named && typeof value.data === 'string' ? value.data : value;
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
