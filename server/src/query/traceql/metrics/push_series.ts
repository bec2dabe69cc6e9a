import type { PipelineStage } from '@trilith/lang/traceql';
import type { QueryOptions, SpanPredicate, SpanSeriesRequest, SpanSeriesRow } from '../../../store/index.ts';
import type { Stretches } from '../../recent_spans/remembered_stretches.ts';
import type { SpanAnswers } from '../../recent_spans/span_answers.ts';
import { spanSeries, spanStretches } from '../../traces/span_counts.ts';
import type { TraceStore } from '../../traces/trace.ts';
import { spanField, spanFilter } from '../push_conditions.ts';
import { planPipeline } from '../push_spans.ts';
import { unitOf } from './aggregate_spans.ts';
import type { Intervals } from './intervals.ts';
import { BUCKETED, type SeriesAggregate, type SeriesGroups } from './series_groups.ts';
import type { LabelValue } from './trace_series.ts';

/** A query whose spans are counted by their columns, in memory or in the store. */
export interface PushedSeries {
  readonly request: SpanSeriesRequest;
  /** The spans that it left out, for the evaluator to look at; none where the store is sure of all. */
  readonly rest: SpanPredicate | undefined;
}

/**
 * Counts and sums in the store: where single spans decide by what the store knows of them. Equal to looking at each span,
 * because spans with arrays or with values in their events are left out of the statement and looked at one by one.
 */
export function pushSeries(
  stages: readonly PipelineStage[],
  aggregate: SeriesAggregate,
  intervals: Intervals,
  exemplars: number,
): PushedSeries | undefined {
  const filter = spanFilter(stages);
  const by = aggregate.by.map(spanField).filter((field) => field !== undefined);
  const value = aggregate.field === undefined ? undefined : spanField(aggregate.field);
  if (filter === undefined || by.length < aggregate.by.length) return undefined;
  if (value === undefined && aggregate.field !== undefined) return undefined;
  const fields = [...filter.fields, ...by, ...(value === undefined ? [] : [value])];
  const attributes = fields.filter((field) => field.kind === 'attribute');
  const unsure: SpanPredicate | undefined =
    attributes.length === 0 ? undefined : { kind: 'unsure', fields: attributes };
  const sure: SpanPredicate[] = unsure === undefined ? [] : [{ kind: 'not', part: unsure }];
  return {
    request: {
      originNs: intervals.originNs,
      widthNs: intervals.widthNs,
      stretches: intervals.count,
      predicate: { kind: 'and', parts: [planPipeline(stages), filter.predicate, ...sure] },
      by,
      ...(value === undefined ? {} : { value }),
      powers: BUCKETED.has(aggregate.function),
      examples: exemplars > 0,
    },
    rest: unsure,
  };
}

/**
 * Counts in memory and in the store, or remembers what was counted, and adds it to the groups. Returns the number of spans
 * counted now. Throws StoreError.
 * @param options.fresh nothing is taken from what was counted before
 */
export async function addPushed(
  store: TraceStore,
  { fresh, ...options }: QueryOptions & { readonly fresh: boolean },
  { request }: PushedSeries,
  aggregate: SeriesAggregate,
  groups: SeriesGroups,
): Promise<number> {
  const unit = aggregate.field === undefined ? 1 : unitOf(aggregate.field);
  let spans = 0;
  const read = async (asked: SpanSeriesRequest): Promise<readonly SpanSeriesRow[]> => {
    const rows = await spanSeries(store, asked, options);
    for (const row of rows) spans += row.spans;
    return rows;
  };
  const labelsOf = new Map<SpanSeriesRow['by'], readonly LabelValue[]>();
  for (const [stretch, row] of await stretchRows(fresh ? undefined : store.recent?.answers, request, read)) {
    const labels = labelsOf.get(row.by) ?? groups.known(row.by.map(([type, text]) => labelOf(type, text)));
    labelsOf.set(row.by, labels);
    if (row.example !== undefined) {
      const { traceId, spanId, startNs, value } = row.example;
      const exemplar = { traceId, spanId, timeMs: Number(startNs / 1_000_000n), value: value / unit };
      groups.addExemplar(labels, groups.countOf(labels, stretch), exemplar);
    }
    groups.add(labels, stretch, {
      spans: row.spans,
      weight: row.weight,
      numbers: row.numbers,
      value: aggregatedValue(aggregate, row) / unit,
      ...(request.powers ? { bucket: row.power / unit } : {}),
    });
  }
  return spans;
}

/**
 * Whether there are spans that the store left out; where there were none it is not asked again. Throws StoreError.
 * @param options.fresh nothing is taken from what was counted before
 */
export async function hasRest(
  store: TraceStore,
  { fresh, ...options }: QueryOptions & { readonly fresh: boolean },
  { request, rest }: PushedSeries,
): Promise<boolean> {
  if (rest === undefined) return false;
  const read = async (first: number, count: number): Promise<readonly (readonly [number, string])[]> => {
    const { originNs, widthNs } = request;
    const asked = { originNs: originNs + BigInt(first) * widthNs, widthNs, stretches: count, predicate: rest };
    return (await spanStretches(store, asked, options)).map((stretch) => [first + stretch, ''] as const);
  };
  const answers = fresh ? undefined : store.recent?.answers;
  const found = isInStretches(request)
    ? await answers?.names.rows(questionOf(request.widthNs, rest), stretchesOf(request), read)
    : undefined;
  return (found ?? (await read(0, request.stretches))).length > 0;
}

/** A range that is no row of stretches is never asked for in parts. */
function isInStretches({ originNs, widthNs, stretches }: SpanSeriesRequest): boolean {
  return originNs % widthNs === 0n && stretches > 1;
}

function stretchesOf({ originNs, widthNs, stretches }: SpanSeriesRequest): Stretches {
  return { originNs, widthNs, count: stretches };
}

function questionOf(widthNs: bigint, asked: object): string {
  return JSON.stringify([widthNs, asked], (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

/** The rows of a request, those remembered among them, each with its stretch. */
async function stretchRows(
  answers: SpanAnswers | undefined,
  request: SpanSeriesRequest,
  read: (request: SpanSeriesRequest) => Promise<readonly SpanSeriesRow[]>,
): Promise<readonly (readonly [stretch: number, row: SpanSeriesRow])[]> {
  const { originNs, widthNs, stretches, ...question } = request;
  if (answers === undefined || !isInStretches(request))
    return (await read(request)).map((row) => [row.stretch, row] as const);
  const same = new Map<string, SpanSeriesRow['by']>();
  return answers.series.rows(questionOf(widthNs, question), stretchesOf(request), async (first, count) => {
    const rows = await read({ ...request, originNs: originNs + BigInt(first) * widthNs, stretches: count });
    return rows.map((row) => {
      const key = JSON.stringify(row.by);
      const by = same.get(key) ?? row.by;
      same.set(key, by);
      return [first + row.stretch, { ...row, by }] as const;
    });
  });
}

function aggregatedValue(aggregate: SeriesAggregate, { sum, min, max }: SpanSeriesRow): number {
  if (aggregate.function === 'min_over_time') return min;
  return aggregate.function === 'max_over_time' ? max : sum;
}

/** The label of a value by its type letter (see TABLES.otel_traces). */
function labelOf(type: string, text: string): LabelValue {
  switch (type) {
    case '':
      return undefined;
    case 'i':
    case 'd':
      return { value: Number(text), isInteger: type === 'i' };
    case 'b':
      return { value: text === 'true', isInteger: false };
    default:
      return { value: text, isInteger: false };
  }
}
