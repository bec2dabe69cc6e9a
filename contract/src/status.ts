import * as v from 'valibot';
import { amount, count, epochMs, ratio } from './units.ts';

export const signal = v.picklist(['metrics', 'logs', 'traces']);
export type Signal = v.InferOutput<typeof signal>;

/** One reason for which records of a source were turned away or dropped since the start. */
export const rejection = v.object({
  /** Stable code (`too_old`, `label_too_long`, `series_limit`, …): the UI translates the ones it knows. */
  reason: v.string(),
  /** The same in English words, for people. */
  words: v.string(),
  /** The setting that changes it. */
  setting: v.nullable(v.string()),
  count,
  lastMs: v.nullable(epochMs),
});
export type Rejection = v.InferOutput<typeof rejection>;

/** How one source is doing on one door. */
export const ingestSource = v.object({
  /** `otlp-http`, `otlp-grpc`, `remote-write`, `loki-push`, `scrape`, `self`, `host` … */
  door: v.string(),
  signal,
  /** Who sends: a service name, a scrape job, or empty when the door cannot tell. */
  source: v.string(),
  /** Records accepted since the start. */
  accepted: count,
  /** Records per second over the last minute. */
  perSecond: amount,
  rejected: v.array(rejection),
  lastSeenMs: v.nullable(epochMs),
});
export type IngestSource = v.InferOutput<typeof ingestSource>;

/** `GET /api/status`: answers from memory, works while the store is down. */
export const statusAnswer = v.object({
  version: v.string(),
  nowMs: epochMs,
  startedAtMs: epochMs,
  uptimeMs: count,
  /** True when writes are refused (poisoned log, disk reserve); reads go on. */
  readOnly: v.boolean(),
  readOnlyReason: v.nullable(v.string()),
  store: v.object({
    state: v.picklist(['starting', 'ready', 'restarting', 'down']),
    mode: v.picklist(['embedded', 'cluster']),
    message: v.nullable(v.string()),
    restarts: count,
  }),
  wal: v.object({
    bytes: count,
    segments: count,
    /** Age of the oldest acknowledged batch that the store does not hold yet; 0 when level. */
    behindMs: amount,
    behindBatches: count,
    poisoned: v.boolean(),
    diskFreeRatio: ratio,
    diskFreeBytes: count,
  }),
  ingest: v.array(ingestSource),
  /** Addresses to send to, as seen from the server: `otlpHttp` `http://127.0.0.1:4318`; null when the door is shut. */
  doors: v.object({
    main: v.string(),
    otlpHttp: v.nullable(v.string()),
    otlpGrpc: v.nullable(v.string()),
  }),
  /** Days each signal is kept. */
  retentionDays: v.object({ metrics: count, logs: count, traces: count }),
});
export type StatusAnswer = v.InferOutput<typeof statusAnswer>;

/** `GET /api/targets`: what is scraped and how that goes. */
export const targetsAnswer = v.object({
  targets: v.array(
    v.object({
      job: v.string(),
      url: v.string(),
      health: v.picklist(['up', 'down', 'unknown']),
      labels: v.record(v.string(), v.string()),
      /** Labels before relabelling. */
      discovered: v.record(v.string(), v.string()),
      intervalMs: count,
      lastScrapeMs: v.nullable(epochMs),
      lastDurationMs: v.nullable(amount),
      samples: v.nullable(count),
      error: v.nullable(v.string()),
    }),
  ),
  /** Targets that relabelling dropped, no more of each job than it keeps. */
  dropped: v.array(v.object({ job: v.string(), discovered: v.record(v.string(), v.string()) })),
  /** Targets whose labels make no address that can be scraped. */
  broken: v.array(v.object({ job: v.string(), reason: v.string(), discovered: v.record(v.string(), v.string()) })),
});
export type TargetsAnswer = v.InferOutput<typeof targetsAnswer>;
