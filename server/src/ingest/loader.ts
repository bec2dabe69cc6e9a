import { crashPoint } from '../base/fault.ts';
import type { Files } from '../base/files.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { LogRange } from './backlog.ts';
import { type ReadBatch, readBatches } from './batch_reader.ts';
import type { BatchStore } from './batch_store.ts';
import type { LogLimits } from './limits.ts';
import { type LoadCounts, loadBatch, lookUp, type Presence, pause, type UnitLoaderOptions } from './unit_loader.ts';
import type { WriteAheadLog } from './write_ahead_log.ts';

export interface LoaderOptions {
  readonly wal: WriteAheadLog;
  readonly store: BatchStore;
  readonly files: Files;
  readonly directory: string;
  readonly limits: LogLimits;
  readonly log: Logger;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  readonly checkpointMs: number;
  readonly onSpent: (buffers: readonly ArrayBuffer[]) => void;
}

/** Reading the log failed this often in a row: what is left of the range is given up, loudly. */
const READ_ATTEMPTS = 5;

/**
 * Carries the log into the store: first what an earlier run left, then batch after batch. Of the log no more
 * than two full batches are in memory; batches keep their order.
 */
export class Loader {
  readonly #options: LoaderOptions;
  readonly #unit: UnitLoaderOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #wake: () => void = () => {};
  #lastCheckpointMs = 0;
  #verify = false;
  #flushes: { readonly below: number; readonly resolve: () => void }[] = [];
  #readingMs: number | undefined;
  /** True while a range of the log is read again: after a start, or because memory ran out. */
  replaying = false;
  readonly counts: LoadCounts = {
    inserts: 0,
    rows: 0,
    alreadyStored: 0,
    partial: 0,
    refused: 0,
    retries: 0,
    lastError: '',
  };

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.#unit = { ...options, counts: this.counts };
    options.wal.backlog.onReady = () => this.#wake();
  }

  /** When the oldest frame that is not loaded was appended, ms; undefined when everything is loaded. */
  get oldestMs(): number | undefined {
    return this.#readingMs ?? this.#options.wal.backlog.oldestMs;
  }

  start(): void {
    this.#running ??= this.#run().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#options.log.fatal('the loader stopped', { error });
    });
  }

  /** Ends after the INSERTs under way were cut off; what they were is found by the presence check at the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#running;
    this.#answerFlushes(Number.MAX_SAFE_INTEGER);
  }

  /** Resolves when everything appended before the call is loaded, or the loader was stopped. */
  flush(): Promise<void> {
    const { backlog } = this.#options.wal;
    backlog.closeOpen();
    const done = new Promise<void>((resolve) => this.#flushes.push({ below: backlog.openId, resolve }));
    this.#wake();
    return done;
  }

  /** Asks the store again about everything that is still in the log; call it when the engine has been restarted. */
  verify(): void {
    this.#verify = true;
    this.#wake();
  }

  async #run(): Promise<void> {
    const { wal, limits } = this.#options;
    await this.#reportDetached();
    const { startRange } = wal;
    if (startRange !== undefined) await this.#loadRange(startRange, true);
    while (!this.#stop.signal.aborted) {
      if (this.#verify) await this.#verifyRetained();
      const due = wal.backlog.dueInMs(limits.batchMs);
      if (due === undefined) await this.#idle();
      else if (due > 0) await this.#sleep(due);
      else await this.#step();
      await this.#checkpoint(false);
    }
  }

  /** Loads the oldest batch in memory, or else what was spilled. */
  async #step(): Promise<void> {
    const { backlog } = this.#options.wal;
    // What is taken counts as not loaded until it is.
    this.#readingMs = backlog.oldestMs;
    const batch = await backlog.take();
    if (batch === undefined) {
      const range = await backlog.resume();
      if (range !== undefined) await this.#loadRange(range, false);
      this.#readingMs = undefined;
      return;
    }
    await loadBatch(this.#unit, batch.id, batch.frames, undefined, this.#stop.signal);
    crashPoint('loader.afterBatch');
    backlog.release(batch);
    const blocks = batch.frames.flatMap(({ sections }) => sections.map(({ block }) => block.buffer));
    this.#options.onSpent([...new Set(blocks)]);
    this.#readingMs = undefined;
    if (batch.end !== undefined) this.#options.wal.markLoaded(batch.end);
    this.#answerFlushes(batch.id + 1);
  }

  async #idle(): Promise<void> {
    const { backlog } = this.#options.wal;
    await this.#checkpoint(true);
    // From here to the sleep nothing else runs, so no wake-up is missed.
    if (backlog.dueInMs(0) !== undefined || this.#verify) return;
    this.#answerFlushes(backlog.openId);
    await this.#sleep(60_000);
  }

  /** Reads a part of the log and loads it; goes on after read errors where it was. */
  async #loadRange(range: LogRange, uncertain: boolean): Promise<void> {
    const { wal, files, directory, limits, log } = this.#options;
    this.replaying = true;
    let from = range.from;
    for (let attempt = 1; ; attempt++) {
      const options = { files, directory, maxPayload: limits.frameBytes, damage: wal.damage };
      try {
        for await (const window of windows(readBatches(options, wal.segments, { from, to: range.to }), limits)) {
          const presence = uncertain ? await this.#presence(window) : undefined;
          for (const batch of window) {
            this.#readingMs = batch.frames[0]?.timeMs;
            crashPoint('replay.batch');
            await loadBatch(this.#unit, batch.id, batch.frames, presence, this.#stop.signal);
            from = batch.end;
            attempt = 1;
            wal.markLoaded(batch.end);
            await this.#checkpoint(false);
          }
        }
        break;
      } catch (error) {
        this.#stop.signal.throwIfAborted();
        log.error('reading the write-ahead log failed', { attempt, from, error });
        if (attempt >= READ_ATTEMPTS) {
          wal.damage.lost(range.to.seq - from.seq, from.seq - 1);
          break;
        }
        await pause(this.#options.backoffMs, this.#stop.signal);
      }
    }
    wal.markLoaded(range.to);
    this.#readingMs = undefined;
    this.replaying = false;
  }

  /** What the store has of these batches; waits until it can say. */
  async #presence(batches: readonly ReadBatch[]): Promise<Presence> {
    for (;;) {
      try {
        return await lookUp(this.#options.store, batches, this.#stop.signal);
      } catch (error) {
        this.#stop.signal.throwIfAborted();
        this.#options.log.limited('WARN', 'loader-presence', 30, 'the store can not be asked for batches yet', {
          error,
        });
        await pause(this.#options.backoffMs, this.#stop.signal);
      }
    }
  }

  async #verifyRetained(): Promise<void> {
    this.#verify = false;
    await this.#reportDetached();
    const range = this.#options.wal.retainedRange;
    if (range !== undefined) await this.#loadRange(range, true);
  }

  /** Parts the engine could not read: said loudly, and everything the log still has is held against the store. */
  async #reportDetached(): Promise<void> {
    const { store, log, wal } = this.#options;
    for (;;) {
      try {
        const parts = await store.detachedParts(this.#stop.signal);
        for (const part of parts)
          log.error('the engine set a damaged part aside; its rows are not in queries', { ...part });
        const range = wal.retainedRange;
        if (parts.length > 0 && range !== undefined) await this.#loadRange(range, true);
        return;
      } catch (error) {
        this.#stop.signal.throwIfAborted();
        log.limited('WARN', 'loader-detached', 30, 'the store can not be asked for detached parts yet', { error });
        await pause(this.#options.backoffMs, this.#stop.signal);
      }
    }
  }

  /** Writes the checkpoint when it is due; a failure delays the removal of segments and nothing else. */
  async #checkpoint(now: boolean): Promise<void> {
    const { wal, checkpointMs, log } = this.#options;
    const time = performance.now();
    if (!now && time - this.#lastCheckpointMs < checkpointMs) return;
    this.#lastCheckpointMs = time;
    try {
      await wal.saveCheckpoint();
    } catch (error) {
      log.limited('WARN', 'wal-checkpoint', 30, 'could not write the checkpoint of the log', { error });
    }
  }

  #answerFlushes(below: number): void {
    this.#flushes = this.#flushes.filter((flush) => {
      if (flush.below > below) return true;
      flush.resolve();
      return false;
    });
  }

  #sleep(milliseconds: number): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake(), milliseconds).unref();
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => {};
        resolve();
      };
    });
  }
}

/** How many batches one question about their presence covers. */
const WINDOW_BATCHES = 200;

/** Batches in groups no larger than one full batch (or single), so that memory stays bounded. */
async function* windows(
  batches: AsyncIterable<ReadBatch>,
  limits: Pick<LogLimits, 'batchBytes'>,
): AsyncGenerator<readonly ReadBatch[]> {
  let window: ReadBatch[] = [];
  let bytes = 0;
  for await (const batch of batches) {
    if (window.length > 0 && (bytes + batch.bytes > limits.batchBytes || window.length >= WINDOW_BATCHES)) {
      yield window;
      window = [];
      bytes = 0;
    }
    window.push(batch);
    bytes += batch.bytes;
  }
  if (window.length > 0) yield window;
}
