import { diskFiles, type Files } from '../base/files.ts';
import { AppendError } from '../base/segment_log.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { Section } from '../model/section.ts';
import type { BatchStore } from './batch_store.ts';
import type { DamageCounts } from './damage.ts';
import { DiskReserve } from './disk_reserve.ts';
import { historyKey, RequestHistory } from './history.ts';
import { LatencyHistogram, type LatencySnapshot } from './latency.ts';
import type { LogLimits } from './limits.ts';
import { Loader } from './loader.ts';
import type { LoadCounts } from './unit_loader.ts';
import { WriteAheadLog } from './write_ahead_log.ts';

export interface IngestOptions {
  /** The program's data directory; the log lives in `wal/` in it. */
  readonly dataDirectory: string;
  readonly store: BatchStore;
  readonly log: Logger;
  readonly limits: LogLimits;
  /** Called once when a write or sync of the log failed: nothing can be acknowledged any more, the process should exit. */
  readonly onPoison: (error: Error) => void;
  /** Given the memory of blocks that are in the store; without it they are left to the collector. */
  readonly onSpent?: (buffers: readonly ArrayBuffer[]) => void;
  readonly files?: Files;
  /** Wall clock, ms. */
  readonly nowMs?: () => number;
  /** First pause after the store failed, ms; doubles up to `maxBackoffMs`. */
  readonly backoffMs?: number;
  readonly maxBackoffMs?: number;
  readonly checkpointMs?: number;
  readonly diskLookMs?: number;
}

