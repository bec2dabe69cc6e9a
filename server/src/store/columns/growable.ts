import { viewOfBytes } from '../../base/byte_strings.ts';
import { nanosToMs } from '../../model/nanoseconds.ts';
import type { DictionaryColumn, NumberColumn } from '../native/columns.ts';
import { KeyTable } from './key_table.ts';
import { grownWords, type TextBuilder } from './text_builder.ts';

/**
 * Growable columns that decoders write bytes into: no string and no object per record. Finished columns are views into
 * the builder's memory, valid until the builder is written again.
 */

const utf8 = new TextEncoder();
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
    this.appendView(viewOfBytes(bytes), start, end);
  }

  /** Appends everything written into `text` as one word. */
  appendAll({ view, length }: TextBuilder): void {
    this.appendView(view, 0, length);
  }

  /** As {@link append}, for who has a view of the bytes. */
  appendView(view: DataView, start: number, end: number): void {
    const { rows, table } = this;
    if (rows > 0) {
      // Neighbours are mostly alike.
      const previous = this.indexes[rows - 1] as number;
      if (table.equals(previous, view, start, end)) {
        this.appendIndex(previous);
        return;
      }
    }
    this.appendIndex(table.indexOf(view, start, end));
  }

  /** Appends the word of the row before once more. */
  repeatLast(): void {
    this.appendIndex(this.indexes[this.rows - 1] as number);
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

  /** Whether the only word it has is the empty one. */
  get isBlank(): boolean {
    return this.table.size <= 1 && this.table.keys.isBlank;
  }

  /** The vocabulary. After it was rewritten no more rows are appended until `clear`. */
  get words(): TextBuilder {
    return this.table.keys;
  }

  /** Drops the rows whose byte in `kept` is 0; their words stay. */
  keepRows(kept: Uint8Array): void {
    let rows = 0;
    for (let row = 0; row < this.rows; row++) {
      if (kept[row] !== 0) this.indexes[rows++] = this.indexes[row] as number;
    }
    this.rows = rows;
  }

  /** Drops the words that no row has. No more rows are appended until `clear`. */
  forgetUnused(): void {
    const { indexes, rows, words } = this;
    const used = new Uint8Array(words.rows);
    for (let row = 0; row < rows; row++) used[indexes[row] as number] = 1;
    const numbers = new Uint32Array(used.length);
    for (let word = 0, number = 0; word < used.length; word++) if (used[word] === 1) numbers[word] = number++;
    for (let row = 0; row < rows; row++) indexes[row] = numbers[indexes[row] as number] as number;
    words.keepRows(used);
  }

  /** Forgets the rows and the words; the memory is used again. */
  clear(): void {
    this.rows = 0;
    this.table.clear();
  }

  /** Makes a word known, so that its number can be appended, and returns the number. */
  learn(word: Uint8Array): number {
    return this.table.indexOf(viewOfBytes(word), 0, word.length);
  }

  /** Appends empty words until there are `rows` rows. */
  fill(rows: number): void {
    if (this.rows >= rows) return;
    const empty = this.table.indexOf(viewOfBytes(NO_BYTES), 0, 0);
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

  low(row: number): number {
    return this.words[row * 2] as number;
  }

  high(row: number): number {
    return this.words[row * 2 + 1] as number;
  }

  /** The row as nanoseconds since the epoch, in ms. */
  ms(row: number): number {
    return nanosToMs(this.words[row * 2] as number, this.words[row * 2 + 1] as number);
  }

  /** Drops the rows whose byte in `kept` is 0. */
  keepRows(kept: Uint8Array): void {
    let rows = 0;
    for (let row = 0; row < this.rows; row++) {
      if (kept[row] === 0) continue;
      this.words[rows * 2] = this.words[row * 2] as number;
      this.words[rows * 2 + 1] = this.words[row * 2 + 1] as number;
      rows++;
    }
    this.rows = rows;
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

  /** Drops the rows whose byte in `kept` is 0. */
  keepRows(kept: Uint8Array): void {
    let rows = 0;
    for (let row = 0; row < this.rows; row++) if (kept[row] !== 0) this.words[rows++] = this.words[row] as number;
    this.rows = rows;
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

export class Float64Builder {
  rows = 0;
  private numbers: Float64Array<ArrayBuffer>;

  constructor(rows = 64) {
    this.numbers = new Float64Array(rows);
  }

  append(value: number): void {
    if (this.rows >= this.numbers.length) {
      const next = new Float64Array(Math.max(16, this.numbers.length * 2));
      next.set(this.numbers);
      this.numbers = next;
    }
    this.numbers[this.rows++] = value;
  }

  /** Drops the rows whose byte in `kept` is 0. */
  keepRows(kept: Uint8Array): void {
    let rows = 0;
    for (let row = 0; row < this.rows; row++) if (kept[row] !== 0) this.numbers[rows++] = this.numbers[row] as number;
    this.rows = rows;
  }

  /** Appends `value` until there are `rows`. */
  fill(rows: number, value: number): void {
    while (this.rows < rows) this.append(value);
  }

  clear(): void {
    this.rows = 0;
  }

  get capacity(): number {
    return this.numbers.byteLength;
  }

  column(): NumberColumn {
    return { kind: 'number', values: this.numbers.subarray(0, this.rows) };
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

  at(row: number): number {
    return this.bytes[row] as number;
  }

  /** Drops the rows whose byte in `kept` is 0. */
  keepRows(kept: Uint8Array): void {
    let rows = 0;
    for (let row = 0; row < this.rows; row++) if (kept[row] !== 0) this.bytes[rows++] = this.at(row);
    this.rows = rows;
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

/** Leaves the offsets of the rows that are kept; the result says which of the parts they count belong to those. */
export function keptParts(offsets: Uint32Builder, kept: Uint8Array): Uint8Array {
  const { rows } = offsets;
  const parts = new Uint8Array(rows === 0 ? 0 : offsets.at(rows - 1));
  const ends: number[] = [];
  let count = 0;
  for (let row = 0; row < rows; row++) {
    if (kept[row] === 0) continue;
    const start = row === 0 ? 0 : offsets.at(row - 1);
    const end = offsets.at(row);
    parts.fill(1, start, end);
    count += end - start;
    ends.push(count);
  }
  offsets.clear();
  for (const end of ends) offsets.append(end);
  return parts;
}
