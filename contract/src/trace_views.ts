import * as v from 'valibot';
import { amount, answerNotes, count, epochMs, ratio } from './units.ts';

/**
 * `GET /api/traces/overview?query=<TraceQL>&from=<ms>&to=<ms>&steps=<n>`: the spans a query selects, over time and by
 * duration. Step i covers [startMs + i*stepMs, startMs + (i+1)*stepMs).
 */
export const traceOverviewAnswer = v.object({
  startMs: epochMs,
  stepMs: amount,
  /** Spans and those of status error, by step; as all counts here but two totals, with those that sampling dropped. */
  spans: v.array(count),
  errors: v.array(count),
  /** Of the durations of a step's spans; null without spans. */
  p50Ms: v.array(v.nullable(amount)),
  p95Ms: v.array(v.nullable(amount)),
  p99Ms: v.array(v.nullable(amount)),
  /** Bands of duration, shortest first, each from `lowMs` to below `highMs`. */
  bands: v.array(v.object({ lowMs: amount, highMs: amount })),
  /** Spans of a step in a band; cells without spans are left out. */
  cells: v.array(v.object({ step: count, band: count, spans: count, errors: count })),
  /** `traces` and `stored`, the spans, are those that are stored. */
  totals: v.object({ spans: count, errors: count, traces: count, stored: count }),
  /** Those with most spans first, bounded. */
  operations: v.array(
    v.object({
      service: v.string(),
      operation: v.string(),
      spans: count,
      errors: count,
      p95Ms: amount,
      /** Of the time all selected spans took together. */
      timeShare: ratio,
    }),
  ),
  notes: answerNotes,
});
export type TraceOverviewAnswer = v.InferOutput<typeof traceOverviewAnswer>;

/**
 * `GET /api/traces/differences?query=<TraceQL>&from=<ms>&to=<ms>&selection=<TraceQL filter>[&selectionFrom=<ms>&selectionTo=<ms>]`:
 * in which attributes the selected spans differ from the other spans of the query, the most telling first.
 */
export const traceDifferencesAnswer = v.object({
  selected: count,
  others: count,
  attributes: v.array(
    v.object({
      /** As TraceQL writes the field: `span.http.route`, `resource.host.name`, `name`. */
      field: v.string(),
      /** The greatest difference of a value's shares. */
      difference: ratio,
      /** Of the selected spans and of the others: how many have the value. Most different first, bounded. */
      values: v.array(v.object({ value: v.string(), selected: ratio, others: ratio })),
    }),
  ),
  notes: answerNotes,
});
export type TraceDifferencesAnswer = v.InferOutput<typeof traceDifferencesAnswer>;

/** What a node of the service map is: `external` is called and sends no spans of its own. */
export const mapNodeKind = v.picklist(['service', 'database', 'queue', 'external']);
export type MapNodeKind = v.InferOutput<typeof mapNodeKind>;

/** `GET /api/service_map?from=<ms>&to=<ms>`: who calls whom, counted from spans. */
export const serviceMapAnswer = v.object({
  nodes: v.array(
    v.object({
      /** Unique in the answer; a service's is its name. */
      id: v.string(),
      name: v.string(),
      kind: mapNodeKind,
      /** What kind of database or queue, as instrumentation names it: `postgresql`, `kafka`; empty for others. */
      system: v.string(),
      /** Requests it answered a second; of a node without own spans, requests made to it. */
      rate: amount,
      errorRatio: ratio,
      p95Ms: v.nullable(amount),
    }),
  ),
  edges: v.array(
    v.object({
      from: v.string(),
      to: v.string(),
      kind: v.picklist(['call', 'message', 'database']),
      /** Requests a second. */
      rate: amount,
      errorRatio: ratio,
      p50Ms: amount,
      p95Ms: amount,
    }),
  ),
  /** The share of traces counted: below 1 the figures are scaled up from a sample of whole traces. */
  sampled: ratio,
  notes: answerNotes,
});
export type ServiceMapAnswer = v.InferOutput<typeof serviceMapAnswer>;
export type MapNode = ServiceMapAnswer['nodes'][number];
export type MapEdge = ServiceMapAnswer['edges'][number];
