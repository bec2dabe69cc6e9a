import type { Grouping, MetricExpr, RangeAggregation } from '@trilith/lang/logql';
import { serviceOf } from '../../model/service.ts';
import {
  countLogs,
  type LogCounts,
  type LogFieldPath,
  type LogGroupKey,
  type LogPredicate,
  type QueryOptions,
  type StoreReader,
} from '../../store/index.ts';
import type { MetricContext, RewriteRule } from './evaluate.ts';
import { planStages } from './push_filters.ts';
import { planJson } from './push_json.ts';
import { planSelector } from './push_matchers.ts';
import { tooManySeries } from './query_error.ts';
import { accumulate, evaluateRange, isCounting } from './range_aggregation.ts';
import { referencedNames } from './referenced_names.ts';
import { LabelSets, type Matrix, newSeries, type Series, slot } from './series.ts';
import { groupsOfServices } from './service_groups.ts';
import type { LogSource } from './source.ts';
import { StepChanges } from './step_changes.ts';
import { levelField, millisecondsOf } from './store_source.ts';
import type { LogStreamIndex } from './stream_index.ts';
import { classOfName } from './vocabulary.ts';

/** Buckets a statement may be asked for; beyond it counting record by record is no worse. */
const MAX_BUCKETS = 50_000n;
/** Groups of a statement whose series is remembered from row to row. */
const MAX_REMEMBERED_GROUPS = 100_000;

export interface CountPushdown {
  readonly reader: StoreReader;
  readonly index: LogStreamIndex;
  readonly query: QueryOptions;
  /** Records one by one, only those of a predicate; `names` may be answered from resource attributes. */
  readonly source: (names: ReadonlySet<string>, only: LogPredicate) => LogSource;
}

/**
 * sum [by (…)] (count_over_time | rate | bytes_over_time | bytes_rate) over a pipeline the store decides exactly: the
 * store counts per bucket of gcd(range, step) and the buckets of a window are added here.
 * Equal because every window's edges are bucket edges, so each record is counted in exactly the windows that hold it, and
 * because the store counts a line that was sent twice once.
 */
export function pushCounts(options: CountPushdown): RewriteRule {
  return (expr, context) => {
    const shape = countShape(expr);
    if (shape === undefined) return undefined;
    const counted = planCounted(options.index, context, shape.inner, shape.grouping);
    const buckets = counted === undefined ? undefined : bucketsOf(shape.inner, context);
    if (counted === undefined || buckets === undefined) return undefined;
    if (counted === 'nothing') return Promise.resolve<Matrix>({ kind: 'matrix', series: [] });
    return count(options, context, shape, counted, buckets);
  };
}

/** How the store counts the lines of an aggregation by the names of a grouping; undefined when it cannot. */
export function planCounted(
  index: LogStreamIndex,
  { steps }: MetricContext,
  inner: RangeAggregation,
  grouping: Grouping | undefined,
): Counted | 'nothing' | undefined {
  const range = millisecondsOf(steps.startNs, steps.startNs + steps.stepNs * BigInt(steps.count));
  const { log } = inner.range;
  const wide = { fromMs: range.fromMs - (inner.range.rangeNs + inner.range.offsetNs) / 1e6, toMs: range.toMs };
  const selector = planSelector(log.matchers, index, wide, true);
  const filters = planStages(log.stages, index, wide);
  if (!selector.exact) return undefined;
  const json = filters.exact ? undefined : planJson(log.stages, grouping, index, wide);
  const keys = filters.exact ? groupKeys(grouping, index) : json?.keys;
  if (keys === undefined) return undefined;
  if (selector.streams.length === 0) return 'nothing';
  if (json === undefined) {
    const predicate: LogPredicate = { kind: 'and', parts: [selector.predicate, ...filters.predicate] };
    const groups = groupsOfServices(keys, selector.streams, index);
    return groups === undefined ? { keys, predicate } : { keys: groups.keys, ofServices: groups.streams, predicate };
  }
  // Lines that SQL cannot read as the parser does are counted by a mark on their groups only.
  const readable: LogPredicate[] =
    json.kept.length === 0
      ? []
      : [
          {
            kind: 'or',
            parts: [
              { kind: 'not', part: json.flat },
              { kind: 'and', parts: json.kept },
            ],
          },
        ];
  const parts = [selector.predicate, ...json.before, ...readable];
  return { keys, predicate: { kind: 'and', parts }, flag: json.flat };
}

