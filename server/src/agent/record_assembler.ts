import type { ContainerLine } from './container_line.ts';
import type { LineGrouping } from './stack_traces.ts';

/** One log record, complete. `bytes` may change after `emit` returns. */
export interface AssembledRecord {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly stream: string;
  /** Where its first line begins in its file. */
  readonly offset: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** Its length before it was cut, bytes; 0 when it was not. */
  readonly cutFrom: number;
}

export interface AssemblerOptions {
  readonly stream: string;
  /** Undefined: every line is a record. */
  readonly grouping: LineGrouping | undefined;
  /** Longer lines are cut; records of several lines end before they get longer. Bytes. */
  readonly maxBytes: number;
  readonly emit: (record: AssembledRecord) => void;
}

/** Decisions about a line look at this much of it, bytes. */
const LOOKED_AT_BYTES = 1024;
const NEWLINE = Buffer.from('\n');

/** Something begun and not finished: parts of a line, or lines of a record. */
interface Held {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly offset: number;
  readonly pieces: Buffer[];
  /** Bytes in `pieces`, and how many there would be without the limit. */
  bytes: number;
  wholeBytes: number;
  /** When its last piece came, ms. */
  atMs: number;
}

/** Makes records of the lines of one output stream of one file: joins what the runtime split, then what belongs together. */
export class RecordAssembler {
  readonly #options: AssemblerOptions;
  #line: Held | undefined;
  #record: Held | undefined;
  /** Lines behind the record of which the next ones tell whether they belong to it. */
  #undecided: Held[] = [];
  #undecidedBytes = 0;

  constructor(options: AssemblerOptions) {
    this.#options = options;
  }

  /** Where the oldest unfinished line or record begins in the file; undefined when nothing is held. */
  get heldFrom(): number | undefined {
    return this.#record?.offset ?? this.#undecided[0]?.offset ?? this.#line?.offset;
  }

  /** Whether something is held whose last piece came `ageMs` ago or before. */
  isDue(nowMs: number, ageMs: number): boolean {
    const last = Math.max(this.#line?.atMs ?? 0, this.#record?.atMs ?? 0);
    return last !== 0 && nowMs - last >= ageMs;
  }

  /**
   * Takes the next line.
   * @param offset where it begins in the file
   * @param extra bytes at its end that the reader cut off already
   */
  add(line: ContainerLine, source: Buffer, offset: number, nowMs: number, extra = 0): void {
    const bytes = line.body ?? source;
    if (line.partial || this.#line !== undefined) {
      this.#line ??= held(line, offset);
      this.#append(this.#line, bytes.subarray(line.start, line.end), nowMs, extra);
      if (line.partial) return;
      this.#wholeLine();
      return;
    }
    const size = line.end - line.start;
    const kept = Math.min(size, this.#options.maxBytes);
    const record = {
      seconds: line.seconds,
      nanoseconds: line.nanoseconds,
      offset,
      bytes,
      start: line.start,
      end: line.start + kept,
      cutFrom: kept < size || extra > 0 ? size + extra : 0,
    };
    this.#group(record, nowMs);
  }

  /** Passes on what is held as it is. */
  flush(): void {
    if (this.#line !== undefined) this.#wholeLine();
    this.#flushRecord();
  }

  #wholeLine(): void {
    const line = this.#line;
    if (line === undefined) return;
    this.#line = undefined;
    this.#group(finished(line), line.atMs);
  }

  #append(target: Held, piece: Buffer, nowMs: number, extra = 0): void {
    const room = this.#options.maxBytes - target.bytes;
    // The source is used again for the next read.
    if (room > 0) target.pieces.push(Buffer.from(piece.subarray(0, room)));
    target.bytes += Math.min(piece.length, Math.max(0, room));
    target.wholeBytes += piece.length + extra;
    target.atMs = nowMs;
  }

  #group(record: Omit<AssembledRecord, 'stream'>, nowMs: number): void {
    const { grouping, emit, stream, maxBytes } = this.#options;
    if (grouping === undefined) {
      emit({ ...record, stream });
      return;
    }
    const { bytes, start, end } = record;
    const text = bytes.toString('latin1', start, Math.min(end, start + LOOKED_AT_BYTES));
    const verdict = grouping.next(text.endsWith('\r') ? text.slice(0, -1) : text);
    const open = this.#record;
    if (open !== undefined && open.bytes + this.#undecidedBytes + end - start + 1 <= maxBytes) {
      if (verdict === 'undecided' && record.cutFrom === 0) {
        this.#hold(record, open, nowMs);
        return;
      }
      if (verdict === 'continues') {
        this.#joinUndecided(open, nowMs);
        this.#append(open, NEWLINE, nowMs);
        this.#append(open, bytes.subarray(start, end), nowMs);
        return;
      }
    }
    this.#flushRecord(false);
    if (verdict === 'alone' || verdict === 'undecided' || record.cutFrom > 0) {
      emit({ ...record, stream });
      return;
    }
    this.#record = held(record, record.offset);
    this.#append(this.#record, bytes.subarray(start, end), nowMs);
  }

  #hold(record: Omit<AssembledRecord, 'stream'>, open: Held, nowMs: number): void {
    const line = held(record, record.offset);
    this.#append(line, record.bytes.subarray(record.start, record.end), nowMs);
    this.#undecided.push(line);
    this.#undecidedBytes += line.bytes + 1;
    open.atMs = nowMs;
  }

  #joinUndecided(open: Held, nowMs: number): void {
    for (const { pieces, bytes } of this.#undecided) {
      this.#append(open, NEWLINE, nowMs);
      this.#append(open, Buffer.concat(pieces, bytes), nowMs);
    }
    this.#undecided = [];
    this.#undecidedBytes = 0;
  }

  #flushRecord(reset = true): void {
    const { emit, stream, grouping } = this.#options;
    const open = this.#record;
    if (reset) grouping?.reset();
    if (open === undefined) return;
    this.#record = undefined;
    emit({ ...finished(open), stream });
    this.#undecidedBytes = 0;
    for (let line = this.#undecided.shift(); line !== undefined; line = this.#undecided.shift())
      emit({ ...finished(line), stream });
  }
}

function held({ seconds, nanoseconds }: Pick<ContainerLine, 'seconds' | 'nanoseconds'>, offset: number): Held {
  return { seconds, nanoseconds, offset, pieces: [], bytes: 0, wholeBytes: 0, atMs: 0 };
}

function finished({ seconds, nanoseconds, offset, pieces, bytes, wholeBytes }: Held): Omit<AssembledRecord, 'stream'> {
  const [only] = pieces;
  const body = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, bytes);
  return {
    seconds,
    nanoseconds,
    offset,
    bytes: body,
    start: 0,
    end: body.length,
    cutFrom: wholeBytes > bytes ? wholeBytes : 0,
  };
}
