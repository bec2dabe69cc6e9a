import type { LogExpr, Stage } from '@trilith/lang/logql';
import { parseDuration } from '@trilith/lang/logql';
import type { Labels } from '../../model/labels.ts';
import type { LogqlEngine } from '../logql/engine.ts';
import { flattenJson } from '../logql/parse_json.ts';
import { parseLogfmt, sanitizeName } from '../logql/parse_logfmt.ts';

/** Loki's types of fields (pkg/logproto DetectedFieldType). */
export type DetectedType = 'string' | 'int' | 'float' | 'boolean' | 'duration' | 'bytes';
type LineParser = 'json' | 'logfmt';

/** A field found in lines or in their structured metadata. */
export interface DetectedField {
  readonly name: string;
  readonly type: DetectedType;
  /** The parsers that find it in lines; none of a field of structured metadata. */
  readonly parsers: readonly LineParser[];
  /** Its values, the most frequent first. */
  readonly values: readonly string[];
}

interface Found {
  readonly parsers: Set<LineParser>;
  readonly values: Map<string, number>;
}

const MOST_FIELDS = 5_000;
const PARSING: ReadonlySet<Stage['kind']> = new Set(['json', 'logfmt', 'regexp', 'pattern', 'unpack']);

/**
 * The fields of up to `lines` of the newest matching records, as Loki's detected_fields finds them
 * (pkg/querier/queryrange/detected_fields.go): structured metadata, and what the query's own parsers extract, or if it has
 * none, json or else logfmt. A field of a stream label's name gets `_extracted`. Throws LogqlError and StoreError.
 */
export async function detectFields(
  engine: LogqlEngine,
  query: {
    readonly log: LogExpr;
    readonly startNs: bigint;
    readonly endNs: bigint;
    readonly lines: number;
    readonly signal?: AbortSignal;
  },
): Promise<readonly DetectedField[]> {
  const { log: expr, startNs, endNs, lines: limit, signal } = query;
  const result = await engine.query({
    expr,
    startNs,
    endNs,
    stepNs: 1n,
    direction: 'backward',
    limit,
    instant: false,
    byOrigin: true,
    ...(signal === undefined ? {} : { signal }),
  });
  if (result.kind !== 'streams') return [];
  const parserOfQuery = expr.stages.find(({ kind }) => PARSING.has(kind))?.kind;
  const fields = new FoundFields();
  for (const { labels, entries } of result.answer.streams) {
    for (const { line, metadata = [], parsed = [] } of entries) {
      fields.take(metadata, undefined);
      if (parserOfQuery === undefined) fields.takeLine(line, labels);
      else fields.take(parsed, parserOfQuery === 'logfmt' ? 'logfmt' : 'json');
    }
  }
  return fields.list();
}

class FoundFields {
  readonly #found = new Map<string, Found>();

  take(labels: Labels, parser: LineParser | undefined): void {
    for (let i = 0; i < labels.length; i += 2) this.#note(labels[i] ?? '', labels[i + 1] ?? '', parser);
  }

  /** Parses a line the way it looks: as a JSON object, or as logfmt. */
  takeLine(line: string, stream: Labels): void {
    const note = (name: string, value: string, parser: LineParser): void =>
      this.#note(hasLabel(stream, name) ? `${name}_extracted` : name, value, parser);
    if (line.trimStart().startsWith('{')) flattenJson(line, (name, value) => note(name, value, 'json'));
    else parseLogfmt(line, false, (key, value) => note(sanitizeName(key), value, 'logfmt'));
  }

  #note(name: string, value: string, parser: LineParser | undefined): void {
    // What a stage says of its errors is no field; a word without a value is a word of a sentence.
    if (name === '' || value === '' || name.startsWith('__error')) return;
    let found = this.#found.get(name);
    if (found === undefined) {
      if (this.#found.size >= MOST_FIELDS) return;
      found = { parsers: new Set(), values: new Map() };
      this.#found.set(name, found);
    }
    if (parser !== undefined) found.parsers.add(parser);
    found.values.set(value, (found.values.get(value) ?? 0) + 1);
  }

  list(): DetectedField[] {
    return [...this.#found].map(([name, { parsers, values }]) => {
      const counted = [...values].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([value]) => value);
      return { name, type: typeOf(counted), parsers: [...parsers], values: counted };
    });
  }
}

function hasLabel(labels: Labels, name: string): boolean {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === name) return true;
  return false;
}

const TYPES: readonly (readonly [DetectedType, (value: string) => boolean])[] = [
  ['int', (value) => /^[+-]?\d{1,19}$/.test(value)],
  ['float', (value) => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)],
  ['boolean', (value) => /^(true|false|t|f)$/i.test(value)],
  ['duration', (value) => parseDuration(value) !== undefined],
  ['bytes', (value) => /^\d+(\.\d+)?\s?([kmgtpe]i?)?b$/i.test(value)],
];

/** The first type that all values have. */
function typeOf(values: readonly string[]): DetectedType {
  return TYPES.find(([, is]) => values.every(is))?.[0] ?? 'string';
}
