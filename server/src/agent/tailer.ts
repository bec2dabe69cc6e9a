import { basename, dirname, matchesGlob } from 'node:path';
import { errorCode } from '../base/files.ts';
import type { Logger } from '../base/telemetry/log.ts';
import { isDiskFull } from './delivery_queue.ts';
import { type DirectoryWatcher, watchDirectories } from './directory_watcher.ts';
import {
  type FoundFile,
  findFiles,
  findMissed,
  findRemainder,
  isGone,
  staticDirectories,
  stemOf,
} from './file_search.ts';
import type { LogSource } from './log_source.ts';
import type { LogSpool } from './log_spool.ts';
import type { FilePosition, Positions } from './positions.ts';
import type { TailTelemetry } from './tail_telemetry.ts';
import { TailedFile } from './tailed_file.ts';

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
/** A file that was renamed or removed is let go when it was quiet for this long, ms (Fluent Bit: Rotate_Wait). */
const ROTATE_WAIT_MS = 5_000;
/** When the disk takes no more, sealing is tried again after this, ms. */
const FULL_WAIT_MS = 1_000;

/** Follows the files of its sources and puts their records into the spool. */
export class Tailer {
  readonly #options: TailerOptions;
  readonly #files = new Map<string, { readonly file: TailedFile; readonly source: LogSource }>();
  /** Keys of files by path, for changes inotify tells of. */
  readonly #byPath = new Map<string, string>();
  readonly #dirty = new Set<string>();
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  readonly #watcher: DirectoryWatcher;
  #wake = Promise.withResolvers<void>();
  #scanWanted = true;
  #scannedMs = 0;
  #polledMs = 0;
  #started = false;
  #stopping = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: TailerOptions) {
    this.#options = options;
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
    await Promise.all([...this.#files.values()].map(({ file }) => file.close()));
    this.#files.clear();
  }

  /** Bytes of all files that were not read when they were last looked at. */
  get behindBytes(): number {
    return [...this.#files.values()].reduce((sum, { file }) => sum + file.behindBytes, 0);
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
    if (result === 'truncated') {
      await this.#replaceTruncated(file, source);
      return true;
    }
    file.flushDue(this.#options.joinMs);
    if (file.leftMs > 0) await this.#letGo(file);
    return false;
  }

  /** A file without a name that has been quiet for long enough is done. */
  async #letGo(file: TailedFile): Promise<void> {
    const { now, spool, telemetry } = this.#options;
    if (now() - Math.max(file.grewMs, file.leftMs) < ROTATE_WAIT_MS) return;
    file.finish();
    spool.touch({ ...file.position(), ended: true });
    this.#files.delete(file.key);
    await file.close();
    telemetry.ended();
  }

  /** The file was emptied or written anew: the rest of what it held may be in a copy; then it begins again. */
  async #replaceTruncated(file: TailedFile, source: LogSource): Promise<void> {
    const { log, telemetry } = this.#options;
    telemetry.truncated();
    const copied = await this.#openRemainder(file.position(), source);
    if (!copied) {
      // What was read of it is all there is.
      file.finish();
      log.info('a log file was truncated', { path: file.path });
    }
    this.#files.delete(file.key);
    await file.close();
    await this.#open({ key: file.key, source: file.source, path: file.path, size: 0 }, source, () => undefined, false);
  }

  /** Goes on with the rest of a rotated file. @returns whether there is any */
  async #openRemainder(position: FilePosition, source: LogSource): Promise<boolean> {
    const rest = await findRemainder(position, (key) => this.#files.has(key));
    if (rest === undefined) return false;
    const file = await this.#open(rest, source, () => position, false);
    if (file !== undefined) file.leftMs = this.#options.now();
    return file !== undefined;
  }

  async #open(
    found: FoundFile,
    source: LogSource,
    known: (key: string) => FilePosition | undefined,
    fromEnd: boolean,
  ): Promise<TailedFile | undefined> {
    const { maxLineBytes, now, spool, telemetry } = this.#options;
    try {
      const file = await TailedFile.open(
        {
          source: found.source,
          path: found.path,
          format: source.format,
          maxLineBytes,
          now,
          emit: (from, record) => {
            const { origin } = from;
            if (origin === undefined) throw new Error(`a record of ${from.path}, whose origin is not known`);
            if (origin.wants(record.stream)) spool.append(origin.resource, record);
            else telemetry.excluded();
          },
        },
        known,
        fromEnd,
      );
      file.origin = source.originOf(found.source, found.path);
      this.#files.set(file.key, { file, source });
      this.#byPath.set(file.path, file.key);
      this.#dirty.add(file.key);
      spool.touch(file);
      telemetry.opened();
      return file;
    } catch (error) {
      this.#unreadable(found.path, error);
      return undefined;
    }
  }

