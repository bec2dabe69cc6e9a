/**
 * SQL text is made in this room only, and only by this tag: values are bound as ClickHouse query parameters
 * (`{p0:String}`), never spliced. Fragments compose.
 */
export interface Sql {
  readonly text: string;
  readonly params: readonly SqlParam[];
}

export interface SqlParam {
  /** ClickHouse type of the placeholder, e.g. `Array(UInt64)`. */
  readonly type: string;
  /** The value in ClickHouse's escaped (TabSeparated) text form. */
  readonly value: string;
}

const PLACEHOLDER = '\u0000';

/** The tag. Interpolations are fragments or bound parameters. */
export function sql(strings: TemplateStringsArray, ...parts: readonly (Sql | SqlParam)[]): Sql {
  let text = strings[0] ?? '';
  const params: SqlParam[] = [];
  parts.forEach((part, i) => {
    if ('text' in part) {
      text += part.text;
      params.push(...part.params);
    } else {
      text += PLACEHOLDER;
      params.push(part);
    }
    text += strings[i + 1] ?? '';
  });
  return { text, params };
}

/** Fragments one after the other with a fixed separator; an empty list gives empty text. */
export function join(fragments: readonly Sql[], separator: ' AND ' | ' OR ' | ', ' | ' UNION ALL '): Sql {
  return { text: fragments.map((f) => f.text).join(separator), params: fragments.flatMap((f) => f.params) };
}

/** Names that may be spliced: our own tables and columns, never user input. Throws on anything but identifiers. */
export function identifier(name: string): Sql {
  if (!/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$/.test(name)) throw new Error(`not an identifier: ${name}`);
  return {
    text: name
      .split('.')
      .map((part) => `\`${part}\``)
      .join('.'),
    params: [],
  };
}

/** Statement text of our own (schema files), unchanged. */
export function trusted(text: string): Sql {
  return { text, params: [] };
}

export const bind = {
  string: (value: string): SqlParam => ({ type: 'String', value: escapeText(value) }),
  uint64: (value: bigint | number): SqlParam => ({ type: 'UInt64', value: String(value) }),
  int64: (value: bigint | number): SqlParam => ({ type: 'Int64', value: String(value) }),
  float64: (value: number): SqlParam => ({
    type: 'Float64',
    value: Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf',
  }),
  strings: (values: readonly string[]): SqlParam => ({
    type: 'Array(String)',
    value: `[${values.map((v) => `'${escapeQuoted(v)}'`).join(',')}]`,
  }),
  uint64s: (values: readonly bigint[] | BigUint64Array): SqlParam => ({
    type: 'Array(UInt64)',
    value: `[${values.join(',')}]`,
  }),
  /** Nanoseconds since the epoch as DateTime64(9); written as a decimal number of seconds. */
  timeNs: (ns: bigint): SqlParam => ({
    type: 'DateTime64(9)',
    value: decimalSeconds(ns),
  }),
  timeMs: (ms: number): SqlParam => ({ type: 'DateTime64(3)', value: (ms / 1000).toFixed(3) }),
  /** A day as YYYYMMDD. */
  day: (day: number): SqlParam => ({
    type: 'Date',
    value: `${String(day).slice(0, 4)}-${String(day).slice(4, 6)}-${String(day).slice(6, 8)}`,
  }),
} as const;

/** The statement as the wire takes it: named placeholders and `param_pN` values. */
export function render(statement: Sql): { readonly text: string; readonly params: Readonly<Record<string, string>> } {
  const params: Record<string, string> = {};
  let index = 0;
  const text = statement.text.replaceAll(PLACEHOLDER, () => {
    const param = statement.params[index];
    if (param === undefined) throw new Error('more placeholders than parameters');
    params[`param_p${index}`] = param.value;
    return `{p${index++}:${param.type}}`;
  });
  return { text, params };
}

/** DateTime64(9) holds 1900-01-01 to 2262-04-11; times beyond are moved to the nearest end. */
const OLDEST_NS = -2_208_988_800_000_000_000n;
const NEWEST_NS = 9_223_372_036_000_000_000n;

function decimalSeconds(ns: bigint): string {
  const bounded = ns < OLDEST_NS ? OLDEST_NS : ns > NEWEST_NS ? NEWEST_NS : ns;
  const magnitude = bounded < 0n ? -bounded : bounded;
  const fraction = String(magnitude % 1_000_000_000n).padStart(9, '0');
  return `${bounded < 0n ? '-' : ''}${magnitude / 1_000_000_000n}.${fraction}`;
}

/** ClickHouse reads parameter values in its Escaped form: backslash, tab and newline are written as escapes. */
function escapeText(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\0', '\\0');
}

/** A quoted string inside an array literal. The engine reads arrays as they are, without an Escaped layer around them. */
function escapeQuoted(value: string): string {
  return escapeText(value).replaceAll("'", "\\'");
}
