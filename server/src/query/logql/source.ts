import type { LogExpr } from '@trilith/lang/logql';
import type { Labels } from '../../model/labels.ts';
import type { Turn } from '../turn.ts';
import type { StreamLabels, VirtualField } from './row_labels.ts';

/** Records after which to look whether others should have their turn: a look takes as long as a tenth of a record. */
export const ROWS_A_LOOK = 64;

/** Records as a source hands them over: parallel arrays, one entry a record. */
export interface LogBatch {
  readonly rows: number;
  /** ns since the epoch. */
  readonly times: BigInt64Array;
  stream(row: number): StreamLabels;
  /** Structured metadata: name, value, …; sorted by name. */
  metadata(row: number): Labels;
  line(row: number): string;
  /** Fields every record has without their being labels (level, trace_id …). */
  virtual(row: number): VirtualField;
  /** What tells a record apart from another of the same time and line; equal for retried sends. */
  identity(row: number): string;
  /** Where there is one, others may have their turn while records are looked at. */
  readonly turn?: Turn;
}

/** Records of the store, or that will be there. */
export interface StoredBatch extends LogBatch {
  streamId(row: number): bigint;
}

/** Records that hold much memory. */
export interface HeldBatch extends LogBatch {
  /** Gives the memory back; nothing of the records may be asked afterwards. */
  release(): void;
}

/** Which records are wanted. A source may return more than match `log`, never fewer: the pipeline is run again. */
export interface LogSelection {
  readonly log: LogExpr;
  /** ns, the first moment included. */
  readonly startNs: bigint;
  /** ns, the first moment not included. */
  readonly endNs: bigint;
  readonly direction: 'forward' | 'backward';
  /** When set, no more than this many matching records are needed. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** Where the newest records may be had sooner than from the store. */
export interface NewestRecords {
  /**
   * Records of a selection whose direction is backward, none left out from its end down to `rest.endNs`, which moves down
   * as they are handed over: those before it are somewhere else, none of them before `rest.startNs`. The pipeline is run again.
   * Records of one time come in order of their stream's id, then of arrival.
   * @param withResource whether records answer to the names of resource attributes
   */
  select(
    selection: LogSelection,
    rest: { startNs: bigint; endNs: bigint },
    withResource: boolean,
  ): AsyncIterable<StoredBatch>;
  /** All records of a selection; undefined where some may be somewhere else, or a look at all of them would take long. */
  all(selection: LogSelection, withResource: boolean): Promise<HeldBatch | undefined>;
}

/** Where log records come from. Batches arrive in order of time in the asked direction. */
export interface LogSource {
  select(selection: LogSelection): AsyncIterable<LogBatch>;
}
