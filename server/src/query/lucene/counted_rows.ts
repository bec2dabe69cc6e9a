import { labelValue } from '../../model/labels.ts';
import { countLogs, type LogGroupKey, type LogPredicate } from '../../store/index.ts';
import { turnOf } from '../turn.ts';
import type { Aggregation, NamedAggregation } from './aggregation.ts';
import { LuceneError } from './condition.ts';
import { gcd, grainMs } from './date_rounding.ts';
import { placeOfField } from './fields.ts';
import { indexNameOf } from './index_names.ts';
import { optionsOf, type PlannedSearch } from './search.ts';

/** Records that are alike in everything the aggregations look at, as one row with their count. */
export interface CountedRow {
  readonly count: number;
  /** Beginning of the stretch they are in, ms since the epoch. */
  readonly timeMs: number;
  /** The fields' values in the order asked for; the empty text when a record has none. */
  readonly values: readonly string[];
}

const MAX_ROWS = 500_000;
const MAX_STRETCHES = 4_294_967_295n;
const NS_PER_MS = 1_000_000n;

/** The fields a tree of aggregations looks at, each once. */
export function fieldsOf(aggregations: readonly NamedAggregation[]): string[] {
  const fields = new Set<string>();
  const visit = ({ aggregation, children }: NamedAggregation): void => {
    for (const field of ownFields(aggregation)) if (placeOfField(field).kind !== 'time') fields.add(field);
    children.forEach(visit);
  };
  aggregations.forEach(visit);
  return [...fields];
}

function ownFields(aggregation: Aggregation): readonly string[] {
  switch (aggregation.kind) {
    case 'terms':
    case 'histogram':
    case 'metric':
      return [aggregation.field];
    case 'composite':
      return aggregation.sources.map(({ field }) => field);
    default:
      return [];
  }
}

/** The widest stretch of time whose records no aggregation tells apart, ms; undefined when none looks at time. */
function grainOf(aggregations: readonly NamedAggregation[]): number | undefined {
  const grains = aggregations.flatMap(({ aggregation, children }) => {
    const below = grainOf(children);
    const own =
      aggregation.kind === 'date_histogram'
        ? [grainMs(aggregation.rounding)]
        : aggregation.kind === 'composite'
          ? aggregation.sources.flatMap(({ rounding }) => (rounding === undefined ? [] : [grainMs(rounding)]))
          : [];
    return below === undefined ? own : [...own, below];
  });
  return grains.length === 0 ? undefined : grains.reduce(gcd);
}

/**
 * What the store counts for a tree of aggregations: one statement, grouped by time and by every field the tree looks at.
 * Throws LuceneError when there are too many different rows, and StoreError.
 */
export async function countedRows(
  search: PlannedSearch,
  aggregations: readonly NamedAggregation[],
  signal: AbortSignal | undefined,
): Promise<readonly CountedRow[]> {
  const { source, startNs, endNs } = search;
  if (endNs <= startNs) return [];
  const columns = fieldsOf(aggregations).map((field) => fieldColumn(field, search));
  const keys = columns.flatMap((column) => column.keys);
  const grain = grainOf(aggregations);
  const widthNs = grain === undefined ? endNs - startNs : BigInt(grain) * NS_PER_MS;
  const beginNs = grain === undefined ? startNs : startNs - (startNs % widthNs);
  const stretches = (endNs - beginNs + widthNs - 1n) / widthNs;
  if (stretches > MAX_STRETCHES) throw tooMany('intervals of time');
  const predicate: LogPredicate = { kind: 'and', parts: [{ kind: 'time', startNs, endNs }, search.predicate] };
  const request = {
    originNs: beginNs - 1n,
    widthNs,
    buckets: Number(stretches),
    predicate,
    keys: uniqueKeys(keys),
    bytes: false,
  };
  const rows: CountedRow[] = [];
  const turn = turnOf(signal);
  const fieldKeys = request.keys.flatMap((key) => (key.kind === 'field' ? [key.field.name] : []));
  for await (const counts of countLogs(source.reader, request, optionsOf(source, signal))) {
    if (turn.due()) await turn.pause();
    for (let row = 0; row < counts.rows; row++) {
      const count = counts.count(row);
      if (count === 0) continue;
      const read: RowReader = {
        field: (name) => counts.field(row, fieldKeys.indexOf(name)),
        severity: () => counts.severity(row),
        service: () => counts.service(row),
        label: (name) => labelValue(source.index.byId(counts.stream(row)).labels, name),
        index: () => indexNameOf(source.index.byId(counts.stream(row)).labels),
      };
      const timeMs = Number((beginNs + BigInt(counts.bucket(row)) * widthNs) / NS_PER_MS);
      rows.push({ count, timeMs, values: columns.map((column) => column.value(read)) });
      if (rows.length > MAX_ROWS) throw tooMany('combinations of values');
    }
  }
  return rows;
}

function tooMany(what: string): LuceneError {
  return new LuceneError(`Trying to look at more than ${MAX_ROWS} ${what}: narrow the time range or the fields`);
}

interface RowReader {
  field(name: string): string;
  severity(): string;
  service(): string;
  label(name: string): string;
  index(): string;
}

interface FieldColumn {
  readonly keys: readonly LogGroupKey[];
  readonly value: (row: RowReader) => string;
}

/** What is grouped by so that a field's value is known. */
function fieldColumn(field: string, { source: { index } }: PlannedSearch): FieldColumn {
  const place = placeOfField(field);
  const name = field.replace(/\.keyword$/, '');
  const key = (of: string): LogGroupKey => ({ kind: 'field', field: { name: of } });
  switch (place.kind) {
    case 'index':
      return { keys: [{ kind: 'stream' }], value: (row) => row.index() };
    case 'service':
      return { keys: [{ kind: 'service' }], value: (row) => row.service() };
    case 'level':
      return {
        keys: [key(name), { kind: 'severity' }],
        value: (row) => row.field(name) || row.severity().toLowerCase(),
      };
    case 'line':
      return { keys: [{ kind: 'field', field: { name, column: 'Body' } }], value: (row) => row.field(name) };
    case 'column':
      return { keys: [{ kind: 'field', field: { name, column: place.column } }], value: (row) => row.field(name) };
    case 'attribute': {
      const labels = place.labels.filter((label) => index.hasLabel(label));
      return {
        keys: [...place.names.map(key), ...(labels.length > 0 ? [{ kind: 'stream' } as const] : [])],
        value: (row) => firstOf([...place.names.map(row.field), ...labels.map(row.label)]),
      };
    }
    default:
      return { keys: [key(name)], value: (row) => row.field(name) };
  }
}

function firstOf(values: readonly string[]): string {
  return values.find((value) => value !== '') ?? '';
}

function uniqueKeys(keys: readonly LogGroupKey[]): LogGroupKey[] {
  const byName = new Map(keys.map((key) => [key.kind === 'field' ? `field ${key.field.name}` : key.kind, key]));
  return [...byName.values()];
}
