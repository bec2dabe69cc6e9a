import type { Aggregation, Bucket, BucketOrder, NamedAggregation } from './aggregation.ts';
import { compositeBuckets } from './composite.ts';
import { LuceneError } from './condition.ts';
import { type CountedRow, countedRows, fieldsOf } from './counted_rows.ts';
import { formatDate, nextBucket, roundDown } from './date_rounding.ts';
import { placeOfField } from './fields.ts';
import { readHits } from './hits.ts';
import { metricValue } from './metrics.ts';
import { planCondition } from './predicate.ts';
import type { PlannedSearch } from './search.ts';
import { typedValue } from './values.ts';

/** Elasticsearch's `search.max_buckets`. */
const MAX_BUCKETS = 65_536;

/** What the evaluation of one tree has in hand. */
interface Evaluation {
  readonly fields: readonly string[];
  buckets: number;
}

/**
 * The answers to aggregations by name, in Elasticsearch's shapes. Filters beside one another are searches of their own;
 * everything below them comes from one count by the store. Throws LuceneError and StoreError.
 */
export async function aggregate(
  search: PlannedSearch,
  aggregations: readonly NamedAggregation[],
  signal: AbortSignal | undefined,
): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = Object.create(null);
  const counted = aggregations.filter(
    ({ aggregation }) => aggregation.kind !== 'filter' && aggregation.kind !== 'filters' && !isOfTime(aggregation),
  );
  if (counted.length > 0) {
    const rows = await countedRows(search, counted, signal);
    const evaluation = { fields: fieldsOf(counted), buckets: 0 };
    for (const one of counted) answers[one.name] = evaluate(one, rows, evaluation);
  }
  for (const { name, aggregation, children } of aggregations) {
    if (isOfTime(aggregation)) {
      answers[name] = await extremeTime(search, aggregation.metric, signal);
    } else if (aggregation.kind === 'filter') {
      answers[name] = await filtered(search, aggregation.condition, children, signal);
    } else if (aggregation.kind === 'filters') {
      const buckets: [string, Bucket][] = [];
      for (const [key, condition] of aggregation.filters)
        buckets.push([key, await filtered(search, condition, children, signal)]);
      answers[name] = {
        buckets: aggregation.named ? Object.fromEntries(buckets) : buckets.map(([, bucket]) => bucket),
      };
    }
  }
  return answers;
}

type Metric = Extract<Aggregation, { kind: 'metric' }>;

function isOfTime(aggregation: Aggregation): aggregation is Metric {
  return aggregation.kind === 'metric' && placeOfField(aggregation.field).kind === 'time';
}

/** The time of the first or the last record. */
async function extremeTime(
  search: PlannedSearch,
  metric: Metric['metric'],
  signal: AbortSignal | undefined,
): Promise<object> {
  if (metric !== 'min' && metric !== 'max') throw new LuceneError(`[${metric}] of a date is not supported`);
  const [hit] = await readHits(search, { direction: metric === 'min' ? 'forward' : 'backward', limit: 1, signal });
  if (hit === undefined) return { value: null };
  const value = Number(hit.timeNs / 1_000_000n);
  return { value, value_as_string: formatDate(value, undefined) };
}

async function filtered(
  search: PlannedSearch,
  condition: Parameters<typeof planCondition>[0],
  children: readonly NamedAggregation[],
  signal: AbortSignal | undefined,
): Promise<Bucket> {
  const { index } = search.source;
  const range = { fromMs: Number(search.startNs / 1_000_000n), toMs: Number(search.endNs / 1_000_000n) };
  const part = planCondition(condition, { index, range, streams: index.select([], range) });
  const narrowed: PlannedSearch = { ...search, predicate: { kind: 'and', parts: [search.predicate, part] } };
  const rows = await countedRows(narrowed, [], signal);
  return { doc_count: total(rows), ...(await aggregate(narrowed, children, signal)) };
}

function total(rows: readonly CountedRow[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0);
}

function evaluate(
  { aggregation, children, name }: NamedAggregation,
  rows: readonly CountedRow[],
  evaluation: Evaluation,
): object {
  switch (aggregation.kind) {
    case 'metric': {
      const column = evaluation.fields.indexOf(aggregation.field);
      if (column < 0) throw new LuceneError(`[${aggregation.metric}] of a date is supported at the top only [${name}]`);
      const values = rows.map(({ count, values: texts }) => ({ text: texts[column] ?? '', count }));
      return metricValue(aggregation.metric, aggregation.percents, values);
    }
    case 'date_histogram':
      return { buckets: dateBuckets(aggregation, children, rows, evaluation) };
    case 'histogram':
      return { buckets: numberBuckets(aggregation, children, rows, evaluation) };
    case 'terms':
      return termBuckets(aggregation, children, rows, evaluation);
    case 'composite':
      return compositeBuckets(aggregation, rows, evaluation.fields, (inside) => bucket(inside, children, evaluation));
    case 'filter':
    case 'filters':
      throw new LuceneError(`[${aggregation.kind}] below other buckets is not supported [${name}]`);
  }
}

function bucket(rows: readonly CountedRow[], children: readonly NamedAggregation[], evaluation: Evaluation): Bucket {
  if (++evaluation.buckets > MAX_BUCKETS)
    throw new LuceneError(
      `Trying to create too many buckets. Must be less than or equal to: [${MAX_BUCKETS}]. This limit can not be changed.`,
    );
  const answers: Record<string, unknown> = Object.create(null);
  for (const child of children) answers[child.name] = evaluate(child, rows, evaluation);
  return { doc_count: total(rows), ...answers };
}

