import type { TextEdit } from '../../model/stages.ts';
import type { StringColumn } from '../native/columns.ts';

const utf8 = new TextEncoder();
/** Up to this many bytes a loop is faster than a call (Buffer's copy makes no view, so it beats `set` above). */
const LOOP_COPY_BYTES = 24;
const bufferCopy = Buffer.prototype.copy;

/** Copies source[start, end) to target at `at`; the target must be large enough. */
function copyBytes(target: Uint8Array, at: number, source: Uint8Array, start: number, end: number): void {
  if (end - start <= LOOP_COPY_BYTES) {
    for (let i = start, j = at; i < end; i++, j++) target[j] = source[i] as number;
  } else bufferCopy.call(source, target, at, start, end);
}

function grown(size: number, needed: number): number {
  let next = size * 2;
  while (next < needed) next *= 2;
  return next;
}

/** By how many bytes an edit makes its row longer. */
function growthOf({ start, end, replacement }: TextEdit): number {
  return replacement.length - (end - start);
}

/** The words, or a larger copy when `needed` does not fit. */
export function grownWords(words: Uint32Array<ArrayBuffer>, needed: number): Uint32Array<ArrayBuffer> {
  if (needed <= words.length) return words;
  const next = new Uint32Array(grown(words.length, needed));
  next.set(words);
  return next;
}

/** A String column. Writers that produce bytes themselves call `reserve`, write at `length`, advance it, and `endRow`. */
export class TextBuilder {
  bytes: Uint8Array<ArrayBuffer>;
  /** Of `bytes`. */
  view: DataView;
  length = 0;
  rows = 0;
  private offsets: Uint32Array<ArrayBuffer>;

  constructor(bytes = 1024, rows = 64) {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(bytes, 16));
    this.view = new DataView(this.bytes.buffer);
    this.offsets = new Uint32Array(rows + 1);
  }

  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const next = Buffer.allocUnsafeSlow(grown(this.bytes.length, this.length + count));
    next.set(this.bytes.subarray(0, this.length));
    this.bytes = next;
    this.view = new DataView(next.buffer);
  }

  /** Adds bytes to the row being written. */
  write(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    copyBytes(this.bytes, this.length, source, start, end);
    this.length += end - start;
  }

  /** Adds text to the row being written. */
  writeText(text: string): void {
    this.reserve(text.length * 3);
    this.length += utf8.encodeInto(text, this.bytes.subarray(this.length)).written;
  }

  writeByte(byte: number): void {
    this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  endRow(): void {
    this.rows++;
    if (this.rows >= this.offsets.length) this.offsets = grownWords(this.offsets, this.rows + 1);
    this.offsets[this.rows] = this.length;
  }

  append(source: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (size > 0) {
      if (this.length + size > this.bytes.length) this.reserve(size);
      copyBytes(this.bytes, this.length, source, start, end);
      this.length += size;
    }
    this.endRow();
  }

  appendView(source: DataView, start: number, end: number): void {
    const size = end - start;
    this.reserve(size);
    const { bytes, length } = this;
    if (size <= LOOP_COPY_BYTES) for (let i = 0; i < size; i++) bytes[length + i] = source.getUint8(start + i);
    else bytes.set(new Uint8Array(source.buffer, source.byteOffset + start, size), length);
    this.length = length + size;
    this.endRow();
  }

  appendText(text: string): void {
    if (text !== '') this.writeText(text);
    this.endRow();
  }

  /** Forgets everything written; the memory is used again. */
  clear(): void {
    this.length = 0;
    this.rows = 0;
  }

  /** Appends empty rows until there are `rows`. */
  fill(rows: number): void {
    while (this.rows < rows) this.endRow();
  }

  /** Memory held, in bytes. */
  get capacity(): number {
    return this.bytes.length + this.offsets.byteLength;
  }

  /** Where row `row` begins in `bytes`; `start(rows)` is the end of the last one. */
  start(row: number): number {
    return this.offsets[row] as number;
  }

  /** Appends rows [from, to) of itself once more. */
  repeat(from: number, to: number): void {
    const begin = this.start(from);
    const size = this.start(to) - begin;
    this.reserve(size);
    this.bytes.copyWithin(this.length, begin, begin + size);
    this.offsets = grownWords(this.offsets, this.rows + (to - from) + 1);
    const { offsets } = this;
    const shift = this.length - begin;
    for (let row = from; row < to; row++) offsets[++this.rows] = (offsets[row + 1] as number) + shift;
    this.length += size;
  }

  /** Replaces ranges: in ascending order, none overlapping another, each within one row. */
  splice(edits: readonly TextEdit[]): void {
    const growth = edits.reduce((sum, edit) => sum + growthOf(edit), 0);
    const target = Buffer.allocUnsafeSlow(Math.max(16, this.length + growth));
    let copied = 0;
    let at = 0;
    for (const { start, end, replacement } of edits) {
      bufferCopy.call(this.bytes, target, at, copied, start);
      at += start - copied;
      target.set(replacement, at);
      at += replacement.length;
      copied = end;
    }
    bufferCopy.call(this.bytes, target, at, copied, this.length);
    let shift = 0;
    let next = 0;
    for (let row = 1; row <= this.rows; row++) {
      const end = this.start(row);
      for (let edit = edits[next]; edit !== undefined && edit.start < end; edit = edits[++next])
        shift += growthOf(edit);
      this.offsets[row] = end + shift;
    }
    this.bytes = target;
    this.view = new DataView(target.buffer);
    this.length += growth;
  }

  /** Drops the rows whose byte in `kept` is 0. */
  keepRows(kept: Uint8Array): void {
    const { bytes, offsets } = this;
    let rows = 0;
    let length = 0;
    for (let row = 0; row < this.rows; row++) {
      if (kept[row] === 0) continue;
      const start = offsets[row] as number;
      const end = offsets[row + 1] as number;
      if (start !== length) bytes.copyWithin(length, start, end);
      length += end - start;
      offsets[++rows] = length;
    }
    this.rows = rows;
    this.length = length;
  }

  /** Whether all texts are empty. */
  get isBlank(): boolean {
    return this.length === 0;
  }

  text(row: number): string {
    return Buffer.from(this.bytes.buffer, this.start(row), this.start(row + 1) - this.start(row)).toString('utf8');
  }

  column(): StringColumn {
    return {
      kind: 'string',
      bytes: this.bytes.subarray(0, this.length),
      offsets: this.offsets.subarray(0, this.rows + 1),
    };
  }
}
