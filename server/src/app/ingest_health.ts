import type { IngestSource, Signal } from '@trilith/contract';
import type { Counts, DoorName, Outcome } from '../model/ingest.ts';

/** Doors as people know them, for `/api/status` and metrics labels. */
const DOOR_LABEL: Readonly<Record<DoorName, string>> = {
  'remote-write-1': 'remote-write',
  'remote-write-2': 'remote-write',
  scrape: 'scrape',
  'otlp-metrics-protobuf': 'otlp-http',
  'otlp-metrics-json': 'otlp-http',
  'otlp-logs-protobuf': 'otlp-http',
  'otlp-logs-json': 'otlp-http',
  'otlp-traces-protobuf': 'otlp-http',
  'otlp-traces-json': 'otlp-http',
  'zipkin-json': 'zipkin',
  'zipkin-v1-json': 'zipkin',
  'zipkin-protobuf': 'zipkin',
  'jaeger-thrift': 'jaeger',
  'jaeger-protobuf': 'jaeger',
  'jaeger-agent': 'jaeger',
  'loki-protobuf': 'loki-push',
  'loki-json': 'loki-push',
  'fluent-json': 'fluent-http',
  'fluent-msgpack': 'fluent-http',
  'fluent-forward': 'fluent-forward',
  syslog: 'syslog',
  'elasticsearch-logs': 'elasticsearch',
  'ci-logs': 'ci',
  'span-series': 'span-metrics',
  'held-spans': 'span-metrics',
};

/** What a refused record means in words, and the setting that would change it. */
const REASON_WORDS: Readonly<Record<string, readonly [words: string, setting: string | null]>> = {
  too_old: ['The timestamp is older than the oldest accepted.', null],
  too_new: ['The timestamp is more than ten minutes in the future; check the clock of the sender.', null],
  out_of_order: ['The sample is older than the out-of-order window.', null],
  series_limit: [
    'The limit of active series is reached; known series keep flowing, new ones are refused.',
    'limits.active_series',
  ],
  stream_limit: ['The limit of active log streams is reached; known streams keep flowing.', 'limits.active_streams'],
  label_count: ['The series has too many labels.', null],
  label_name_length: ['A label name is too long.', null],
  label_value_length: ['A label value is too long.', null],
  invalid_labels: ['The labels are malformed: no metric name, a repeated name or invalid text.', null],
  invalid_record: ['The record is malformed.', null],
  unsupported: ['This kind of record is not supported yet.', null],
  undecodable: ['The request could not be decoded.', null],
  'too-large': ['The request is larger than the limit.', null],
  'over-quota': ['The tenant sends faster than its ingest rate.', 'limits.ingest_mib_per_second'],
  unavailable: ['Writes were refused for a while; senders keep their data and try again.', null],
};

const RATE_SECONDS = 60;

interface Source {
  readonly door: string;
  readonly signal: Signal;
  accepted: number;
  lastSeenMs: number | null;
  readonly rejected: Map<string, { count: number; lastMs: number }>;
  /** Records per second of the last minute, a ring by second of the clock. */
  readonly perSecond: Float64Array;
  readonly perSecondAt: Float64Array;
}

/** Counts what every door took in and turned away; nothing refused stays unseen. */
export interface IngestHealth {
  note(door: DoorName, outcome: Outcome, nowMs: number): void;
  sources(nowMs: number): IngestSource[];
}

/** Doors by which only logs come, and only spans. */
const LOG_DOORS = /logs|^loki|^fluent|^syslog/;
const SPAN_DOORS = /traces|^zipkin|^jaeger/;

/** The signals an outcome speaks of: those it carried records of, else the door's own. */
function signalOf(door: DoorName, counts: Counts): Signal {
  if (LOG_DOORS.test(door)) return 'logs';
  if (SPAN_DOORS.test(door)) return 'traces';
  return counts.spans > 0 ? 'traces' : 'metrics';
}

const NOTHING: Counts = { samples: 0, histograms: 0, exemplars: 0, logs: 0, spans: 0 };

export function createIngestHealth(): IngestHealth {
  const sources = new Map<string, Source>();
  const sourceOf = (door: DoorName, counts: Counts): Source => {
    const signal = signalOf(door, counts);
    const label = DOOR_LABEL[door];
    const key = `${label} ${signal}`;
    let source = sources.get(key);
    if (source === undefined) {
      source = {
        door: label,
        signal,
        accepted: 0,
        lastSeenMs: null,
        rejected: new Map(),
        perSecond: new Float64Array(RATE_SECONDS),
        perSecondAt: new Float64Array(RATE_SECONDS),
      };
      sources.set(key, source);
    }
    return source;
  };
  const reject = (source: Source, reason: string, count: number, nowMs: number): void => {
    const seen = source.rejected.get(reason) ?? { count: 0, lastMs: 0 };
    source.rejected.set(reason, { count: seen.count + count, lastMs: nowMs });
  };
  return {
    note(door, outcome, nowMs) {
      const counts = outcome.kind === 'stored' ? outcome.accepted : NOTHING;
      const source = sourceOf(door, counts);
      if (outcome.kind !== 'stored') {
        reject(source, outcome.kind, 1, nowMs);
        return;
      }
      for (const rejection of outcome.rejections) reject(source, rejection.reason, rejection.count, nowMs);
      const records = counts.samples + counts.histograms + counts.logs + counts.spans;
      source.accepted += records;
      source.lastSeenMs = nowMs;
      const second = Math.floor(nowMs / 1000);
      const slot = second % RATE_SECONDS;
      if (source.perSecondAt[slot] !== second) {
        source.perSecondAt[slot] = second;
        source.perSecond[slot] = 0;
      }
      source.perSecond[slot] = (source.perSecond[slot] ?? 0) + records;
    },
    sources(nowMs) {
      return [...sources.values()].map((source) => describe(source, nowMs));
    },
  };
}

function describe(source: Source, nowMs: number): IngestSource {
  const second = Math.floor(nowMs / 1000);
  let recent = 0;
  for (let slot = 0; slot < RATE_SECONDS; slot++) {
    if (second - (source.perSecondAt[slot] ?? 0) < RATE_SECONDS) recent += source.perSecond[slot] ?? 0;
  }
  return {
    door: source.door,
    signal: source.signal,
    source: '',
    accepted: source.accepted,
    perSecond: recent / RATE_SECONDS,
    rejected: [...source.rejected].map(([reason, { count, lastMs }]) => ({
      reason,
      words: REASON_WORDS[reason]?.[0] ?? reason,
      setting: REASON_WORDS[reason]?.[1] ?? null,
      count,
      lastMs,
    })),
    lastSeenMs: source.lastSeenMs,
  };
}