/** Nothing was stored; the sender should keep its data and try again. */
export class IngestUnavailable extends Error {
  override readonly name = 'IngestUnavailable';
  readonly reason: 'poisoned' | 'disk' | 'log-full' | 'busy' | 'closed';
  readonly retryAfterSeconds: number;
  constructor(reason: IngestUnavailable['reason'], message: string, retryAfterSeconds: number, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface IngestStatus {
  readonly poisoned: boolean;
  /** Why appends are refused now, or undefined. */
  readonly refusing: IngestUnavailable['reason'] | undefined;
  readonly walBytes: number;
  readonly walSegments: number;
  /** Bytes of the log that are not in the store yet. */
  readonly bytesBehind: number;
  readonly pendingRows: number;
  readonly pendingBytes: number;
  /** Age of the oldest acknowledged record that is not in the store, ms; 0 when there is none. */
  readonly oldestUnloadedMs: number;
  readonly replaying: boolean;
  readonly diskFreeRatio: number;
  readonly diskHeadroomBytes: number;
  readonly rememberedBodies: number;
  readonly duplicateRequests: number;
  readonly refusedAppends: number;
  readonly appendedFrames: number;
  readonly appendedBytes: number;
  readonly syncMs: LatencySnapshot;
  readonly ackMs: LatencySnapshot;
  readonly damage: Readonly<DamageCounts>;
  readonly loader: Readonly<LoadCounts>;
}

/** The way into the store. */
export interface Ingest {
  /**
   * Takes over the memory of the blocks. Keeps everything one request brought, all of it or nothing; resolves when it is on disk. With a `bodyHash` seen in
   * the last ten minutes nothing is kept again and the answer is `duplicate`; while the first is still under way, its
   * fate is waited for. Throws IngestUnavailable, and RangeError for more than one frame can hold.
   */
  append(
    tenant: string,
    sections: readonly Section[],
    options?: { readonly bodyHash?: Uint8Array },
  ): Promise<'stored' | 'duplicate'>;
  /** True when the body was acknowledged in the last ten minutes; then it need not even be decoded. */
  seenBefore(bodyHash: Uint8Array): boolean;
  /** Why an append would be refused right now, or undefined; lets a door answer before it decodes. */
  refusal(): IngestUnavailable | undefined;
  status(): IngestStatus;
  /** Resolves when everything appended before is in the store. */
  flush(): Promise<void>;
  /** Resolves when everything appended before is in the store and nowhere in the log. Throws AppendError. */
  purge(): Promise<void>;
  /** The engine was restarted: hold what is still in the log against what it has. */
  engineRestarted(): void;
  /** Takes nothing more, waits up to `drainMs` for the store, writes the checkpoint. */
  close(drainMs?: number): Promise<void>;
}

const RETRY_AFTER_SECONDS = 5;

/** Opens the log of a data directory; what an earlier run left is loaded in the background. Throws file errors. */
export async function openIngest(options: IngestOptions): Promise<Ingest> {
  const ingest = new LogIngest(options);
  await ingest.open();
  return ingest;
}

class LogIngest implements Ingest {
  readonly #options: IngestOptions;
  readonly #files: Files;
  readonly #directory: string;
  readonly #nowMs: () => number;
  readonly #reserve: DiskReserve;
  readonly #history: RequestHistory;
  readonly #inFlight = new Map<string, Promise<void>>();
  readonly #ackLatency = new LatencyHistogram();
  #wal!: WriteAheadLog;
  #loader!: Loader;
  #closed = false;
  #duplicates = 0;
  #refused = 0;
  #frames = 0;
  #bytes = 0;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#files = options.files ?? diskFiles;
    this.#directory = `${options.dataDirectory}/wal`;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#reserve = new DiskReserve(this.#files, options.dataDirectory, options.limits);
    this.#history = new RequestHistory({
      windowMs: options.limits.historyMs,
      maxEntries: options.limits.historyEntries,
    });
  }

  async open(): Promise<void> {
    const { limits, log, onPoison, store } = this.#options;
    const files = this.#files;
    const directory = this.#directory;
    const now = this.#nowMs();
    this.#wal = await WriteAheadLog.open({
      files,
      directory,
      limits,
      log,
      nowMs: this.#nowMs,
      onPoison: (error) => {
        log.fatal('the write-ahead log can not be trusted any more; nothing is acknowledged', { error });
        onPoison(error);
      },
      onHash: (timeMs, bodyHash) => this.#history.add(historyKey(bodyHash), timeMs, now),
    });
    await this.#reserve.start(this.#options.diskLookMs);
    const { backoffMs = 100, maxBackoffMs = 5000, checkpointMs = 1000 } = this.#options;
    const wal = this.#wal;
    this.#loader = new Loader({
      wal,
      store,
      files,
      directory,
      limits,
      log,
      backoffMs,
      maxBackoffMs,
      checkpointMs,
      onSpent: this.#options.onSpent ?? (() => undefined),
    });
    this.#loader.start();
  }

  async append(
    tenant: string,
    sections: readonly Section[],
    options: { readonly bodyHash?: Uint8Array } = {},
  ): Promise<'stored' | 'duplicate'> {
    const { bodyHash } = options;
    if (bodyHash === undefined) {
      await this.#keep(tenant, sections, undefined);
      return 'stored';
    }
    const key = historyKey(bodyHash);
    const first = this.#inFlight.get(key);
    if (first !== undefined) await first;
    if (first !== undefined || this.#history.has(key)) {
      this.#duplicates++;
      return 'duplicate';
    }
    const keeping = this.#keep(tenant, sections, bodyHash);
    this.#inFlight.set(key, keeping);
    try {
      await keeping;
      const now = this.#nowMs();
      this.#history.add(key, now, now);
    } finally {
      this.#inFlight.delete(key);
    }
    return 'stored';
  }

  seenBefore(bodyHash: Uint8Array): boolean {
    return this.#history.has(historyKey(bodyHash));
  }

  refusal(): IngestUnavailable | undefined {
    const { limits } = this.#options;
    if (this.#closed) return new IngestUnavailable('closed', 'shutting down', RETRY_AFTER_SECONDS);
    if (this.#wal.poisoned !== undefined) return poisoned(this.#wal.poisoned);
    if (this.#reserve.headroomBytes <= 0) {
      return new IngestUnavailable('disk', 'free disk space is below the reserve', RETRY_AFTER_SECONDS);
    }
    // What the store has does not count: segments kept for looking again must not keep a small log full for ever.
    if (this.#wal.bytesBehind >= limits.logBytes) {
      return new IngestUnavailable('log-full', 'the write-ahead log is full, the store is behind', RETRY_AFTER_SECONDS);
    }
    if (this.#wal.queuedBytes >= limits.queuedBytes) {
      return new IngestUnavailable('busy', 'too much is waiting for the disk', 1);
    }
    return undefined;
  }

  async #keep(tenant: string, sections: readonly Section[], bodyHash: Uint8Array | undefined): Promise<void> {
    if (sections.length === 0) return;
    let bytes = 0;
    for (const section of sections) bytes += section.block.length;
    const refusal = this.refusal() ?? (this.#reserve.admit(bytes) ? undefined : diskRefusal());
    if (refusal !== undefined) {
      this.#refused++;
      throw refusal;
    }
    const started = performance.now();
    try {
      await this.#wal.append(tenant, sections, bodyHash);
    } catch (error) {
      if (!(error instanceof AppendError)) throw error;
      this.#refused++;
      throw error.kind === 'poisoned' ? poisoned(error) : diskRefusal(error);
    }
    this.#ackLatency.record(performance.now() - started);
    this.#frames++;
    this.#bytes += bytes;
  }

  status(): IngestStatus {
    const wal = this.#wal;
    const oldest = this.#loader.oldestMs;
    return {
      poisoned: wal.poisoned !== undefined,
      refusing: this.refusal()?.reason,
      walBytes: wal.totalBytes,
      walSegments: wal.segments.length,
      bytesBehind: wal.bytesBehind,
      pendingRows: wal.backlog.rows,
      pendingBytes: wal.backlog.bytes,
      oldestUnloadedMs: oldest === undefined ? 0 : Math.max(0, this.#nowMs() - oldest),
      replaying: this.#loader.replaying,
      diskFreeRatio: this.#reserve.freeRatio,
      diskHeadroomBytes: this.#reserve.headroomBytes,
      rememberedBodies: this.#history.size,
      duplicateRequests: this.#duplicates,
      refusedAppends: this.#refused,
      appendedFrames: this.#frames,
      appendedBytes: this.#bytes,
      syncMs: wal.syncLatency.snapshot(),
      ackMs: this.#ackLatency.snapshot(),
      damage: wal.damage.counts,
      loader: this.#loader.counts,
    };
  }

  flush(): Promise<void> {
    return this.#loader.flush();
  }

  async purge(): Promise<void> {
    await this.#wal.purge();
    await this.#loader.flush();
    await this.#wal.purged();
  }

  engineRestarted(): void {
    this.#loader.verify();
  }

  async close(drainMs = 5000): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#reserve.stop();
    await this.#wal.close();
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs);
    });
    await Promise.race([this.#loader.flush(), tooLong]);
    clearTimeout(timer);
    await this.#loader.stop();
    if (this.#wal.poisoned === undefined) await this.#wal.saveCheckpoint();
  }
}

function poisoned(cause: Error): IngestUnavailable {
  return new IngestUnavailable('poisoned', 'the write-ahead log failed', RETRY_AFTER_SECONDS, { cause });
}

function diskRefusal(cause?: Error): IngestUnavailable {
  return new IngestUnavailable('disk', 'no disk space for the write-ahead log', RETRY_AFTER_SECONDS, { cause });
}
