import { crashPoint } from '../base/fault.ts';
import type { Files } from '../base/files.ts';
import { SEGMENT_HEADER_BYTES } from '../base/segment_frame.ts';
import { AppendError, type LiveSegment, SegmentLog } from '../base/segment_log.ts';
import type { SegmentName } from '../base/segment_reader.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { Section } from '../model/section.ts';
import { Backlog, type LogRange } from './backlog.ts';
import { type Checkpoint, type LogPosition, writeCheckpoint } from './checkpoint.ts';
import { DamageReport } from './damage.ts';
import { encodeFrame, FRAME_SECTIONS } from './frame.ts';
import { LatencyHistogram } from './latency.ts';
import type { LogLimits } from './limits.ts';
import { recover } from './recovery.ts';
import { forEachHash, indexName, type SegmentIndex, SegmentIndexBuilder, writeIndex } from './segment_index.ts';

export interface WriteAheadLogOptions {
  readonly files: Files;
  readonly directory: string;
  readonly limits: LogLimits;
  readonly log: Logger;
  readonly nowMs: () => number;
  readonly onPoison: (error: Error) => void;
  /** Told of every remembered body found at the start. */
  readonly onHash: (timeMs: number, bodyHash: Uint8Array) => void;
}

interface KnownSegment extends SegmentName {
  bytes: number;
  newestMs: number;
  /** Kept until it is written beside the segment. */
  index: SegmentIndex | undefined;
}

/** Batch ids start here so that they stay unique when the log's directory is lost: 2026-01-01, 4096 ids per second. */
const BATCH_EPOCH_MS = Date.UTC(2026, 0, 1);
/** Above this the engine would make two parts of one INSERT, and a crash could keep one of them. */
const MAX_SECTION_ROWS = 1_000_000;

/** The log on disk: frames in, positions out; knows its segments, its checkpoint and what has not been loaded. */
export class WriteAheadLog {
  readonly #options: WriteAheadLogOptions;
  readonly #log: SegmentLog;
  readonly #old: KnownSegment[];
  readonly #builders = new Map<number, SegmentIndexBuilder>();
  readonly #orphans: Map<string, number>;
  #indexing: Promise<void> = Promise.resolve();
  #checkpoint: Checkpoint;
  #loaded: LogPosition;
  /** Segments that begin before this frame are not kept for looking again. */
  #purgeBelow = 0;
  readonly #purges: (() => void)[] = [];
  readonly backlog: Backlog;
  readonly damage: DamageReport;
  readonly syncLatency = new LatencyHistogram();
  readonly startRange: LogRange | undefined;