/** What is counted, and by what. */
export interface Counted {
  readonly keys: ReadonlyMap<string, readonly LogGroupKey[]>;
  /** Where records are grouped by service instead of by stream: a stream that stands for all of each service. */
  readonly ofServices?: ReadonlyMap<string, bigint>;
  readonly predicate: LogPredicate;
  /** Holds for the records that the store counts; the others are evaluated one by one. */
  readonly flag?: LogPredicate;
  /** Whose text is gathered of every record. */
  readonly texts?: LogFieldPath;
}

interface CountShape {
  readonly inner: RangeAggregation;
  readonly grouping: Grouping | undefined;
}

function countShape(expr: MetricExpr): CountShape | undefined {
  if (expr.kind !== 'vector_aggregation' || expr.operation !== 'sum') return undefined;
  const { inner } = expr;
  if (inner.kind !== 'range_aggregation' || !isCounting(inner) || inner.operation === 'absent_over_time')
    return undefined;
  return inner.grouping === undefined ? { inner, grouping: expr.grouping } : undefined;
}

/** How the store must group so that every name of `by (…)` can be answered; `without` needs whole label sets. */
function groupKeys(grouping: Grouping | undefined, index: LogStreamIndex): Map<string, LogGroupKey[]> | undefined {
  const keys = new Map<string, LogGroupKey[]>();
  if (grouping === undefined) return keys;
  if (grouping.without) return undefined;
  for (const name of grouping.labels) {
    const kind = classOfName(name);
    const stream: LogGroupKey[] = index.hasLabel(name) || kind.kind === 'service' ? [{ kind: 'stream' }] : [];
    if (kind.kind === 'level') keys.set(name, [...stream, { kind: 'severity' }]);
    else if (kind.kind === 'id') keys.set(name, [...stream, { kind: 'field', field: { name, column: kind.column } }]);
    else if (kind.kind === 'service') keys.set(name, stream);
    else keys.set(name, [...stream, { kind: 'field', field: { name } }]);
  }
  return keys;
}

