import type { LogExpr } from '@trilith/lang/logql';
import type { LogqlEngine } from '../logql/engine.ts';
import { flattenJson } from '../logql/parse_json.ts';
import { parseLogfmt, sanitizeName } from '../logql/parse_logfmt.ts';
import { type LogRecordView, sampleRecords } from './records.ts';

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

/** A field as it was met in records. */
export interface SeenField {
  readonly origin: LogFieldView['origin'];
  readonly parser: LogFieldView['parser'];
  records: number;
  readonly values: Map<string, number>;
}

const MAX_FIELDS = 500;
const TOP = 10;

/** What matching records carry, from a sample spread over the range. Throws LogqlError and StoreError. */
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
  const records = await sampleRecords(engine, { ...rest, limit: sample });
  const list = [...fieldsSeen(records)].map(([name, seen]) => view(name, seen, records.length));
  list.sort((a, b) => b.coverage - a.coverage || (a.name < b.name ? -1 : 1));
  return { sampled: records.length, fields: list };
}

/** The fields of records with the records and values they were seen in; of a name in several places the first counts. */
export function fieldsSeen(records: readonly LogRecordView[]): ReadonlyMap<string, SeenField> {
  const fields = new Map<string, SeenField>();
  for (const record of records) {
    const here = new Set<string>();
    eachField(record, (name, value, origin, parser) => {
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
    });
  }
  return fields;
}

type FieldVisitor = (name: string, value: string, origin: SeenField['origin'], parser: SeenField['parser']) => void;

function eachField(record: LogRecordView, visit: FieldVisitor): void {
  const { labels, attributes } = record;
  for (let i = 0; i < labels.length; i += 2) visit(labels[i] ?? '', labels[i + 1] ?? '', 'label', '');
  visit('level', record.level, 'metadata', '');
  visit('trace_id', record.traceId, 'metadata', '');
  visit('span_id', record.spanId, 'metadata', '');
  visit('request_id', record.requestId, 'metadata', '');
  visit('user_id', record.userId, 'metadata', '');
  for (let i = 0; i < attributes.length; i += 2) visit(attributes[i] ?? '', attributes[i + 1] ?? '', 'metadata', '');
  if (record.body.trimStart().startsWith('{'))
    flattenJson(record.body, (name, value) => visit(name, value, 'parsed', 'json'));
  else parseLogfmt(record.body, false, (key, value) => visit(sanitizeName(key), value, 'parsed', 'logfmt'));
}

function view(name: string, seen: SeenField, sampled: number): LogFieldView {
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