  private constructor(
    options: WriteAheadLogOptions,
    damage: DamageReport,
    recovered: Awaited<ReturnType<typeof recover>>,
  ) {
    this.#options = options;
    this.damage = damage;
    this.#old = recovered.segments.map(({ name, firstSeq, salt, bytes, index, indexed }) => {
      return { name, firstSeq, salt, bytes, newestMs: index.newestMs, index: indexed ? undefined : index };
    });
    this.#orphans = new Map([...recovered.orphanIndexes].map(([name, index]) => [name, index.newestMs]));
    const floor = Math.floor((options.nowMs() - BATCH_EPOCH_MS) / 1000) * 4096;
    this.backlog = new Backlog(options.limits, Math.max(recovered.nextBatch, floor), options.nowMs);
    const end = endOf(this.#old, recovered);
    const oldest = oldestOf(this.#old, recovered, end);
    this.#loaded = recovered.checkpoint?.loaded ?? oldest;
    if (this.#loaded.seq < oldest.seq) this.#loaded = oldest;
    this.#checkpoint = recovered.checkpoint ?? {
      generation: 0,
      loaded: this.#loaded,
      oldestSeq: oldest.seq,
      nextSeq: recovered.nextSeq,
      nextBatch: recovered.nextBatch,
    };
    this.startRange = this.#loaded.seq < end.seq || this.#old.length > 0 ? { from: this.#loaded, to: end } : undefined;
    this.#log = new SegmentLog({
      ...options.limits,
      files: options.files,
      directory: options.directory,
      nextSeq: recovered.nextSeq,
      nowMs: options.nowMs,
      onPoison: options.onPoison,
      onSealed: (segment) => this.#sealed(segment),
      onSync: (milliseconds) => this.syncLatency.record(milliseconds),
    });
  }

  /** Recovers what is on disk; new frames may be appended as soon as it resolves. Throws file errors. */
  static async open(options: WriteAheadLogOptions): Promise<WriteAheadLog> {
    const damage = new DamageReport(options.files, options.directory, options.log);
    const recovered = await recover(options.files, options.directory, options.limits.frameBytes, damage);
    for (const index of recovered.orphanIndexes.values()) forEachHash(index, options.onHash);
    for (const segment of recovered.segments) forEachHash(segment.index, options.onHash);
    const wal = new WriteAheadLog(options, damage, recovered);
    wal.#writePendingIndexes();
    return wal;
  }

  get poisoned(): Error | undefined {
    return this.#log.poisoned;
  }
  get queuedBytes(): number {
    return this.#log.queuedBytes;
  }
  get loaded(): LogPosition {
    return this.#loaded;
  }

  /** Segments that exist, oldest first. */
  get segments(): readonly (SegmentName & { readonly bytes: number })[] {
    return [...this.#old, ...this.#log.segments];
  }

  get totalBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** Bytes of the log that are not in the store yet. */
  get bytesBehind(): number {
    let behind = 0;
    for (const { firstSeq, bytes } of this.segments) {
      if (firstSeq === this.#loaded.segment) behind += Math.max(0, bytes - this.#loaded.offset);
      else if (firstSeq > this.#loaded.segment) behind += bytes - SEGMENT_HEADER_BYTES;
    }
    return behind;
  }

  /** Everything before what was loaded that is still in the log; for looking again at what the store has. */
  get retainedRange(): LogRange | undefined {
    const oldest = this.segments[0];
    if (oldest === undefined || oldest.firstSeq > this.#loaded.segment) return undefined;
    return { from: { segment: oldest.firstSeq, offset: SEGMENT_HEADER_BYTES, seq: oldest.firstSeq }, to: this.#loaded };
  }

  /** Appends one frame; resolves when it is on disk. Throws AppendError, and RangeError for what no frame can hold. */
  async append(tenant: string, sections: readonly Section[], bodyHash: Uint8Array | undefined): Promise<void> {
    let bytes = 0;
    let rows = 0;
    for (const section of sections) {
      bytes += section.block.length;
      rows += section.rows;
      if (section.rows > MAX_SECTION_ROWS)
        throw new RangeError(`${section.rows} rows of ${section.table} in a request`);
    }
    if (bytes > this.#options.limits.frameBytes - 4 * 1024 * 1024) throw new RangeError(`a frame of ${bytes} bytes`);
    if (this.#log.poisoned !== undefined) throw new AppendError('poisoned', 'the log is unusable after a failed write');
    const batch = this.backlog.reserve(tenant, sections, bytes);
    try {
      const timeMs = this.#options.nowMs();
      const frame = { tenant, batchId: batch.id, timeMs, bodyHash, sections };
      const position = await this.#log.append(FRAME_SECTIONS, encodeFrame(frame));
      this.#builder(position.segment).add(position.seq, batch.id, timeMs, bodyHash);
      this.backlog.durable(batch, frame, position);
    } catch (error) {
      this.backlog.failed(batch, bytes, rows);
      throw error;
    }
  }

  /** Everything before `position` is in the store. Kept in memory until the next `saveCheckpoint`. */
  markLoaded(position: LogPosition): void {
    if (position.seq > this.#loaded.seq) this.#loaded = position;
  }

  /** Writes a checkpoint when there is news, then removes segments nobody needs. Throws file errors. */
  async saveCheckpoint(): Promise<void> {
    const { files, directory } = this.#options;
    if (this.#purging) this.#stepOverSealed();
    const loaded = this.#loaded;
    const removable = this.#removable(loaded);
    if (loaded.seq !== this.#checkpoint.loaded.seq || removable.length > 0) {
      const oldest = this.segments[removable.length];
      const checkpoint: Checkpoint = {
        generation: this.#checkpoint.generation + 1,
        loaded,
        oldestSeq: oldest?.firstSeq ?? loaded.seq,
        nextSeq: this.#log.nextSeq,
        nextBatch: this.backlog.openId,
      };
      await writeCheckpoint(files, directory, checkpoint);
      this.#checkpoint = checkpoint;
    }
    await this.#indexing;
    for (const segment of removable) await this.#remove(segment);
    await this.#forgetOldIndexes();
    if (!this.#purging) for (const resolve of this.#purges.splice(0)) resolve();
  }

  /** What is loaded ends at the end of a sealed segment: that is the beginning of the next, without which it can go. */
  #stepOverSealed(): void {
    const next = this.segments.find(({ firstSeq }) => firstSeq === this.#loaded.seq);
    if (next === undefined || next.firstSeq <= this.#loaded.segment) return;
    this.#loaded = { segment: next.firstSeq, offset: SEGMENT_HEADER_BYTES, seq: next.firstSeq };
  }

  /**
   * From now on nothing that was appended before is kept for looking again: it leaves the log when the store has it, which
   * `purged` waits for. Throws AppendError.
   */
  async purge(): Promise<void> {
    const { firstSeq } = await this.#log.rotate();
    this.#purgeBelow = Math.max(this.#purgeBelow, firstSeq);
  }

  /** Resolves when everything appended before the last `purge` is out of the log. */
  purged(): Promise<void> {
    if (!this.#purging) return Promise.resolve();
    return new Promise((resolve) => this.#purges.push(resolve));
  }

  get #purging(): boolean {
    const oldest = this.segments[0];
    return oldest !== undefined && oldest.firstSeq < this.#purgeBelow;
  }

  async close(): Promise<void> {
    await this.#log.close();
    await this.#indexing;
  }

  #removable(loaded: LogPosition): SegmentName[] {
    const done = this.segments.filter(({ firstSeq }) => firstSeq < loaded.segment);
    const spare = done.length - this.#options.limits.retainedSegments;
    return done.filter(({ firstSeq }, i) => i < spare || firstSeq < this.#purgeBelow);
  }

  async #remove(segment: SegmentName): Promise<void> {
    const { files, directory } = this.#options;
    crashPoint('wal.beforeRemove');
    await files.remove(`${directory}/${segment.name}`);
    const old = this.#old.findIndex(({ name }) => name === segment.name);
    const known = this.#old[old];
    if (known === undefined) return;
    this.#old.splice(old, 1);
    this.#orphans.set(indexName(known.name), known.newestMs);
  }

  async #forgetOldIndexes(): Promise<void> {
    const { files, directory, nowMs, limits } = this.#options;
    for (const [name, newestMs] of this.#orphans) {
      if (nowMs() - newestMs < limits.historyMs) continue;
      await files.remove(`${directory}/${name}`);
      this.#orphans.delete(name);
    }
  }

  #builder(segment: number): SegmentIndexBuilder {
    let builder = this.#builders.get(segment);
    if (builder === undefined) {
      builder = new SegmentIndexBuilder();
      this.#builders.set(segment, builder);
    }
    return builder;
  }

  #sealed(segment: LiveSegment): void {
    const index = this.#builder(segment.firstSeq).build(segment.bytes);
    this.#builders.delete(segment.firstSeq);
    this.#log.segments.splice(this.#log.segments.indexOf(segment), 1);
    const { name, firstSeq, salt, bytes } = segment;
    this.#old.push({ name, firstSeq, salt, bytes, newestMs: index.newestMs, index });
    this.#writePendingIndexes();
  }

  /** Indexes only make a start faster and keep remembered bodies longer than their segment; failing is no loss of data. */
  #writePendingIndexes(): void {
    const { files, directory, log } = this.#options;
    this.#indexing = this.#indexing.then(async () => {
      for (const segment of [...this.#old]) {
        if (segment.index === undefined) continue;
        try {
          await writeIndex(files, `${directory}/${indexName(segment.name)}`, segment.index);
          segment.index = undefined;
        } catch (error) {
          log.limited('WARN', 'wal-index', 60, 'could not write the index of a log segment', { error });
        }
      }
    });
  }
}

type Recovered = Awaited<ReturnType<typeof recover>>;

/** Right behind the last frame of the earlier runs. */
function endOf(segments: readonly KnownSegment[], recovered: Recovered): LogPosition {
  const last = segments.at(-1);
  if (last === undefined) return recovered.checkpoint?.loaded ?? { segment: 0, offset: 0, seq: recovered.nextSeq };
  return { segment: last.firstSeq, offset: last.bytes, seq: recovered.nextSeq };
}

/** Where the log begins: the first frame that should be there. */
function oldestOf(segments: readonly KnownSegment[], recovered: Recovered, end: LogPosition): LogPosition {
  const first = segments[0];
  if (first === undefined) return end;
  const seq = Math.min(recovered.checkpoint?.oldestSeq ?? first.firstSeq, first.firstSeq);
  return { segment: first.firstSeq, offset: SEGMENT_HEADER_BYTES, seq };
}
