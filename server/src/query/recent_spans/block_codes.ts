import type { AttributeColumn, TextColumn, WordColumn } from '../../store/index.ts';
import type { SpanSlice } from './span_slice.ts';
import type { TaggedTexts } from './tagged_texts.ts';

/** The codes in a slice of the words of a block's column. */
export class WordCodes {
  readonly #column: WordColumn;
  readonly #texts: TaggedTexts;
  readonly #codes: Int32Array;

  constructor(column: WordColumn, texts: TaggedTexts) {
    this.#column = column;
    this.#texts = texts;
    this.#codes = new Int32Array(column.keys.starts.length).fill(-1);
  }

  /** Whether two rows have the same word. */
  isSame(a: number, b: number): boolean {
    return this.#column.indexes[a] === this.#column.indexes[b];
  }

  code(row: number): number {
    const index = this.#column.indexes[row] as number;
    const known = this.#codes[index] as number;
    if (known >= 0) return known;
    const { bytes, starts, ends } = this.#column.keys;
    const code = this.#texts.add(0, bytes, starts[index] as number, ends[index] as number);
    this.#codes[index] = code;
    return code;
  }
}

/** The codes in a slice of attributes of a block's column. */
export class PairCodes {
  readonly column: AttributeColumn;
  readonly types: WordColumn;
  /** What `read` found: codes of pairs, and of their keys. */
  codes = new Uint32Array(32);
  keys = new Uint32Array(32);
  readonly #keys: WordCodes;
  readonly #texts: TaggedTexts;
  /** Of each value that was read: its key and the letter of its type as a tag of `pairTexts`, and its code; -1 before that. */
  readonly #tagOfValue: Int32Array;
  readonly #codeOfValue: Int32Array;

  constructor(column: AttributeColumn, types: WordColumn, slice: SpanSlice) {
    this.column = column;
    this.types = types;
    this.#keys = new WordCodes(column.keys, slice.texts);
    this.#texts = slice.pairTexts;
    this.#tagOfValue = new Int32Array(column.values.keys.starts.length).fill(-1);
    this.#codeOfValue = new Int32Array(column.values.keys.starts.length);
  }

  /** Puts the codes of the pairs of a row into `codes`, and returns how many there are. */
  read(row: number): number {
    const { offsets, values } = this.column;
    const { indexes, keys: letters } = this.types;
    const start = row === 0 ? 0 : (offsets[row - 1] as number);
    const end = offsets[row] as number;
    const count = end - start;
    if (count > this.codes.length) {
      this.codes = new Uint32Array(count * 2);
      this.keys = new Uint32Array(count * 2);
    }
    if (count === 0) return 0;
    const { codes, keys } = this;
    const type = indexes[row] as number;
    const firstLetter = letters.starts[type] as number;
    const known = (letters.ends[type] as number) - firstLetter;
    for (let i = 0; i < count; i++) {
      const key = this.#keys.code(start + i);
      const tag = key * 256 + (i < known ? (letters.bytes[firstLetter + i] as number) : 0);
      const value = values.indexes[start + i] as number;
      if (this.#tagOfValue[value] !== tag) this.#addValue(value, tag);
      codes[i] = this.#codeOfValue[value] as number;
      keys[i] = key;
    }
    return count;
  }

  #addValue(value: number, tag: number): void {
    const { bytes, starts, ends } = this.column.values.keys;
    this.#tagOfValue[value] = tag;
    this.#codeOfValue[value] = this.#texts.add(tag, bytes, starts[value] as number, ends[value] as number);
  }

  /** Whether two rows have the same. */
  isSame(a: number, b: number): boolean {
    const { offsets, keys, values } = this.column;
    if (this.types.indexes[a] !== this.types.indexes[b]) return false;
    const startA = a === 0 ? 0 : (offsets[a - 1] as number);
    const startB = b === 0 ? 0 : (offsets[b - 1] as number);
    const count = (offsets[a] as number) - startA;
    if ((offsets[b] as number) - startB !== count) return false;
    for (let i = 0; i < count; i++) {
      if (keys.indexes[startA + i] !== keys.indexes[startB + i]) return false;
      const [a, b] = [values.indexes[startA + i] as number, values.indexes[startB + i] as number];
      if (a !== b && !isSameText(values.keys, a, b)) return false;
    }
    return true;
  }
}

function isSameText({ bytes, starts, ends }: TextColumn, a: number, b: number): boolean {
  const from = starts[a] as number;
  const to = ends[a] as number;
  const other = starts[b] as number;
  if ((ends[b] as number) - other !== to - from) return false;
  for (let at = from, j = other; at < to; at++, j++) if (bytes[at] !== bytes[j]) return false;
  return true;
}