  #unreadable(path: string, error: unknown): void {
    if (isGone(error)) return;
    const { log, telemetry } = this.#options;
    telemetry.unreadable();
    log.limited('WARN', 'unreadable', 60, 'a log file cannot be read', { path, code: errorCode(error) });
  }

  async #scanIfDue(): Promise<void> {
    const now = this.#options.now();
    const since = now - this.#scannedMs;
    if (since < (this.#scanWanted ? SCAN_MS : RESCAN_MS)) return;
    this.#scanWanted = false;
    this.#scannedMs = now;
    const { sources, positions } = this.#options;
    const stored = this.#started ? [] : positions.all();
    const seen = new Set<string>();
    for (const source of sources) {
      const found = await findFiles(source.patterns, source.exclude, (path, error) => this.#unreadable(path, error));
      // Files that were followed before come first: the rest of one may lie in a copy that another pattern finds too.
      found.sort((a, b) => Number(positions.get(b.key) !== undefined) - Number(positions.get(a.key) !== undefined));
      for (const one of found) {
        if (seen.has(one.key)) continue;
        seen.add(one.key);
        await this.#meet(one, source);
      }
    }
    this.#byPath.clear();
    for (const [key, { file }] of this.#files) {
      if (seen.has(key)) this.#byPath.set(file.path, key);
      else if (file.leftMs === 0) {
        file.leftMs = now;
        this.#dirty.add(key);
      }
    }
    if (!this.#started) await this.#findLost(seen, stored);
    this.#started = true;
    const directories = [...this.#files.values()].map(({ file }) => dirname(file.path));
    this.#watcher.set(new Set([...directories, ...sources.flatMap(({ patterns }) => staticDirectories(patterns))]));
  }

  /** A file a pattern found: followed already under this or another name, or new. */
  async #meet(found: FoundFile, source: LogSource): Promise<void> {
    const { positions } = this.#options;
    const entry = this.#files.get(found.key);
    if (entry !== undefined) {
      entry.file.path = found.path;
      entry.file.source = found.source;
      entry.file.leftMs = 0;
      return;
    }
    if (await this.#isCopy(found)) return;
    const stored = this.#started ? undefined : positions.get(found.key);
    const file = await this.#open(found, source, () => stored, source.fromEnd && !this.#started);
    // The inode was used again, or the file was emptied while nobody looked: its rest may lie in a copy.
    if (file !== undefined && stored !== undefined && !file.resumed) await this.#openRemainder(stored, source);
  }

  /** Whether it is a copy somebody makes of a file that is followed, to empty that one then. */
  async #isCopy(found: FoundFile): Promise<boolean> {
    try {
      for (const { file } of this.#files.values()) {
        if (dirname(file.path) !== dirname(found.path) || !basename(found.path).startsWith(stemOf(file.path))) continue;
        if (await file.isCopiedTo(found.path)) return true;
      }
    } catch (error) {
      this.#unreadable(found.path, error);
    }
    return false;
  }

  /** Files that were followed when the agent ended and have other names now, and those that came and went meanwhile. */
  async #findLost(seen: ReadonlySet<string>, stored: readonly FilePosition[]): Promise<void> {
    const { positions, log } = this.#options;
    const newest = new Map<string, FilePosition>();
    for (const position of stored) {
      const other = newest.get(position.source);
      if (other === undefined || other.readMs < position.readMs) newest.set(position.source, position);
      if (seen.has(position.key) || this.#files.has(position.key)) continue;
      const source = this.#sourceOf(position);
      if (source !== undefined && (await this.#openRemainder(position, source))) continue;
      log.debug('a file that was followed is gone', { path: position.path });
      positions.note({ ...position, ended: true });
    }
    for (const position of newest.values()) {
      const source = this.#sourceOf(position);
      if (source === undefined) continue;
      for (const found of await findMissed(position, (key) => this.#files.has(key))) {
        if (await this.#isCopy(found)) continue;
        const file = await this.#open(found, source, () => undefined, false);
        if (file !== undefined) file.leftMs = this.#options.now();
      }
    }
  }

  #sourceOf({ source: path }: FilePosition): LogSource | undefined {
    return this.#options.sources.find(({ patterns }) => patterns.some((pattern) => matchesGlob(path, pattern)));
  }

  #noteChange(path: string): void {
    const key = this.#byPath.get(path);
    if (key === undefined) return;
    this.#dirty.add(key);
    this.#wake.resolve();
  }

  async #idle(): Promise<void> {
    const { spool, now, full } = this.#options;
    const poll = Math.max(0, this.#polledMs + POLL_MS - now());
    const held = [...this.#files.values()].some(({ file }) => file.holds);
    // Blocked files stay marked as changed; what is held is looked at again soon.
    const wait = full() ? SCAN_MS : Math.min(poll, spool.dueInMs, held ? SCAN_MS : POLL_MS);
    await this.#sleep(wait);
    if (held) for (const [key, { file }] of this.#files) if (file.holds) this.#dirty.add(key);
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#stopping) return;
    const timer = setTimeout(() => this.#wake.resolve(), ms);
    await this.#wake.promise;
    clearTimeout(timer);
    this.#wake = Promise.withResolvers();
  }
}
