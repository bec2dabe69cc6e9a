import type { Logger } from '../base/telemetry/log.ts';
import { isDiskFull } from './delivery_queue.ts';
import { type DirectoryWatcher, watchDirectories } from './directory_watcher.ts';
import { FollowedFiles } from './followed_files.ts';
import type { LogSource } from './log_source.ts';
import type { LogSpool } from './log_spool.ts';
import type { Positions } from './positions.ts';
import type { TailTelemetry } from './tail_telemetry.ts';

export interface TailerOptions {
  readonly sources: readonly LogSource[];
  readonly positions: Positions;
  readonly spool: LogSpool;
  /** Whether the queue takes no more: then nothing is read. */
  readonly full: () => boolean;
  readonly maxLineBytes: number;
  /** A record of several lines is complete when no line came for this long, ms. */
  readonly joinMs: number;
  readonly log: Logger;
  readonly telemetry: TailTelemetry;
  readonly now: () => number;
}

const CHUNK_BYTES = 256 * 1024;
/** Every file is looked at this often, whatever inotify says, ms. */
const POLL_MS = 1_000;
/** Patterns are looked through this often at most and at least, ms. */
const SCAN_MS = 250;
const RESCAN_MS = 10_000;
/** When the disk takes no more, sealing is tried again after this, ms. */
const FULL_WAIT_MS = 1_000;

/** Follows the files of its sources and puts their records into the spool. */
export class Tailer {
  readonly #options: TailerOptions;
  readonly #files: FollowedFiles;
  /** Keys of files that may have more to read. */
  readonly #dirty = new Set<string>();
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  readonly #watcher: DirectoryWatcher;
  #wake = Promise.withResolvers<void>();
  #scanWanted = true;
  #scannedMs = 0;
  #polledMs = 0;
  #stopping = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: TailerOptions) {
    this.#options = options;
    const { spool, telemetry } = options;
    this.#files = new FollowedFiles({
      ...options,
      touch: (file) => spool.touch(file),
      emit({ origin, path }, record) {
        if (origin === undefined) throw new Error(`a record of ${path}, whose origin is not known`);
        if (origin.wants(record.stream)) spool.append(origin.resource, record);
        else telemetry.excluded();
      },
    });
    this.#watcher = watchDirectories(
      (path) => this.#noteChange(path),
      () => {
        this.#scanWanted = true;
        this.#wake.resolve();
      },
      options.log,
    );
  }

  get files(): number {
    return this.#files.size;
  }

  /** Begins; errors that no retry cures are told by the promise of `stop`. */
  start(): void {
    this.#running = this.#run();
  }

  /** Reads no more, seals what was gathered. What is held for more lines is read again after the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake.resolve();
    await this.#running;
    this.#watcher.close();
    await this.#files.close();
  }

  /** Bytes of all files that were not read when they were last looked at. */
  get behindBytes(): number {
    return this.#files.all().reduce((sum, { behindBytes }) => sum + behindBytes, 0);
  }

  async #run(): Promise<void> {
    const { spool, log } = this.#options;
    while (!this.#stopping) {
      try {
        await this.#scanIfDue();
        const worked = await this.#turn();
        if (spool.large || spool.dueInMs === 0) await this.#seal();
        if (!worked) await this.#idle();
      } catch (error) {
        log.limited('ERROR', 'tail', 60, 'reading log files failed; it goes on', { error });
        await this.#sleep(POLL_MS);
      }
    }
    await this.#seal();
  }

  /** One read of every file that may have more. @returns whether any had */
  async #turn(): Promise<boolean> {
    const now = this.#options.now();
    if (now - this.#polledMs >= POLL_MS) {
      this.#polledMs = now;
      for (const key of this.#files.keys()) this.#dirty.add(key);
    }
    for (const key of this.#files.takeFresh()) this.#dirty.add(key);
    let worked = false;
    for (const key of [...this.#dirty]) {
      if (this.#stopping || !(await this.#room())) break;
      this.#dirty.delete(key);
      if (await this.#read(key)) {
        this.#dirty.add(key);
        worked = true;
      }
    }
    return worked;
  }

  /** Whether there is room for what one read may bring. */
  async #room(): Promise<boolean> {
    const { spool, full, telemetry } = this.#options;
    if (spool.large) await this.#seal();
    const blocked = full() || spool.large;
    telemetry.blocked(blocked);
    return !blocked;
  }

  async #seal(): Promise<void> {
    const { spool, telemetry, log } = this.#options;
    try {
      telemetry.sealed(await spool.seal());
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      log.limited('ERROR', 'disk full', 60, 'the disk takes no more records; files are not read meanwhile', { error });
      if (!this.#stopping) await this.#sleep(FULL_WAIT_MS);
    }
  }

  /** @returns whether the file has more to read */
  async #read(key: string): Promise<boolean> {
    const entry = this.#files.get(key);
    if (entry === undefined) return false;
    const { file, source } = entry;
    file.origin = source.originOf(file.source, file.path) ?? file.origin;
    if (file.origin === undefined) return false;
    const result = await file.read(this.#chunk);
    this.#options.spool.touch(file);
    if (result === 'more') return true;
    if (result === 'begun') {
      await this.#files.begun(entry);
      return true;
    }
    if (result === 'truncated') {
      await this.#files.replaceTruncated(entry);
      return true;
    }
    file.flushDue(this.#options.joinMs);
    if (file.leftMs > 0) await this.#files.letGo(file);
    return false;
  }

  async #scanIfDue(): Promise<void> {
    const now = this.#options.now();
    const since = now - this.#scannedMs;
    if (since < (this.#scanWanted ? SCAN_MS : RESCAN_MS)) return;
    this.#scanWanted = false;
    this.#scannedMs = now;
    this.#watcher.set(await this.#files.scan());
    await this.#options.positions.keepBegun();
  }

  #noteChange(path: string): void {
    const key = this.#files.keyOf(path);
    if (key === undefined) return;
    this.#dirty.add(key);
    this.#wake.resolve();
  }

  async #idle(): Promise<void> {
    const { spool, now, full } = this.#options;
    const poll = Math.max(0, this.#polledMs + POLL_MS - now());
    const held = this.#files.all().some(({ holds }) => holds);
    // Blocked files stay marked as changed; what is held is looked at again soon.
    const wait = full() ? SCAN_MS : Math.min(poll, spool.dueInMs, held ? SCAN_MS : POLL_MS);
    await this.#sleep(wait);
    for (const { key, holds } of this.#files.all()) if (holds) this.#dirty.add(key);
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#stopping) return;
    const timer = setTimeout(() => this.#wake.resolve(), ms);
    await this.#wake.promise;
    clearTimeout(timer);
    this.#wake = Promise.withResolvers();
  }
}
