import { type FileHandle, open, stat } from 'node:fs/promises';
import { type ContainerLine, newContainerLine, readContainerLine } from './container_line.ts';
import { beginsWith, canGrow, type Fingerprint, inodeKey, isCopy, takeFingerprint } from './file_identity.ts';
import type { FileOrigin, LineFormat } from './log_source.ts';
import { type FilePosition, resumeOffset } from './positions.ts';
import { type AssembledRecord, RecordAssembler } from './record_assembler.ts';

export interface TailedFileOptions {
  /** Its path as the pattern found it. */
  readonly source: string;
  /** Its path with symbolic links resolved. */
  readonly path: string;
  readonly format: LineFormat;
  readonly maxLineBytes: number;
  /** How the files began that had its place before, unless a stored position says. */
  readonly former: readonly Fingerprint[];
  /** Time of lines that have none of their own, ms since the epoch. */
  readonly now: () => number;
  readonly emit: (file: TailedFile, record: AssembledRecord) => void;
}

/**
 * What a turn of reading met. `truncated`: the file is not what it was, it was cut off or written anew. `begun`: a file
 * that had nothing in it has something, or had in between; nothing was read yet.
 */
export type ReadResult = 'more' | 'end' | 'truncated' | 'begun';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** Plain files have one stream, which has no name. */
const STREAM_OF_PLAIN_FILES = '';

/** A file that is followed to its end and on, whatever it is called meanwhile. */
export class TailedFile {
  readonly options: TailedFileOptions;
  readonly key: string;
  path: string;
  source: string;
  /** Reading went on where it had ended before. */
  readonly resumed: boolean;
  /** Who writes it; set before it is read. */
  origin: FileOrigin | undefined;
  /** When its name began to mean another file (or nothing), ms; 0 while it is where it was. */
  leftMs = 0;
  /** When it last grew, and when it was opened, ms. */
  grewMs: number;
  readonly #openedMs: number;
  readonly #handle: FileHandle;
  #fingerprint: Fingerprint;
  /** Where the next read begins. */
  #offset: number;
  #size = 0;
  /** Modification time when something was last read, or when it was opened, ms. */
  #modifiedMs: number;
  /** The same when it was last seen without content. */
  #emptySinceMs: number;
  /** Where the line begins that has no end yet, its bytes up to the limit, and how many more there were. */
  #lineOffset: number;
  #carry: Buffer[] = [];
  #carryBytes = 0;
  #carryDropped = 0;
  readonly #former: readonly Fingerprint[];
  readonly #marks: Map<string, number>;
  readonly #assemblers = new Map<string, RecordAssembler>();
  readonly #decoder: TextDecoder | undefined;
  readonly #line = newContainerLine();
  #lastNanos = 0n;

  private constructor(
    options: TailedFileOptions,
    handle: FileHandle,
    key: string,
    fingerprint: Fingerprint,
    position: FilePosition | undefined,
    offset: number,
    modifiedMs: number,
  ) {
    this.options = options;
    this.key = key;
    this.path = options.path;
    this.source = options.source;
    this.#handle = handle;
    this.#fingerprint = fingerprint;
    this.resumed = position !== undefined;
    this.#former = position?.former ?? options.former;
    this.#marks = new Map(Object.entries(position?.marks ?? {}));
    this.#offset = offset;
    this.#lineOffset = offset;
    this.#modifiedMs = modifiedMs;
    this.#emptySinceMs = modifiedMs;
    this.grewMs = options.now();
    this.#openedMs = this.grewMs;
    const { encoding } = options.format;
    this.#decoder = encoding === undefined ? undefined : new TextDecoder(encoding);
  }

