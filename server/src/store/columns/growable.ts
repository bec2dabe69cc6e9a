import { randomInt } from 'node:crypto';
import type { DictionaryColumn, NumberColumn, StringColumn } from '../native/columns.ts';

/**
 * Growable columns that decoders write bytes into: no string and no object per record. Finished columns are views into
 * the builder's memory, valid until the builder is written again.
 */

const utf8 = new TextEncoder();
/** Up to this many bytes a loop is faster than a call (Buffer's copy makes no view, so it beats `set` above). */
const LOOP_COPY_BYTES = 24;
const bufferCopy = Buffer.prototype.copy;

/** Copies source[start, end) to target at `at`; the target must be large enough. */
export function copyBytes(target: Uint8Array, at: number, source: Uint8Array, start: number, end: number): void {
  if (end - start <= LOOP_COPY_BYTES) {
    for (let i = start, j = at; i < end; i++, j++) target[j] = source[i] as number;
  } else bufferCopy.call(source, target, at, start, end);
}

function grown(size: number, needed: number): number {
  let next = size * 2;
  while (next < needed) next *= 2;
  return next;
}

function grownWords(words: Uint32Array<ArrayBuffer>, needed: number): Uint32Array<ArrayBuffer> {
  if (needed <= words.length) return words;
  const next = new Uint32Array(grown(words.length, needed));
  next.set(words);
  return next;
}

/** A String column. Writers that produce bytes themselves call `reserve`, write at `length`, advance it, and `endRow`. */
export class TextBuilder {
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;
  rows = 0;
  private offsets: Uint32Array<ArrayBuffer>;

  constructor(bytes = 1024, rows = 64) {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(bytes, 16));
    this.offsets = new Uint32Array(rows + 1);
  }

  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const next = Buffer.allocUnsafeSlow(grown(this.bytes.length, this.length + count));
    next.set(this.bytes.subarray(0, this.length));
    this.bytes = next;
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

/** Random per process, so that a sender cannot choose keys that all fall into one slot. */
const HASH_SEED = randomInt(1, 0x7fff_ffff);

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_SEED;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x0100_0193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b_3c6d);
  return hash ^ (hash >>> 13);
}

/** Distinct byte strings, numbered in order of first appearance. */
export class KeyTable {
  readonly keys: TextBuilder;
  private slots: Int32Array;
  private hashes: Int32Array;

  constructor() {
    this.keys = new TextBuilder(512, 32);
    this.slots = new Int32Array(64).fill(-1);
    this.hashes = new Int32Array(32);
  }

  get size(): number {
    return this.keys.rows;
  }

  clear(): void {
    this.keys.clear();
    this.slots.fill(-1);
  }

  equals(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { keys } = this;
    const from = keys.start(index);
    const length = end - start;
    if (keys.start(index + 1) - from !== length) return false;
    const known = keys.bytes;
    for (let i = 0; i < length; i++) if (known[from + i] !== bytes[start + i]) return false;
    return true;
  }

  indexOf(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const index = this.slots[slot] as number;
      if (index < 0) return this.insert(slot, hash, bytes, start, end);
      if (this.hashes[index] === hash && this.equals(index, bytes, start, end)) return index;
      slot = (slot + 1) & mask;
    }
  }

  private insert(slot: number, hash: number, bytes: Uint8Array, start: number, end: number): number {
    const index = this.keys.rows;
    this.keys.append(bytes, start, end);
    this.slots[slot] = index;
    if (index >= this.hashes.length) {
      const next = new Int32Array(this.hashes.length * 2);
      next.set(this.hashes);
      this.hashes = next;
    }
    this.hashes[index] = hash;
    if ((index + 1) * 2 > this.slots.length) this.rehash();
    return index;
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let index = 0; index < this.keys.rows; index++) {
      let slot = (this.hashes[index] as number) & mask;
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask;
      slots[slot] = index;
    }
    this.slots = slots;
  }
}

const NO_BYTES = new Uint8Array(0);

/** A LowCardinality(String) column. */
export class DictionaryBuilder {
  readonly table = new KeyTable();
  rows = 0;
  private indexes: Uint32Array<ArrayBuffer>;

