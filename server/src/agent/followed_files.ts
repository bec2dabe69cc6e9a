import { basename, dirname, matchesGlob } from 'node:path';
import { errorCode } from '../base/files.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { Fingerprint } from './file_identity.ts';
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
import type { FilePosition, Positions } from './positions.ts';
import type { AssembledRecord } from './record_assembler.ts';
import type { TailTelemetry } from './tail_telemetry.ts';
import { TailedFile } from './tailed_file.ts';

export interface FollowedFilesOptions {
  readonly sources: readonly LogSource[];
  readonly positions: Positions;
  readonly maxLineBytes: number;
  readonly now: () => number;
  readonly log: Logger;
  readonly telemetry: TailTelemetry;
  readonly emit: (file: TailedFile, record: AssembledRecord) => void;
  /** A file is new, or is let go of: where it is has to be kept. */
  readonly touch: (file: TailedFile | FilePosition) => void;
}

/** A file that was renamed or removed is let go when it was quiet for this long, ms (Fluent Bit: Rotate_Wait). */
const ROTATE_WAIT_MS = 5_000;

/** Former files of a place that are remembered. */
const MAX_FORMER = 8;

/** A file with the source it belongs to. */
export interface Followed {
  readonly file: TailedFile;
  readonly source: LogSource;
}

/** The files that are followed: found by their patterns, kept through renaming, copying and emptying, let go at their end. */
export class FollowedFiles {
  readonly #options: FollowedFilesOptions;
  readonly #files = new Map<string, Followed>();
  /** Keys by path, of files that are where a pattern found them. */
  readonly #byPath = new Map<string, string>();
  /** Keys of files nobody has read from since they were opened or lost their place. */
  readonly #fresh = new Set<string>();
  #started = false;

  constructor(options: FollowedFilesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#files.size;
  }

  get(key: string): Followed | undefined {
    return this.#files.get(key);
  }

  keys(): Iterable<string> {
    return this.#files.keys();
  }