/** Rows by key, keys in the order they first came. */
function groupRows<Key>(
  rows: readonly CountedRow[],
  keyOf: (row: CountedRow) => Key | undefined,
): Map<Key, CountedRow[]> {
  const groups = new Map<Key, CountedRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

function dateBuckets(
  { rounding, minCount, bounds, format, descending }: Extract<Aggregation, { kind: 'date_histogram' }>,
  children: readonly NamedAggregation[],
  rows: readonly CountedRow[],
  evaluation: Evaluation,
): Bucket[] {
  const groups = groupRows(rows, ({ timeMs }) => roundDown(rounding, timeMs));
  const keys = [...groups.keys()].sort((a, b) => a - b);
  const shown = minCount > 0 ? keys : filledKeys(keys, bounds, rounding);
  const buckets = shown.map((key): Bucket => {
    const inside = bucket(groups.get(key) ?? [], children, evaluation);
    return { key_as_string: formatDate(key, format), key, ...inside };
  });
  const enough = buckets.filter(({ doc_count }) => doc_count >= minCount);
  return descending ? enough.reverse() : enough;
}

/** Without a smallest count every bucket between the first and the last is shown, and out to the bounds. */
function filledKeys(
  keys: readonly number[],
  bounds: { readonly minMs: number; readonly maxMs: number } | undefined,
  rounding: Parameters<typeof roundDown>[0],
): number[] {
  const ends = bounds === undefined ? [] : [roundDown(rounding, bounds.minMs), roundDown(rounding, bounds.maxMs)];
  const [first, last] = [Math.min(...keys.slice(0, 1), ...ends), Math.max(...keys.slice(-1), ...ends)];
  const filled: number[] = [];
  for (let key = first; key <= last; key = nextBucket(rounding, key)) {
    filled.push(key);
    if (filled.length > MAX_BUCKETS)
      throw new LuceneError(`Trying to create too many buckets. Must be less than or equal to: [${MAX_BUCKETS}].`);
  }
  return filled;
}

function numberBuckets(
  { field, interval, minCount }: Extract<Aggregation, { kind: 'histogram' }>,
  children: readonly NamedAggregation[],
  rows: readonly CountedRow[],
  evaluation: Evaluation,
): Bucket[] {
  const column = evaluation.fields.indexOf(field);
  const groups = groupRows(rows, ({ values }) => {
    const text = values[column] ?? '';
    const number = Number(text);
    return text === '' || !Number.isFinite(number) ? undefined : Math.floor(number / interval) * interval;
  });
  const keys = [...groups.keys()].sort((a, b) => a - b);
  return keys
    .map((key): Bucket => ({ key, ...bucket(groups.get(key) ?? [], children, evaluation) }))
    .filter(({ doc_count }) => doc_count >= Math.max(1, minCount));
}

function termBuckets(
  { field, size, minCount, missing, order }: Extract<Aggregation, { kind: 'terms' }>,
  children: readonly NamedAggregation[],
  rows: readonly CountedRow[],
  evaluation: Evaluation,
): object {
  const column = evaluation.fields.indexOf(field);
  const groups = groupRows(rows, ({ values }) => values[column] || missing);
  const counts = [...groups].map(([text, inside]) => ({ text, inside, count: total(inside) }));
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  const enough = counts.filter(({ count }) => count >= minCount);
  // Only a metric needs what is inside of buckets that are not shown.
  const needsMetrics = order.some(({ by }) => by !== '_count' && by !== '_key');
  const plain = [...enough].sort((a, b) => compareBy(order, termOf(field, a), termOf(field, b)));
  const candidates = needsMetrics ? enough : plain.slice(0, size);
  const buckets = candidates.map(
    ({ text, inside }): Bucket => ({ ...keyOf(field, text), ...bucket(inside, children, evaluation) }),
  );
  if (needsMetrics) buckets.sort((a, b) => compareBy(order, a, b));
  const shown = buckets.slice(0, size);
  const other = all - shown.reduce((sum, { doc_count }) => sum + doc_count, 0);
  return { doc_count_error_upper_bound: 0, sum_other_doc_count: other, buckets: shown };
}

function termOf(field: string, { text, count }: { readonly text: string; readonly count: number }): Bucket {
  return { ...keyOf(field, text), doc_count: count };
}

function keyOf(field: string, text: string): { readonly key: unknown; readonly key_as_string?: string } {
  const value = typedValue(field, text);
  return typeof value === 'boolean' ? { key: value ? 1 : 0, key_as_string: text } : { key: value };
}

function compareBy(order: readonly BucketOrder[], a: Bucket, b: Bucket): number {
  for (const { by, descending } of order) {
    const [left, right] = [sortValue(by, a), sortValue(by, b)];
    const difference = left < right ? -1 : left > right ? 1 : 0;
    if (difference !== 0) return descending ? -difference : difference;
  }
  return 0;
}

function sortValue(by: string, of: Bucket): string | number {
  if (by === '_count') return of.doc_count;
  if (by === '_key') return typeof of.key === 'number' ? of.key : String(of.key);
  const [name = '', part = 'value'] = by.split('.');
  const metric = of[name];
  const value: unknown = typeof metric === 'object' && metric !== null ? Reflect.get(metric, part) : undefined;
  if (typeof value !== 'number' && value !== null) throw new LuceneError(`Invalid aggregation order path [${by}]`);
  return value ?? Number.NEGATIVE_INFINITY;
}
