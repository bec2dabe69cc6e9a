import type { FramePosition } from '../base/segment_log.ts';
import type { Section } from '../model/section.ts';
import type { LogPosition } from './checkpoint.ts';
import type { Batchlet } from './frame.ts';
import type { LogLimits } from './limits.ts';

/** A part of the log between two batch boundaries. */
export interface LogRange {
  readonly from: LogPosition;
  readonly to: LogPosition;
}

/** Frames that were too many to keep: where they lie in the log. */
interface Spill {
  /** When the first of them was appended, or what was in memory before them, ms. */
  readonly sinceMs: number;
  from: LogPosition | undefined;
  to: LogPosition | undefined;
}

/**
 * Frames appended while one batch was open; they share its id and are loaded together, one INSERT per table and
 * partition. The log holds a batch as one unbroken run of frames.
 */
export interface PendingBatch {
  readonly id: number;
  /** Durable frames in log order; empty for a spilled batch. */
  readonly frames: Batchlet[];
  /** Wall clock of the first append, ms. */
  readonly openedMs: number;
  bytes: number;
  rows: number;
  /** Appends that have not been answered yet. */
  outstanding: number;
  closed: boolean;
  readonly spill: Spill | undefined;
  start: LogPosition | undefined;
  end: LogPosition | undefined;
  /** Resolves when the batch is closed and every append of it is durable or has failed. */
  readonly settled: Promise<void>;
  readonly settle: () => void;
}

type BacklogLimits = Pick<LogLimits, 'batchRows' | 'batchBytes' | 'pendingBytes'>;

/**
 * What has been appended and not been loaded. Keeps frames in memory up to `pendingBytes`; from then on the loader reads
 * them from the log again, in the same order. Pure bookkeeping, no I/O.
 */
export class Backlog {
  readonly #limits: BacklogLimits;
  readonly #nowMs: () => number;
  #open: PendingBatch;
  #closed: PendingBatch[] = [];
  readonly #rowsByUnit = new Map<string, number>();
  #bytes = 0;
  #rows = 0;
  /** Called when a batch was opened or closed, for the loader to look. */
  onReady: () => void = () => {};

  constructor(limits: BacklogLimits, nextBatch: number, nowMs: () => number) {
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.#open = this.#newBatch(nextBatch, undefined);
  }

