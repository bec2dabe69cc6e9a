import { DEFAULT_DECODE_LIMITS } from '../model/decode_limits.ts';
import type { DecodeLimits } from '../model/ingest.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const MINUTE_MS = 60_000;

/** Limits of what comes in, per tenant where a tenant is meant; every one is on by default and can be overridden. */
export interface IngestLimits {
  readonly decode: DecodeLimits;
  /** Request body as it comes over the wire, bytes. */
  readonly bodyBytes: number;
  /** Sustained decompressed bytes per second and tenant, and how many seconds of it may come at once. */
  readonly bytesPerSecond: number;
  readonly burstSeconds: number;
  /** New series or streams above these are refused, known ones go on. */
  readonly activeSeries: number;
  readonly activeStreams: number;
  readonly log: LogLimits;
}

/** Bounds of the write-ahead log and of the loader's memory. */
export interface LogLimits {
  readonly segmentBytes: number;
  /** With more than this not in the store yet, the log takes nothing until the loader has caught up. */
  readonly logBytes: number;
  /** Free space below which nothing is taken: the larger of the two (the ratio counts up to `ratioCapBytes`). */
  readonly freeBytes: number;
  readonly freeRatio: number;
  readonly ratioCapBytes: number;
  /** A frame's payload, bytes; a longer length field is damage. */
  readonly frameBytes: number;
  /** Frames handed over and not yet on disk, bytes. */
  readonly queuedBytes: number;
  readonly groupDelayMs: number;
  readonly groupBytes: number;
  /** Frames kept in memory for the loader; beyond it they are read again from the log. */
  readonly pendingBytes: number;
  /** A batch is loaded when it is this old, or has this many rows of one table, or bytes. */
  readonly batchMs: number;
  readonly batchRows: number;
  readonly batchBytes: number;
  /** How long a body is remembered, ms, and how many at most. */
  readonly historyMs: number;
  readonly historyEntries: number;
  /** Loaded segments kept for re-feeding after the engine detached a part. */
  readonly retainedSegments: number;
}

/** The defaults of docs/limits; each has a test that it is active. */
export const DEFAULT_LIMITS: IngestLimits = {
  decode: DEFAULT_DECODE_LIMITS,
  bodyBytes: 16 * MIB,
  bytesPerSecond: 20 * MIB,
  burstSeconds: 60,
  activeSeries: 200_000,
  activeStreams: 20_000,
  log: {
    segmentBytes: 64 * MIB,
    logBytes: 8 * GIB,
    freeBytes: 256 * MIB,
    freeRatio: 0.1,
    ratioCapBytes: 10 * GIB,
    frameBytes: 160 * MIB,
    queuedBytes: 64 * MIB,
    groupDelayMs: 2,
    groupBytes: 256 * KIB,
    pendingBytes: 128 * MIB,
    batchMs: 400,
    batchRows: 500_000,
    batchBytes: 32 * MIB,
    historyMs: 10 * MINUTE_MS,
    historyEntries: 600_000,
    retainedSegments: 2,
  },
};
