/**
 * ClickHouse types as trees, as far as the Native format's layout depends on them
 * (clickhouse.com/docs/sql-reference/data-types). Names that only change the meaning of a value (time zone, precision,
 * enum members) are dropped: DateTime64(9, 'UTC') is eight signed bytes.
 */
export type NativeType =
  | { readonly kind: 'fixed'; readonly width: number; readonly values: FixedValues }
  | { readonly kind: 'string' }
  | { readonly kind: 'dictionary'; readonly keys: NativeType }
  | { readonly kind: 'array'; readonly values: NativeType }
  | { readonly kind: 'map'; readonly keys: NativeType; readonly values: NativeType }
  | { readonly kind: 'tuple'; readonly elements: readonly NativeType[] }
  | { readonly kind: 'nullable'; readonly values: NativeType };

/** Which typed array holds the values; `bytes` is a Uint8Array of rows × width. */
export type FixedValues = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64' | 'f32' | 'f64' | 'bytes';

/** A type this room does not speak, or bytes that are not a Native block. */
export class NativeFormatError extends Error {
  override readonly name = 'NativeFormatError';
}

const FIXED: ReadonlyMap<string, readonly [width: number, values: FixedValues]> = new Map([
  ['Int8', [1, 'i8']],
  ['UInt8', [1, 'u8']],
  ['Bool', [1, 'u8']],
  ['Enum8', [1, 'i8']],
  ['Nothing', [1, 'u8']],
  ['Int16', [2, 'i16']],
  ['UInt16', [2, 'u16']],
  ['Enum16', [2, 'i16']],
  ['Date', [2, 'u16']],
  ['Int32', [4, 'i32']],
  ['UInt32', [4, 'u32']],
  ['Float32', [4, 'f32']],
  ['Date32', [4, 'i32']],
  ['DateTime', [4, 'u32']],
  ['IPv4', [4, 'u32']],
  ['Int64', [8, 'i64']],
  ['UInt64', [8, 'u64']],
  ['Float64', [8, 'f64']],
  ['DateTime64', [8, 'i64']],
  ['IPv6', [16, 'bytes']],
  ['UUID', [16, 'bytes']],
  ['Int128', [16, 'bytes']],
  ['UInt128', [16, 'bytes']],
  ['Int256', [32, 'bytes']],
  ['UInt256', [32, 'bytes']],
]);

const MAX_DEPTH = 16;
const MAX_CACHED = 1024;
const cache = new Map<string, NativeType>();

/** Parses a type as the engine writes it. Throws NativeFormatError on types without a layout here. */
export function parseType(text: string): NativeType {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const type = parse(text, 0);
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(text, type);
  return type;
}

function parse(text: string, depth: number): NativeType {
  if (depth > MAX_DEPTH) throw new NativeFormatError('type nested too deeply');
  const open = text.indexOf('(');
  const name = open < 0 ? text : text.slice(0, open);
  const inner = open < 0 ? [] : splitArguments(text.slice(open + 1, -1));
  const argument = (index: number): NativeType => parse(inner[index] ?? '', depth + 1);
  const fixed = FIXED.get(name);
  if (fixed !== undefined) return { kind: 'fixed', width: fixed[0], values: fixed[1] };
  if (name.startsWith('Interval')) return { kind: 'fixed', width: 8, values: 'i64' };
  switch (name) {
    case 'String':
      return { kind: 'string' };
    case 'FixedString':
      return { kind: 'fixed', width: Number(inner[0]), values: 'bytes' };
    case 'Decimal':
      return decimal(Number(inner[0]));
    case 'LowCardinality':
      return { kind: 'dictionary', keys: argument(0) };
    case 'Array':
      return { kind: 'array', values: argument(0) };
    case 'Map':
      return { kind: 'map', keys: argument(0), values: argument(1) };
    case 'Tuple':
      return { kind: 'tuple', elements: inner.map((element) => parse(withoutName(element), depth + 1)) };
    case 'Nested':
      return {
        kind: 'array',
        values: { kind: 'tuple', elements: inner.map((element) => parse(withoutName(element), depth + 1)) },
      };
    case 'Nullable':
      return { kind: 'nullable', values: argument(0) };
    case 'SimpleAggregateFunction':
      return argument(1);
    default:
      throw new NativeFormatError(`type without a known layout: ${text.slice(0, 100)}`);
  }
}

function decimal(precision: number): NativeType {
  if (precision <= 9) return { kind: 'fixed', width: 4, values: 'i32' };
  if (precision <= 18) return { kind: 'fixed', width: 8, values: 'i64' };
  return { kind: 'fixed', width: precision <= 38 ? 16 : 32, values: 'bytes' };
}

/** `a UInt64` or `` `a b` UInt64 `` of a named tuple; plain types have no space outside parentheses and quotes. */
function withoutName(element: string): string {
  if (element.startsWith('`')) {
    const end = element.indexOf('` ', 1);
    return end < 0 ? element : element.slice(end + 2);
  }
  const space = element.indexOf(' ');
  const open = element.indexOf('(');
  return space > 0 && (open < 0 || space < open) ? element.slice(space + 1) : element;
}

function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (quote !== '') {
      if (char === '\\') i++;
      else if (char === quote) quote = '';
    } else if (char === "'" || char === '`') quote = char;
    else if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  if (start < text.length) parts.push(text.slice(start).trim());
  return parts;
}
