import * as v from 'valibot';
import { amount, answerNotes, count, epochMs, ratio } from './units.ts';

/** One service over the asked range. A figure is null when nothing carries it (a service that only logs has no rate). */
export const serviceRow = v.object({
  name: v.string(),
  /** Requests per second: server and consumer spans, root spans when there are none. */
  requestRate: v.nullable(amount),
  errorRatio: v.nullable(ratio),
  p50Ms: v.nullable(amount),
  p95Ms: v.nullable(amount),
  /** Log records of level ERROR and above in the range. */
  logErrors: count,
  /** All log records in the range. */
  logLines: count,
  lastSeenMs: v.nullable(epochMs),
  /** Request rate (log rate when there are no spans) in equal steps over the range, oldest first; null is a gap. */
  sparkline: v.array(v.nullable(amount)),
});
export type ServiceRow = v.InferOutput<typeof serviceRow>;

/** `GET /api/services?from=<ms>&to=<ms>[&service=<name>]` */
export const servicesAnswer = v.object({ services: v.array(serviceRow), notes: answerNotes });
export type ServicesAnswer = v.InferOutput<typeof servicesAnswer>;

/**
 * `GET /api/services/<name>?from=<ms>&to=<ms>&steps=<n>`: one service over time. Every array has one value per step,
 * step i covers [startMs + i*stepMs, startMs + (i+1)*stepMs); null where nothing happened.
 */
export const serviceAnswer = v.object({
  name: v.string(),
  startMs: epochMs,
  stepMs: count,
  /** Requests per second. */
  rate: v.array(v.nullable(amount)),
  /** Failed requests per second. */
  errors: v.array(v.nullable(amount)),
  p50Ms: v.array(v.nullable(amount)),
  p95Ms: v.array(v.nullable(amount)),
  p99Ms: v.array(v.nullable(amount)),
  /** Busiest first, at most 50. */
  operations: v.array(
    v.object({
      name: v.string(),
      rate: amount,
      errorRatio: ratio,
      p50Ms: amount,
      p95Ms: amount,
    }),
  ),
  notes: answerNotes,
});
export type ServiceAnswer = v.InferOutput<typeof serviceAnswer>;

/** Where to look: the screen and the query that shows the evidence. */
export const evidence = v.variant('screen', [
  v.object({ screen: v.literal('metrics'), query: v.string() }),
  v.object({ screen: v.literal('logs'), query: v.string() }),
  v.object({
    screen: v.literal('traces'),
    service: v.string(),
    status: v.picklist(['any', 'error']),
    minDuration: v.string(),
  }),
  v.object({ screen: v.literal('data') }),
]);
export type Evidence = v.InferOutput<typeof evidence>;

/** `GET /api/problems?from=<ms>&to=<ms>[&service=<name>]`, worst first. */
export const problemsAnswer = v.object({
  problems: v.array(
    v.object({
      /** Stable key for lists: kind + subject. */
      id: v.string(),
      kind: v.picklist([
        'error_ratio',
        'error_logs',
        'slow',
        'silent',
        'target_down',
        'host_cpu',
        'host_memory',
        'host_disk',
        'rejects',
        'store_behind',
        'read_only',
      ]),
      severity: v.picklist(['error', 'warning', 'info']),
      /** The service, target or host it is about; empty for the program itself. */
      subject: v.string(),
      /** The figure that makes it a problem, in the unit the kind implies (ratio, ms, count, bytes). */
      value: v.nullable(v.number()),
      /** The same figure before, when known. */
      before: v.nullable(v.number()),
      /** One English sentence with its figures; the UI shows its own translation for the kinds it knows. */
      words: v.string(),
      sinceMs: v.nullable(epochMs),
      evidence,
    }),
  ),
  notes: answerNotes,
});
export type ProblemsAnswer = v.InferOutput<typeof problemsAnswer>;
export type Problem = ProblemsAnswer['problems'][number];
