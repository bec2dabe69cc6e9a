import { randomBytes } from 'node:crypto';
import { crashDue, crashNow, crashPoint } from './fault.ts';
import { errorCode, type Files, type OpenFile, writeFully } from './files.ts';
import { encodeFrameHeader, encodeSegmentHeader, FRAME_HEADER_BYTES, SEGMENT_HEADER_BYTES } from './segment_frame.ts';
import { type SegmentName, segmentName } from './segment_reader.ts';

/** Where a frame ended up. */
export interface FramePosition {
  readonly seq: number;
  /** `firstSeq` of the segment, which identifies it. */
  readonly segment: number;
  readonly offset: number;
  /** Bytes of the frame, its header included. */
  readonly bytes: number;
}

/** A segment of the running log. `bytes` counts what is durable; always a frame's end. */
export interface LiveSegment extends SegmentName {
  bytes: number;
  sealed: boolean;
}

/**
 * Why an append failed.
 * - `full`: no space or no file handle; nothing of the frame is in the log and a later append may succeed.
 * - `poisoned`: a write or sync failed, so nobody knows what is on disk; every later append fails the same way.
 */
export class AppendError extends Error {
  override readonly name = 'AppendError';
  readonly kind: 'full' | 'poisoned';
  constructor(kind: AppendError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export interface SegmentLogOptions {
  readonly files: Files;
  readonly directory: string;
  /** Sequence number of the first frame; one more than the last ever written. */
  readonly nextSeq: number;
  readonly segmentBytes: number;
  /** How long the first waiter of a group waits for company, ms. */
  readonly groupDelayMs: number;
  /** A group this large goes at once. */
  readonly groupBytes: number;
  readonly nowMs: () => number;
  /** Called once, with the cause, when the log is poisoned. */
  readonly onPoison: (error: Error) => void;
  /** Called when a segment is complete and durable. */
  readonly onSealed: (segment: LiveSegment) => void;
  /** Called after every fdatasync with its duration in ms. */
  readonly onSync: (milliseconds: number) => void;
}

interface Waiter {
  readonly type: number;
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
  readonly resolve: (position: FramePosition) => void;
  readonly reject: (error: AppendError) => void;
}

/** Errors that leave the file as it was, or as it can be made again by cutting the tail off. */
const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const NO_HANDLE = new Set(['EMFILE', 'ENFILE', 'ENOSPC', 'EDQUOT']);

/**
 * An append-only log of frames over segment files with group commit: one write and one fdatasync for all frames that
 * came within `groupDelayMs`; each `append` resolves after that fdatasync. Frames keep the order of the calls.
 */
export class SegmentLog {
  readonly #options: SegmentLogOptions;
  readonly segments: LiveSegment[] = [];
  #queue: Waiter[] = [];
  #queuedBytes = 0;
  #firstQueuedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #file: OpenFile | undefined;
  #nextSeq: number;
  #poison: Error | undefined;
  #closed = false;

  constructor(options: SegmentLogOptions) {
    this.#options = options;
    this.#nextSeq = options.nextSeq;
  }

  /** Bytes of frames handed over and not yet durable. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  get nextSeq(): number {
    return this.#nextSeq;
  }

  get poisoned(): Error | undefined {
    return this.#poison;
  }

  get active(): LiveSegment | undefined {
    const last = this.segments.at(-1);
    return last === undefined || last.sealed ? undefined : last;
  }

  /** Appends one frame; the pieces must not change any more. Rejects with AppendError. */
  append(type: number, pieces: readonly Uint8Array[]): Promise<FramePosition> {
    if (this.#poison !== undefined) return Promise.reject(poisonError(this.#poison));
    if (this.#closed) return Promise.reject(new AppendError('full', 'the log is closed'));
    let bytes = FRAME_HEADER_BYTES;
    for (const piece of pieces) bytes += piece.length;
    return new Promise((resolve, reject) => {
      if (this.#queue.length === 0) this.#firstQueuedMs = performance.now();
      this.#queue.push({ type, pieces, bytes, resolve, reject });
      this.#queuedBytes += bytes;
      this.#schedule();
    });
  }

  /** Writes what is queued, then lets go of the file. Later appends fail. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#queue.length > 0 || this.#writing !== undefined) {
      this.#start();
      await this.#writing;
    }
    await this.#seal();
  }

  /** Goes on in a new segment: everything written before is in sealed ones then. Rejects with AppendError. */
  async rotate(): Promise<LiveSegment> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#closed) throw new AppendError('full', 'the log is closed');
    const turning = this.#turn();
    // Writing waits for it; whoever asked hears of its failure.
    this.#writing = turning.then(
      () => this.#written(),
      () => this.#written(),
    );
    return turning;
  }

  async #turn(): Promise<LiveSegment> {
    try {
      const { active } = this;
      if (active?.bytes === SEGMENT_HEADER_BYTES) return active;
      await this.#seal();
      return await this.#createSegment();
    } catch (error) {
      throw error instanceof AppendError ? error : this.#fail(error);
    }
  }

  #written(): void {
    this.#writing = undefined;
    this.#firstQueuedMs = performance.now();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#writing !== undefined || this.#queue.length === 0) return;
    const waited = performance.now() - this.#firstQueuedMs;
    if (this.#queuedBytes >= this.#options.groupBytes || waited >= this.#options.groupDelayMs) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), this.#options.groupDelayMs - waited);
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing !== undefined || this.#queue.length === 0) return;
    const group = this.#queue;
    this.#queue = [];
    this.#writing = this.#commit(group).finally(() => this.#written());
  }

  /** Commits a group; every waiter is answered, whatever happens. */
  async #commit(group: readonly Waiter[]): Promise<void> {
    let rest = group;
    while (rest.length > 0) {
      let part: readonly Waiter[] = rest;
      try {
        const segment = await this.#segmentFor((rest[0] as Waiter).bytes);
        part = rest.slice(0, this.#fitting(segment, rest));
        const positions = await this.#write(segment, part);
        crashPoint('wal.afterSync');
        part.forEach((waiter, i) => {
          waiter.resolve(positions[i] as FramePosition);
        });
        if (crashDue('wal.afterAck')) setImmediate(() => setImmediate(crashNow));
      } catch (error) {
        const cause = error instanceof AppendError ? error : this.#fail(error);
        for (const waiter of part) waiter.reject(cause);
      }
      for (const waiter of part) this.#queuedBytes -= waiter.bytes;
      rest = rest.slice(part.length);
    }
  }

  /** How many of the frames the segment takes; always at least one, so that a frame above the segment size gets its own. */
  #fitting(segment: LiveSegment, waiters: readonly Waiter[]): number {
    let bytes = segment.bytes;
    let count = 0;
    for (const waiter of waiters) {
      bytes += waiter.bytes;
      if (count > 0 && bytes > this.#options.segmentBytes) break;
      count++;
    }
    return count;
  }

  async #write(segment: LiveSegment, waiters: readonly Waiter[]): Promise<FramePosition[]> {
    const file = this.#file;
    if (file === undefined) throw new Error('no open segment');
    const chunks: Uint8Array[] = [];
    const positions: FramePosition[] = [];
    let offset = segment.bytes;
    let seq = this.#nextSeq;
    for (const waiter of waiters) {
      chunks.push(encodeFrameHeader(segment.salt, seq, waiter.type, waiter.pieces), ...waiter.pieces);
      positions.push({ seq, segment: segment.firstSeq, offset, bytes: waiter.bytes });
      offset += waiter.bytes;
      seq++;
    }
    crashPoint('wal.beforeWrite');
    if (crashDue('wal.halfWrite')) await writeHalf(file, chunks, segment.bytes);
    try {
      await writeFully(file, chunks, segment.bytes);
    } catch (error) {
      if (!NO_SPACE.has(errorCode(error))) throw error;
      await this.#cutBack(file, segment, error);
    }
    crashPoint('wal.afterWrite');
    const started = performance.now();
    await file.datasync();
    this.#options.onSync(performance.now() - started);
    segment.bytes = offset;
    this.#nextSeq = seq;
    return positions;
  }

  /** After a full disk: the file ends with its last good frame again, or the log is poisoned. Always throws. */
  async #cutBack(file: OpenFile, segment: LiveSegment, cause: unknown): Promise<never> {
    try {
      await file.truncate(segment.bytes);
    } catch (error) {
      throw this.#fail(error);
    }
    throw new AppendError('full', 'no space left for the log', { cause });
  }