  all(): TailedFile[] {
    return [...this.#files.values()].map(({ file }) => file);
  }

  keyOf(path: string): string | undefined {
    return this.#byPath.get(path);
  }

  /** Keys of files that are new to the reader; asked once. */
  takeFresh(): string[] {
    const keys = [...this.#fresh];
    this.#fresh.clear();
    return keys;
  }

  /** Looks for files. @returns the directories in which something may happen */
  async scan(): Promise<ReadonlySet<string>> {
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
    await this.#noteLeft(seen);
    if (!this.#started) await this.#findLost(seen, stored);
    this.#started = true;
    const directories = this.all().map(({ path }) => dirname(path));
    return new Set([...directories, ...sources.flatMap(({ patterns }) => staticDirectories(patterns))]);
  }

  /** Lets go of a file without a place that has been quiet for long enough. */
  async letGo(file: TailedFile): Promise<void> {
    const { now, touch, telemetry } = this.#options;
    if (now() - Math.max(file.grewMs, file.leftMs) < ROTATE_WAIT_MS) return;
    file.finish();
    touch({ ...file.position(), ended: true });
    this.#files.delete(file.key);
    await file.close();
    telemetry.ended();
  }

  /** The file was emptied or written anew: the rest of what it held may be in a copy; then it begins again. */
  async replaceTruncated({ file, source }: Followed): Promise<void> {
    const { log, telemetry } = this.#options;
    telemetry.truncated();
    const position = file.position();
    if (!(await this.#openRemainder(position, source))) {
      // What was read of it is all there is.
      file.finish();
      log.info('a log file was truncated', { path: file.path });
    }
    await this.#open({ key: file.key, source: file.source, path: file.path, size: 0 }, source, undefined, false);
    await file.close();
    await this.#openMissed([position], source);
  }

  /** An empty file was written to: other content may have come and gone before, copied away by now. */
  async begun({ file, source }: Followed): Promise<void> {
    await this.#openMissed([file.position()], source);
  }

  async close(): Promise<void> {
    await Promise.all(this.all().map((file) => file.close()));
    this.#files.clear();
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
    // What was copied away before its file was emptied has been read; it is followed all the same, from its end.
    const isRead = this.#started && (await this.#isFormerCopy(found));
    const file = await this.#open(found, source, stored, isRead || (source.fromEnd && !this.#started));
    // The inode was used again, or the file was emptied while nobody looked: its rest may lie in a copy.
    if (file !== undefined && stored !== undefined && !file.resumed) await this.#openRemainder(stored, source);
    const before = this.all().filter((other) => other !== file && other.source === found.source);
    if (this.#started)
      await this.#openMissed(
        before.map((other) => other.position()),
        source,
      );
  }

  /** Files that are not where they were: they are read to their end. What took their place may be gone already, too. */
  async #noteLeft(seen: ReadonlySet<string>): Promise<void> {
    this.#byPath.clear();
    for (const [key, { file, source }] of [...this.#files]) {
      if (seen.has(key)) {
        this.#byPath.set(file.path, key);
        continue;
      }
      if (file.leftMs > 0) continue;
      file.leftMs = this.#options.now();
      this.#fresh.add(key);
      await this.#openMissed([file.position()], source);
    }
  }

  /** Files that were followed when the agent ended and have other names now, and those that came and went meanwhile. */
  async #findLost(seen: ReadonlySet<string>, stored: readonly FilePosition[]): Promise<void> {
    const { positions, log } = this.#options;
    const bySource = new Map<string, FilePosition[]>();
    for (const position of stored) {
      bySource.set(position.source, [...(bySource.get(position.source) ?? []), position]);
      if (seen.has(position.key) || this.#files.has(position.key)) continue;
      const source = this.#sourceOf(position);
      if (source !== undefined && (await this.#openRemainder(position, source))) continue;
      log.debug('a file that was followed is gone', { path: position.path });
      positions.note({ ...position, ended: true });
    }
    for (const known of bySource.values()) {
      const source = this.#sourceOf(known[0] as FilePosition);
      if (source !== undefined) await this.#openMissed(known, source);
    }
  }

  /** Goes on with the rest of a file that was renamed, or copied and emptied. @returns whether there is any */
  async #openRemainder(position: FilePosition, source: LogSource): Promise<boolean> {
    const rest = await findRemainder(position, (key) => this.#files.has(key));
    if (rest === undefined) return false;
    const file = await this.#open(rest, source, position, false);
    if (file !== undefined) file.leftMs = this.#options.now();
    return file !== undefined;
  }

  /** @param known all that is known of files with this name */
  async #openMissed(known: readonly FilePosition[], source: LogSource): Promise<void> {
    for (const found of await findMissed(known, (key) => this.#files.has(key))) {
      if (await this.#isCopy(found)) continue;
      const file = await this.#open(found, source, undefined, false);
      if (file !== undefined) file.leftMs = this.#options.now();
    }
  }

  async #open(
    found: FoundFile,
    source: LogSource,
    position: FilePosition | undefined,
    fromEnd: boolean,
  ): Promise<TailedFile | undefined> {
    const { maxLineBytes, now, emit, touch, positions, telemetry } = this.#options;
    const { format } = source;
    try {
      const former = this.#formerOf(found);
      const options = { source: found.source, path: found.path, former, format, maxLineBytes, now, emit };
      const file = await TailedFile.open(options, position, fromEnd);
      file.origin = source.originOf(found.source, found.path);
      this.#files.set(file.key, { file, source });
      this.#fresh.add(file.key);
      touch(file);
      positions.begin(file.position());
      telemetry.opened();
      return file;
    } catch (error) {
      this.#unreadable(found.path, error);
      return undefined;
    }
  }

  /** How the files began that a file takes the place of: copies of them hold nothing new. */
  #formerOf({ source }: FoundFile): Fingerprint[] {
    const before = this.all().filter((file) => file.source === source);
    const fingerprints = before.flatMap((file) => {
      const { fingerprint, former } = file.position();
      return [fingerprint, ...former];
    });
    const known = new Map(fingerprints.filter(({ bytes }) => bytes > 0).map((one) => [one.hash, one]));
    return [...known.values()].slice(0, MAX_FORMER);
  }

  /** Whether it is a copy somebody makes of a file that is followed, to empty that one then. */
  #isCopy(found: FoundFile): Promise<boolean> {
    return this.#isNamedAfter(found, (file) => file.isCopiedTo(found.path));
  }

  /** Whether it is a copy of what a followed file held before it was emptied. */
  #isFormerCopy(found: FoundFile): Promise<boolean> {
    return this.#isNamedAfter(found, (file) => file.isFormerCopiedTo(found.path));
  }

  /** Whether a file it is beside of and named after is the one that is meant. */
  async #isNamedAfter(found: FoundFile, isMeant: (file: TailedFile) => Promise<boolean>): Promise<boolean> {
    try {
      for (const file of this.all()) {
        if (dirname(file.path) !== dirname(found.path) || !basename(found.path).startsWith(stemOf(file.path))) continue;
        if (await isMeant(file)) return true;
      }
    } catch (error) {
      this.#unreadable(found.path, error);
    }
    return false;
  }

  #sourceOf({ source: path }: FilePosition): LogSource | undefined {
    return this.#options.sources.find(({ patterns }) => patterns.some((pattern) => matchesGlob(path, pattern)));
  }

  #unreadable(path: string, error: unknown): void {
    if (isGone(error)) return;
    const { log, telemetry } = this.#options;
    telemetry.unreadable();
    log.limited('WARN', 'unreadable', 60, 'a log file cannot be read', { path, code: errorCode(error) });
  }
}
