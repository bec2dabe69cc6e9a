import * as v from 'valibot';

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const MOST_RULES = 100;
const MOST_ATTRIBUTES = 20;
/** The name under which the share of `head` is counted. */
export const HEAD_RULE = 'head';

/** The `span_metrics` section of the configuration (docs/span-metrics.md). */
export const spanMetricsSchema = v.strictObject({
  enabled: v.optional(v.boolean(), true),
  /** How often samples are written. */
  interval_seconds: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(300)), 15),
  histograms: v.optional(v.picklist(['classic', 'native', 'both']), 'both'),
  /** Operations and edges told apart, of a tenant; what is beyond is one series. */
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000)), 4000),
  /** How long one side of a request waits for the other. */
  edge_wait_seconds: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(300)), 10),
});
export type SpanMetricsSettings = v.InferOutput<typeof spanMetricsSchema>;

/** The `sampling` section of the configuration (docs/sampling.md). */
export const samplingSchema = v.strictObject({
  /** The share of traces that is kept, by trace id; before all rules. */
  head: v.optional(share, 1),
  /** Everything is kept; what the rules would have done is counted. */
  trial: v.optional(v.boolean(), false),
  /** How long a trace waits for its spans before the rules decide. */
  wait_seconds: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(120)), 10),
  /** Requests held until their traces are decided; beyond it what comes is decided at once. */
  held_mib: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(4096)), 128),
  /** Asked in order about a whole trace; the first that one of its spans matches decides. None: it is kept. */
  rules: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          name: v.pipe(v.string(), v.regex(/^[a-z0-9_-]{1,64}$/, 'must match [a-z0-9_-]{1,64}')),
          /** The share of the traces that is kept. */
          keep: share,
          services: v.optional(v.array(v.string()), []),
          status: v.optional(v.picklist(['error', 'ok', 'unset'])),
          slower_than_ms: v.optional(v.pipe(v.number(), v.minValue(0))),
          /** Attributes of the span or its resource, by name: all must be equal. */
          attributes: v.optional(
            v.pipe(
              v.record(v.string(), v.string()),
              v.check((all) => Object.keys(all).length <= MOST_ATTRIBUTES, `at most ${MOST_ATTRIBUTES} attributes`),
            ),
          ),
        }),
      ),
      v.maxLength(MOST_RULES),
      v.check((rules) => new Set(rules.map(({ name }) => name)).size === rules.length, 'two rules have one name'),
      v.check((rules) => rules.every(({ name }) => name !== HEAD_RULE), 'the name head is taken'),
    ),
    [],
  ),
});
export type SamplingSettings = v.InferOutput<typeof samplingSchema>;
export type SamplingRule = SamplingSettings['rules'][number];