  constructor(rows = 64) {
    this.indexes = new Uint32Array(rows);
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    const { rows, table } = this;
    if (rows > 0) {
      // Neighbours are mostly alike.
      const previous = this.indexes[rows - 1] as number;
      if (table.equals(previous, bytes, start, end)) {
        this.appendIndex(previous);
        return;
      }
    }
    this.appendIndex(table.indexOf(bytes, start, end));
  }

  appendText(text: string): void {
    const bytes = utf8.encode(text);
    this.append(bytes, 0, bytes.length);
  }

  /** Appends a value by its number in `table`. */
  appendIndex(index: number): void {
    if (this.rows >= this.indexes.length) this.indexes = grownWords(this.indexes, this.rows + 1);
    this.indexes[this.rows++] = index;
  }

  index(row: number): number {
    return this.indexes[row] as number;
  }

  /** Forgets the rows and the words; the memory is used again. */
  clear(): void {
    this.rows = 0;
    this.table.clear();
  }

  /** Appends empty words until there are `rows` rows. */
  fill(rows: number): void {
    if (this.rows >= rows) return;
    const empty = this.table.indexOf(NO_BYTES, 0, 0);
    this.indexes = grownWords(this.indexes, rows);
    this.indexes.fill(empty, this.rows, rows);
    this.rows = rows;
  }

  get capacity(): number {
    return this.indexes.byteLength + this.table.keys.capacity;
  }

  /** Appends rows [from, to) of itself once more. */
  repeat(from: number, to: number): void {
    this.indexes = grownWords(this.indexes, this.rows + (to - from));
    const { indexes } = this;
    for (let row = from; row < to; row++) indexes[this.rows++] = indexes[row] as number;
  }

  column(): DictionaryColumn {
    return { kind: 'dictionary', keys: this.table.keys.column(), indexes: this.indexes.subarray(0, this.rows) };
  }
}

/** A 64-bit column kept as low and high halves. */
export class Uint64Builder {
  rows = 0;
  private words: Uint32Array<ArrayBuffer>;

  constructor(rows = 64) {
    this.words = new Uint32Array(rows * 2);
  }

  append(low: number, high: number): void {
    const at = this.rows * 2;
    if (at >= this.words.length) this.words = grownWords(this.words, at + 2);
    this.words[at] = low;
    this.words[at + 1] = high;
    this.rows++;
  }

  clear(): void {
    this.rows = 0;
  }

  get capacity(): number {
    return this.words.byteLength;
  }

  column(): NumberColumn {
    return { kind: 'number', values: this.words.subarray(0, this.rows * 2) };
  }
}

/** A column of 32-bit numbers, or the cumulative offsets of an Array or Map column. */
export class Uint32Builder {
  rows = 0;
  private words: Uint32Array<ArrayBuffer>;

  constructor(rows = 64) {
    this.words = new Uint32Array(rows);
  }

  append(value: number): void {
    if (this.rows >= this.words.length) this.words = grownWords(this.words, this.rows + 1);
    this.words[this.rows++] = value;
  }

  at(row: number): number {
    return this.words[row] as number;
  }

  values(): Uint32Array<ArrayBuffer> {
    return this.words.subarray(0, this.rows);
  }

  /** Appends `value` until there are `rows`. */
  fill(rows: number, value: number): void {
    while (this.rows < rows) this.append(value);
  }

  clear(): void {
    this.rows = 0;
  }

  get capacity(): number {
    return this.words.byteLength;
  }

  column(): NumberColumn {
    return { kind: 'number', values: this.values() };
  }
}

export class Uint8Builder {
  rows = 0;
  private bytes: Uint8Array<ArrayBuffer>;

  constructor(rows = 64) {
    this.bytes = new Uint8Array(rows);
  }

  append(value: number): void {
    if (this.rows >= this.bytes.length) {
      const next = new Uint8Array(this.bytes.length * 2);
      next.set(this.bytes);
      this.bytes = next;
    }
    this.bytes[this.rows++] = value;
  }

  /** Appends zeros until there are `rows`. */
  fill(rows: number): void {
    while (this.rows < rows) this.append(0);
  }

  clear(): void {
    this.rows = 0;
  }

  get capacity(): number {
    return this.bytes.byteLength;
  }

  column(): NumberColumn {
    return { kind: 'number', values: this.bytes.subarray(0, this.rows) };
  }
}