  /**
   * Opens a file.
   * @param stored where reading goes on, if the file begins as it did then
   * @param fromEnd without `stored`: begin at its end
   */
  static async open(
    options: TailedFileOptions,
    stored: FilePosition | undefined,
    fromEnd: boolean,
  ): Promise<TailedFile> {
    const handle = await open(options.path, 'r');
    try {
      const stat = await handle.stat();
      const key = inodeKey(stat);
      const same = stored !== undefined && (await beginsWith(handle, stored.fingerprint));
      const position = same && resumeOffset(stored) <= stat.size ? stored : undefined;
      const offset =
        position === undefined ? (fromEnd && stored === undefined ? stat.size : 0) : resumeOffset(position);
      return new TailedFile(options, handle, key, await takeFingerprint(handle), position, offset, stat.mtimeMs);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Bytes of the file that were not read when it was last looked at. */
  get behindBytes(): number {
    return Math.max(0, this.#size - this.#offset);
  }

  /** Where it is, for the queue: everything before is in records that were emitted. */
  position(): FilePosition {
    const marks: Record<string, number> = Object.create(null);
    for (const [stream, mark] of this.#marks) marks[stream] = Math.max(mark, this.#markOf(stream));
    for (const stream of this.#assemblers.keys()) marks[stream] = Math.max(marks[stream] ?? 0, this.#markOf(stream));
    if (Object.keys(marks).length === 0) marks[this.#plainStream()] = this.#lineOffset;
    const { key, path, source } = this;
    return {
      key,
      path,
      source,
      fingerprint: this.#fingerprint,
      former: [...this.#former],
      marks,
      modifiedMs: this.#modifiedMs,
    };
  }

  /** Reads once into `chunk` and emits what is complete. */
  async read(chunk: Buffer): Promise<ReadResult> {
    const { size, mtimeMs } = await this.#handle.stat();
    this.#size = size;
    if (this.#fingerprint.bytes === 0 && mtimeMs !== this.#emptySinceMs) {
      this.#emptySinceMs = mtimeMs;
      this.#fingerprint = await takeFingerprint(this.#handle);
      return 'begun';
    }
    if (size < this.#offset || !(await beginsWith(this.#handle, this.#fingerprint))) return 'truncated';
    if (size === this.#offset) return 'end';
    this.#modifiedMs = mtimeMs;
    if (canGrow(this.#fingerprint)) this.#fingerprint = await takeFingerprint(this.#handle);
    const { bytesRead } = await this.#handle.read(chunk, 0, chunk.length, this.#offset);
    if (bytesRead === 0) return 'end';
    this.grewMs = this.options.now();
    this.#offset += bytesRead;
    this.#split(chunk.subarray(0, bytesRead));
    return this.#offset < size ? 'more' : 'end';
  }

  /** Whether another file is a copy of it: of what it holds, or of what it held before it was emptied. */
  async isCopiedTo(path: string): Promise<boolean> {
    const { size } = await this.#handle.stat();
    const emptied = size < this.#offset || !(await beginsWith(this.#handle, this.#fingerprint));
    return await isCopy(path, this.#fingerprint, emptied ? undefined : this.#handle);
  }

  /**
   * Whether another file is a copy of what stood in its place before it: one that has not changed since this one was
   * opened and begins alike. Of what was short all has to be alike.
   */
  async isFormerCopiedTo(path: string): Promise<boolean> {
    const { size, mtimeMs } = await stat(path);
    if (mtimeMs > this.#openedMs) return false;
    for (const one of this.#former) {
      if ((!canGrow(one) || one.bytes === size) && (await isCopy(path, one, undefined))) return true;
    }
    return false;
  }

  /** Passes on records whose last line came `ageMs` ago. Only right when all there is was read. */
  flushDue(ageMs: number): void {
    const now = this.options.now();
    for (const assembler of this.#assemblers.values()) if (assembler.isDue(now, ageMs)) assembler.flush();
  }

  /** Nothing more will come: passes on all that is held, an unfinished last line too. */
  finish(): void {
    if (this.#carryBytes > 0) this.#endLine(Buffer.alloc(0), this.#offset);
    for (const assembler of this.#assemblers.values()) assembler.flush();
  }

  /** Whether anything waits for more lines. */
  get holds(): boolean {
    return [...this.#assemblers.values()].some(({ heldFrom }) => heldFrom !== undefined);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  #plainStream(): string {
    return this.options.format.container ? 'stdout' : STREAM_OF_PLAIN_FILES;
  }

  #markOf(stream: string): number {
    return this.#assemblers.get(stream)?.heldFrom ?? this.#lineOffset;
  }

  #split(bytes: Buffer): void {
    let at = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, at);
      if (end < 0) break;
      const next = this.#offset - bytes.length + end + 1;
      if (this.#carryBytes > 0 || this.#carryDropped > 0) this.#endLine(bytes.subarray(at, end), next);
      else this.#take(bytes, at, end, 0, next);
      at = end + 1;
    }
    if (at < bytes.length) this.#carryOn(bytes.subarray(at));
  }

  #carryOn(bytes: Buffer): void {
    const room = Math.max(0, this.options.maxLineBytes - this.#carryBytes);
    // The chunk is used again for the next read.
    if (room > 0) this.#carry.push(Buffer.from(bytes.subarray(0, room)));
    this.#carryBytes += Math.min(room, bytes.length);
    this.#carryDropped += Math.max(0, bytes.length - room);
  }

  #endLine(rest: Buffer, next: number): void {
    this.#carryOn(rest);
    const line = Buffer.concat(this.#carry, this.#carryBytes);
    const dropped = this.#carryDropped;
    this.#carry = [];
    this.#carryBytes = 0;
    this.#carryDropped = 0;
    this.#take(line, 0, line.length, dropped, next);
  }

  /** One line of the file, without its newline; `next` is where the following one begins. */
  #take(bytes: Buffer, start: number, end: number, dropped: number, next: number): void {
    const { container } = this.options.format;
    const line = this.#line;
    const offset = this.#lineOffset;
    if (container) readContainerLine(bytes, start, end, line);
    else this.#readPlain(bytes, start, end, line);
    this.#lineOffset = next;
    const stream = container ? line.stream : STREAM_OF_PLAIN_FILES;
    if (offset < (this.#marks.get(stream) ?? 0)) return;
    if (line.seconds < 0) this.#setTime(line);
    this.#assembler(stream).add(line, bytes, offset, this.options.now(), dropped);
  }

  #readPlain(bytes: Buffer, start: number, end: number, line: ContainerLine): void {
    line.seconds = -1;
    line.partial = false;
    line.body = undefined;
    line.start = start;
    line.end = end > start && bytes[end - 1] === RETURN ? end - 1 : end;
    if (this.#decoder === undefined) return;
    line.body = Buffer.from(this.#decoder.decode(bytes.subarray(start, line.end)));
    line.start = 0;
    line.end = line.body.length;
  }

  /** The time a line was read, later than that of the line before it. */
  #setTime(line: ContainerLine): void {
    const now = BigInt(Math.floor(this.options.now())) * 1_000_000n;
    this.#lastNanos = now > this.#lastNanos ? now : this.#lastNanos + 1n;
    line.seconds = Number(this.#lastNanos / 1_000_000_000n);
    line.nanoseconds = Number(this.#lastNanos % 1_000_000_000n);
  }

  #assembler(stream: string): RecordAssembler {
    let assembler = this.#assemblers.get(stream);
    if (assembler === undefined) {
      assembler = new RecordAssembler({
        stream,
        grouping: this.options.format.grouping?.(),
        maxBytes: this.options.maxLineBytes,
        emit: (record) => this.options.emit(this, record),
      });
      this.#assemblers.set(stream, assembler);
    }
    return assembler;
  }
}
