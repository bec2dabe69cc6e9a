import type { LogExpr } from '@trilith/lang/logql';
import type { LogqlEngine } from '../logql/engine.ts';
import { flattenJson } from '../logql/parse_json.ts';
import { parseLogfmt, sanitizeName } from '../logql/parse_logfmt.ts';
import { readRecords } from './records.ts';

export interface LogFieldView {
  readonly name: string;
  /** A stream label, structured metadata (or a column every record has), or a field inside a JSON or logfmt line. */
  readonly origin: 'label' | 'metadata' | 'parsed';
  /** The parser that finds a parsed field, else empty. */
  readonly parser: 'json' | 'logfmt' | '';
  readonly type: 'string' | 'number' | 'boolean';
  /** Share of the sampled records that carry it. */
  readonly coverage: number;
  readonly distinct: number;
  /** Up to ten, the most frequent first. */
  readonly top: readonly { readonly value: string; readonly count: number }[];
}

export interface LogFields {
  readonly sampled: number;
  readonly fields: readonly LogFieldView[];
}

interface Seen {
  readonly origin: LogFieldView['origin'];
  readonly parser: LogFieldView['parser'];
  records: number;
  readonly values: Map<string, number>;
}

const MAX_FIELDS = 500;
const TOP = 10;

/** What the newest matching records carry, from a sample. Throws LogqlError and StoreError. */
export async function logFields(
  engine: LogqlEngine,
  query: {
    readonly log: LogExpr;
    readonly startNs: bigint;
    readonly endNs: bigint;
    readonly sample: number;
    readonly signal?: AbortSignal;
  },
): Promise<LogFields> {
  const { sample, ...rest } = query;
  const records = await readRecords(engine, { ...rest, direction: 'backward', limit: sample });
  const fields = new Map<string, Seen>();
  for (const record of records) {
    const here = new Set<string>();
    const note = (name: string, value: string, origin: Seen['origin'], parser: Seen['parser'] = ''): void => {
      if (name === '' || value === '' || here.has(name)) return;
      here.add(name);
      let seen = fields.get(name);
      if (seen === undefined) {
        if (fields.size >= MAX_FIELDS) return;
        seen = { origin, parser, records: 0, values: new Map() };
        fields.set(name, seen);
      }
      seen.records++;
      seen.values.set(value, (seen.values.get(value) ?? 0) + 1);
    };
    const { labels, attributes } = record;
    for (let i = 0; i < labels.length; i += 2) note(labels[i] ?? '', labels[i + 1] ?? '', 'label');
    note('level', record.level, 'metadata');
    note('trace_id', record.traceId, 'metadata');
    note('span_id', record.spanId, 'metadata');
    note('request_id', record.requestId, 'metadata');
    note('user_id', record.userId, 'metadata');
    for (let i = 0; i < attributes.length; i += 2) note(attributes[i] ?? '', attributes[i + 1] ?? '', 'metadata');
    if (record.body.trimStart().startsWith('{'))
      flattenJson(record.body, (name, value) => note(name, value, 'parsed', 'json'));
    else parseLogfmt(record.body, false, (key, value) => note(sanitizeName(key), value, 'parsed', 'logfmt'));
  }
  const list = [...fields].map(([name, seen]) => view(name, seen, records.length));
  list.sort((a, b) => b.coverage - a.coverage || (a.name < b.name ? -1 : 1));
  return { sampled: records.length, fields: list };
}

function view(name: string, seen: Seen, sampled: number): LogFieldView {
  const values = [...seen.values];
  const all = (test: (value: string) => boolean): boolean => values.every(([value]) => test(value));
  const isNumber = all((value) => /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value));
  const type = isNumber ? 'number' : all((value) => value === 'true' || value === 'false') ? 'boolean' : 'string';
  values.sort(([, a], [, b]) => b - a);
  return {
    name,
    origin: seen.origin,
    parser: seen.parser,
    type,
    coverage: seen.records / Math.max(1, sampled),
    distinct: seen.values.size,
    top: values.slice(0, TOP).map(([value, count]) => ({ value, count })),
  };
}