export interface Buckets {
  readonly originNs: bigint;
  readonly widthNs: bigint;
  readonly count: bigint;
  /** Buckets a window holds, and how many the window moves on by per step. */
  readonly perWindow: number;
  readonly perStep: number;
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

export function bucketsOf(inner: RangeAggregation, { steps }: MetricContext): Buckets | undefined {
  const rangeNs = BigInt(inner.range.rangeNs);
  if (rangeNs <= 0n) return undefined;
  const widthNs = steps.count === 1 ? rangeNs : gcd(rangeNs, steps.stepNs);
  const originNs = steps.startNs - BigInt(inner.range.offsetNs) - rangeNs;
  const count = (rangeNs + steps.stepNs * BigInt(steps.count - 1) + widthNs - 1n) / widthNs;
  if (steps.count > 1 && count > MAX_BUCKETS) return undefined;
  const exactCount = steps.count === 1 ? 1n : count;
  return {
    originNs,
    widthNs,
    count: exactCount,
    perWindow: Number(rangeNs / widthNs),
    perStep: steps.count === 1 ? 1 : Number(steps.stepNs / widthNs),
  };
}

async function count(
  options: CountPushdown,
  context: MetricContext,
  shape: CountShape,
  counted: Counted,
  buckets: Buckets,
): Promise<Matrix> {
  const { flag } = counted;
  const bytes = shape.inner.operation === 'bytes_over_time' || shape.inner.operation === 'bytes_rate';
  const sets = new LabelSets();
  const steps = context.steps.count;
  const counts = new StepChanges(steps);
  const sums = bytes ? new StepChanges(steps) : counts;
  let others = false;
  const names = [...(shape.grouping?.labels ?? [])].sort();
  const indexes = new Map<string, number>();
  for await (const { rows, labelOf, groupOf } of countedRows(options, context, counted, buckets, bytes)) {
    for (let row = 0; row < rows.rows; row++) {
      if (!rows.flagged(row)) {
        others = true;
        continue;
      }
      const group = groupOf(row);
      let index = indexes.get(group);
      if (index === undefined) {
        index = sets.index(labelsOf(names, row, labelOf));
        if (indexes.size < MAX_REMEMBERED_GROUPS) indexes.set(group, index);
      }
      if (sets.all.length > context.limits.maxSeries) throw tooManySeries(context.limits.maxSeries);
      const { first, end } = windowsOf(rows.bucket(row), buckets, steps);
      if (first >= end) continue;
      counts.add(index, first, end, rows.count(row));
      if (bytes) sums.add(index, first, end, rows.bytes(row));
    }
  }
  const series = accumulate(shape.inner, sets.all, counts, sums, steps);
  if (!others || flag === undefined) return { kind: 'matrix', series };
  const source = othersOf(options, shape.inner, shape.grouping, flag);
  const rest = await evaluateRange(shape.inner, { ...context, source }, shape.grouping ?? null);
  return { kind: 'matrix', series: added(series, rest.series, steps) };
}

/** The records that the store does not count. */
export function othersOf(
  { source }: CountPushdown,
  { range }: RangeAggregation,
  grouping: Grouping | undefined,
  flag: LogPredicate,
): LogSource {
  return source(referencedNames(range.log.stages, range.unwrap, [grouping]), { kind: 'not', part: flag });
}

/** The value of a name in a row of counts, as the pipeline would have it; undefined when there is none. */
type LabelOf = (name: string, row: number) => string | undefined;

/** The labels of a row: those of these names that it has. */
export function labelsOf(names: readonly string[], row: number, labelOf: LabelOf): string[] {
  return names.flatMap((name) => {
    const value = labelOf(name, row);
    return value === undefined ? [] : [name, value];
  });
}

interface CountedRows {
  readonly rows: LogCounts;
  readonly labelOf: LabelOf;
  /** What a row is grouped by besides time, as a key. */
  groupOf(row: number): string;
}

/** Asks the store for the counts, block by block. */
export async function* countedRows(
  { reader, index, query }: CountPushdown,
  { signal }: MetricContext,
  { keys, ofServices, predicate, flag, texts }: Counted,
  buckets: Buckets,
  bytes: boolean,
): AsyncGenerator<CountedRows> {
  const flat = [...keys.values()].flat();
  const fields = flat.flatMap((key) => (key.kind === 'field' ? [key] : []));
  const fieldIndex = new Map(fields.map((key, i) => [key.field.name, i]));
  const plain = (['stream', 'service', 'severity'] as const).filter((kind) => flat.some((key) => key.kind === kind));
  const statementKeys: LogGroupKey[] = [...plain.map((kind) => ({ kind })), ...fields];
  const request = {
    originNs: buckets.originNs,
    widthNs: buckets.widthNs,
    buckets: Number(buckets.count),
    predicate,
    keys: statementKeys,
    bytes,
    ...(flag === undefined ? {} : { flag }),
    ...(texts === undefined ? {} : { texts }),
  };
  for await (const rows of countLogs(reader, request, signal === undefined ? query : { ...query, signal })) {
    const streamOf = (row: number): bigint =>
      ofServices === undefined ? rows.stream(row) : (ofServices.get(rows.service(row)) ?? 0n);
    const labelOf: LabelOf = (name, row) =>
      groupValue(
        name,
        keys.get(name) ?? [],
        streamOf(row),
        rows.severity(row),
        rows.field(row, fieldIndex.get(name) ?? 0),
        index,
      );
    const groupOf = (row: number): string => {
      let key = plain.includes('stream') ? String(rows.stream(row)) : rows.service(row);
      key += `\u0000${rows.severity(row)}`;
      for (let i = 0; i < fields.length; i++) key += `\u0000${rows.field(row, i)}`;
      return key;
    };
    yield { rows, labelOf, groupOf };
  }
}

/** The sums of series with equal labels. */
function added(a: readonly Series[], b: readonly Series[], steps: number): Series[] {
  const sets = new LabelSets();
  const sums: Series[] = [];
  for (const series of [...a, ...b]) {
    const sum = slot(sums, sets.index(series.labels), () => newSeries(series.labels, steps));
    for (let i = 0; i < steps; i++) {
      if (series.present[i] !== 1) continue;
      sum.present[i] = 1;
      sum.values[i] = (sum.values[i] ?? 0) + (series.values[i] ?? 0);
    }
  }
  return sums;
}

/** The windows [first, end) that hold a bucket: window k holds buckets k·perStep … k·perStep + perWindow - 1. */
function windowsOf(bucket: number, buckets: Buckets, steps: number): { readonly first: number; readonly end: number } {
  const first = Math.max(0, Math.ceil((bucket - buckets.perWindow + 1) / buckets.perStep));
  return { first, end: Math.min(steps, Math.floor(bucket / buckets.perStep) + 1) };
}

/** The value of a grouping label, resolved as the pipeline resolves it: stream, metadata, then what every record has. */
function groupValue(
  name: string,
  keys: readonly LogGroupKey[],
  stream: bigint,
  severity: string,
  field: string,
  index: LogStreamIndex,
): string | undefined {
  const hasStream = keys.some((key) => key.kind === 'stream' || key.kind === 'service');
  const labels = hasStream ? index.byId(stream) : undefined;
  const own = labels?.byName.get(name);
  if (own !== undefined) return own;
  const kind = classOfName(name).kind;
  if (kind === 'service') return labels === undefined ? undefined : serviceOf(labels.labels);
  if (keys.some((key) => key.kind === 'field') && field !== '') return field;
  return kind === 'level' ? levelField(name, severity) : undefined;
}
