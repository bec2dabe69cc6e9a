import type { Labels } from './labels.ts';
import type { Section } from './section.ts';
import type { Stages } from './stages.ts';

/** Every way telemetry comes in; one pure decoder each (`receive/<protocol>/decode.ts`), run in the decode worker. */
export type DoorName =
  | 'remote-write-1'
  | 'remote-write-2'
  | 'scrape'
  | 'otlp-metrics-protobuf'
  | 'otlp-metrics-json'
  | 'otlp-logs-protobuf'
  | 'otlp-logs-json'
  | 'otlp-traces-protobuf'
  | 'otlp-traces-json'
  | 'zipkin-json'
  | 'zipkin-v1-json'
  | 'zipkin-protobuf'
  | 'jaeger-thrift'
  | 'jaeger-protobuf'
  | 'jaeger-agent'
  | 'loki-protobuf'
  | 'loki-json'
  | 'elasticsearch-logs'
  | 'ci-logs'
  | 'fluent-json'
  | 'fluent-msgpack'
  | 'fluent-forward'
  | 'syslog'
  /** From within: series made from spans, and spans whose traces are decided. */
  | 'span-series'
  | 'held-spans';

export type ContentEncoding = 'identity' | 'gzip' | 'deflate' | 'zstd' | 'snappy';

/** One request as it came from the wire: compressed bytes, not looked into yet. Ownership of `body` passes to the callee. */
export interface Submission {
  readonly door: DoorName;
  readonly tenant: string;
  readonly encoding: ContentEncoding;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Door-specific, structured-cloneable (the scrape door: target labels, scrape time …). */
  readonly meta?: unknown;
  /** What the address said and the body does not (an index, a tag): equal bytes to another place are no retry. */
  readonly place?: string;
  /** The sender is answered record by record: a retry is decoded again for its report, and not stored again. */
  readonly needsReport?: boolean;
  /** Nothing is ever sent twice by this protocol: equal bytes are other records. */
  readonly neverRetried?: boolean;
  /** How far back samples may lie in this request, ms, where the limit of every day does not count (imports). */
  readonly oldestSampleMs?: number;
}

export interface Counts {
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
  readonly logs: number;
  readonly spans: number;
}

/** Why a record was refused; a closed set, because it is a metric label. */
export type RejectReason =
  | 'too_old'
  | 'too_new'
  | 'out_of_order'
  | 'series_limit'
  | 'stream_limit'
  | 'label_count'
  | 'label_name_length'
  | 'label_value_length'
  | 'invalid_labels'
  | 'invalid_record'
  | 'unsupported';

export interface Rejection {
  readonly reason: RejectReason;
  readonly count: number;
  /** One example, fit to be shown to the sender; never holds a secret or a whole payload. */
  readonly message: string;
}

/** What a decoder returns: sections ready for the log and what it refused. */
export interface Decoded {
  readonly sections: readonly Section[];
  readonly accepted: Counts;
  readonly rejections: readonly Rejection[];
  /** Facts for the door's own bookkeeping (structured-cloneable), e.g. the scrape door's sample counts. */
  readonly report?: unknown;
}

/** The answer a door translates into its protocol's status and shape (research: one row of the status table each). */
export type Outcome =
  | {
      readonly kind: 'stored';
      readonly accepted: Counts;
      readonly rejections: readonly Rejection[];
      readonly report?: unknown;
    }
  | { readonly kind: 'undecodable'; readonly message: string }
  | { readonly kind: 'unsupported'; readonly message: string }
  | { readonly kind: 'too-large'; readonly message: string }
  | { readonly kind: 'over-quota'; readonly message: string; readonly retryAfterSeconds: number }
  | { readonly kind: 'unavailable'; readonly message: string; readonly retryAfterSeconds: number };

/** What every receiver is given. Resolves after the records are on disk (fdatasync), or with the reason they are not. */
export type Submit = (submission: Submission) => Promise<Outcome>;

/** Thrown by decoders; the pipeline turns it into the outcome of the same kind. */
export class DecodeError extends Error {
  readonly kind: 'undecodable' | 'unsupported' | 'too-large';
  constructor(kind: 'undecodable' | 'unsupported' | 'too-large', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DecodeError';
    this.kind = kind;
  }
}

/**
 * Identity of series (or of log streams): raw label bytes to a dense reference, one hash lookup per sample and no string.
 * A reference is an index into `idHigh`/`idLow`, the two halves of the stored UInt64 id. References are never reused
 * while the process lives. `variant` keeps apart encodings whose bytes could collide (door or scrape target).
 */
export interface Interner {
  readonly idHigh: Uint32Array;
  readonly idLow: Uint32Array;
  /** The reference of label bytes seen before, or -1. Also notes that the series is in use (for the daily row). */
  find(bytes: Uint8Array, start: number, end: number, variant: number): number;
  /**
   * Makes the bytes known. Labels already known under other bytes give the same reference.
   * Returns the reference, or a negative number when the tenant's limit of active series is reached (-2).
   */
  add(bytes: Uint8Array, start: number, end: number, variant: number, labels: Labels): number;
  /** The reference of a label set that has no raw bytes of its own (OTLP, JSON doors), or -2 at the limit. */
  intern(labels: Labels): number;
  labels(reference: number): Labels;
}

/** The limits a decoder enforces (research/reliability 6.1b); `DEFAULT_LIMITS` in `ingest/limits.ts`. */
export interface DecodeLimits {
  readonly decompressedBytes: number;
  readonly compressionRatio: number;
  readonly jsonDepth: number;
  readonly protobufDepth: number;
  readonly elementsPerRequest: number;
  readonly recordsPerRequest: number;
  readonly labelsPerSeries: number;
  readonly labelNameBytes: number;
  readonly labelValueBytes: number;
  readonly attributesPerRecord: number;
  readonly attributeValueBytes: number;
  readonly logLineBytes: number;
  readonly oldestLogMs: number;
  readonly oldestSampleMs: number;
  readonly newestMs: number;
}

export interface DecodeContext {
  /** Wall clock of the arrival, ms since the epoch. */
  readonly nowMs: number;
  readonly limits: DecodeLimits;
  readonly series: Interner;
  readonly streams: Interner;
  /**
   * Records up to this time may have been stored by an earlier process, ms since the epoch; 0 when the store began empty.
   * Absent: up to now.
   */
  readonly storedUntilMs?: number;
  /** What runs over rows before they are encoded; absent: nothing. */
  readonly stages?: Stages;
}

/** A door's decoder: decompressed bytes to sections. Pure but for the interners of its context; throws DecodeError. */
export type Decode = (body: Uint8Array<ArrayBuffer>, context: DecodeContext, meta: unknown) => Decoded;