  /** The segment to write to, a new one when the frame does not fit. Failing to make one harms nothing that exists. */
  async #segmentFor(bytes: number): Promise<LiveSegment> {
    if (this.#poison !== undefined) throw poisonError(this.#poison);
    const active = this.active;
    const fits = active !== undefined && active.bytes + bytes <= this.#options.segmentBytes;
    if (active !== undefined && (fits || active.bytes === SEGMENT_HEADER_BYTES)) return active;
    await this.#seal();
    return await this.#createSegment();
  }

  async #createSegment(): Promise<LiveSegment> {
    const { files, directory, nowMs } = this.#options;
    const salt = randomBytes(4).readUInt32LE();
    const name = segmentName(this.#nextSeq, salt);
    const path = `${directory}/${name}`;
    const header = encodeSegmentHeader({ salt, firstSeq: this.#nextSeq, createdMs: nowMs() });
    let file: OpenFile | undefined;
    try {
      file = await files.open(path, 'create');
      await writeFully(file, [header], 0);
    } catch (error) {
      if (!NO_HANDLE.has(errorCode(error))) throw error;
      await file?.close();
      if (file !== undefined) await files.remove(path);
      throw new AppendError('full', `no new log segment: ${errorCode(error)}`, { cause: error });
    }
    await file.datasync();
    await files.syncDirectory(directory);
    crashPoint('wal.segmentCreated');
    this.#file = file;
    const segment = { name, firstSeq: this.#nextSeq, salt, bytes: SEGMENT_HEADER_BYTES, sealed: false };
    this.segments.push(segment);
    return segment;
  }

  async #seal(): Promise<void> {
    const active = this.active;
    if (active === undefined) return;
    active.sealed = true;
    await this.#file?.close();
    this.#file = undefined;
    this.#options.onSealed(active);
  }

  #fail(error: unknown): AppendError {
    if (this.#poison === undefined) {
      this.#poison = error instanceof Error ? error : new Error(String(error));
      this.#options.onPoison(this.#poison);
    }
    return poisonError(this.#poison);
  }
}

function poisonError(cause: Error): AppendError {
  return new AppendError('poisoned', `the log is unusable after a failed write: ${cause.message}`, { cause });
}

async function writeHalf(file: OpenFile, chunks: readonly Uint8Array[], position: number): Promise<never> {
  const all = Buffer.concat(chunks);
  await writeFully(file, [all.subarray(0, all.length >> 1)], position);
  return crashNow();
}