  /** Bytes and rows kept in memory. */
  get bytes(): number {
    return this.#bytes;
  }
  get rows(): number {
    return this.#rows;
  }
  get openId(): number {
    return this.#open.id;
  }
  get spilling(): boolean {
    return this.#open.spill !== undefined;
  }
  /** When the oldest frame was appended that was not handed out to be loaded, or undefined. */
  get oldestMs(): number | undefined {
    const spilledMs = this.#open.spill?.sinceMs;
    if (this.#closed.length === 0 && spilledMs !== undefined) return spilledMs;
    const oldest = this.#closed[0] ?? this.#open;
    return oldest.outstanding > 0 || oldest.frames.length > 0 ? oldest.openedMs : undefined;
  }

  /** Reserves a place for a frame; its batch takes it or a new one is opened. `durable` or `failed` must follow. */
  reserve(tenant: string, sections: readonly Section[], bytes: number): PendingBatch {
    const before = this.#open;
    if (!this.#fits(tenant, sections, bytes)) this.#rotate(this.#open.spill);
    if (this.#open.spill === undefined && this.#bytes + bytes > this.#limits.pendingBytes && this.#bytes > 0) {
      this.#rotate({ sinceMs: this.#nowMs(), from: undefined, to: undefined });
    }
    if (isEmpty(this.#open)) this.#open = this.#newBatch(this.#open.id, this.#open.spill);
    const batch = this.#open;
    let rows = 0;
    for (const section of sections) {
      const unit = unitKey(tenant, section);
      this.#rowsByUnit.set(unit, (this.#rowsByUnit.get(unit) ?? 0) + section.rows);
      rows += section.rows;
    }
    batch.outstanding++;
    batch.bytes += bytes;
    batch.rows += rows;
    if (batch.spill === undefined) {
      this.#bytes += bytes;
      this.#rows += rows;
    }
    if (batch !== before) this.onReady();
    return batch;
  }

  durable(batch: PendingBatch, frame: Batchlet, position: FramePosition): void {
    const start = { segment: position.segment, offset: position.offset, seq: position.seq };
    const end = { segment: position.segment, offset: position.offset + position.bytes, seq: position.seq + 1 };
    batch.start ??= start;
    batch.end = end;
    if (batch.spill === undefined) batch.frames.push(frame);
    else {
      batch.spill.from ??= start;
      batch.spill.to = end;
    }
    this.#answered(batch);
  }

  /** The frame is not in the log; it was never part of the batch. */
  failed(batch: PendingBatch, bytes: number, rows: number): void {
    batch.bytes -= bytes;
    batch.rows -= rows;
    if (batch.spill === undefined) {
      this.#bytes -= bytes;
      this.#rows -= rows;
    }
    this.#answered(batch);
  }

  /** How long until the open batch is due, ms; 0 when something can be taken now, undefined when there is nothing. */
  dueInMs(batchMs: number): number | undefined {
    if (this.#closed.length > 0 || this.spilling) return 0;
    if (isEmpty(this.#open)) return undefined;
    return Math.max(0, this.#open.openedMs + batchMs - this.#nowMs());
  }

  /** Closes the open batch if anything is in it. */
  closeOpen(): void {
    if (!isEmpty(this.#open)) this.#rotate(this.#open.spill);
  }

  /** The oldest batch in memory, closed and settled; undefined when there is none or what follows was spilled. */
  async take(): Promise<PendingBatch | undefined> {
    if (this.#closed.length === 0 && !this.spilling) this.closeOpen();
    const batch = this.#closed[0];
    if (batch === undefined) return undefined;
    await batch.settled;
    this.#closed.shift();
    return batch;
  }

  /** The batch is in the store: its memory is free. */
  release(batch: PendingBatch): void {
    this.#bytes -= batch.bytes;
    this.#rows -= batch.rows;
  }

  /**
   * Ends spilling: frames appended from now on are kept in memory again. Resolves with the part of the log that was
   * spilled, which has to be read before them; undefined when nothing of it became durable.
   */
  async resume(): Promise<LogRange | undefined> {
    const last = this.#open;
    if (last.spill === undefined) return undefined;
    this.#rotate(undefined);
    await last.settled;
    const { from, to } = last.spill;
    return from === undefined || to === undefined ? undefined : { from, to };
  }

  #answered(batch: PendingBatch): void {
    batch.outstanding--;
    if (batch.closed && batch.outstanding === 0) batch.settle();
  }

  #fits(tenant: string, sections: readonly Section[], bytes: number): boolean {
    if (isEmpty(this.#open)) return true;
    if (this.#open.bytes + bytes > this.#limits.batchBytes) return false;
    return sections.every((section) => {
      const rows = this.#rowsByUnit.get(unitKey(tenant, section)) ?? 0;
      return rows + section.rows <= this.#limits.batchRows;
    });
  }

  #rotate(spill: Spill | undefined): void {
    const closing = this.#open;
    closing.closed = true;
    if (closing.outstanding === 0) closing.settle();
    if (closing.spill === undefined && !isEmpty(closing)) this.#closed.push(closing);
    this.#rowsByUnit.clear();
    this.#open = this.#newBatch(closing.id + 1, spill);
  }

  #newBatch(id: number, spill: Spill | undefined): PendingBatch {
    const { promise, resolve } = Promise.withResolvers<void>();
    return {
      id,
      frames: [],
      openedMs: this.#nowMs(),
      bytes: 0,
      rows: 0,
      outstanding: 0,
      closed: false,
      spill,
      start: undefined,
      end: undefined,
      settled: promise,
      settle: resolve,
    };
  }
}

function isEmpty(batch: PendingBatch): boolean {
  return batch.outstanding === 0 && batch.end === undefined;
}

function unitKey(tenant: string, section: Section): string {
  return `${section.partition}/${section.table}/${tenant}`;
}
