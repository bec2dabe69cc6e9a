import type { AttributeColumn, WordColumn } from '../../store/index.ts';
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
  readonly #keys: WordCodes;
  readonly #texts: TaggedTexts;

  constructor(column: AttributeColumn, types: WordColumn, slice: SpanSlice) {
    this.column = column;
    this.types = types;
    this.#keys = new WordCodes(column.keys, slice.texts);
    this.#texts = slice.pairTexts;
  }

  /** Calls back with the code of each pair of a row and the code of its key. */
  each(row: number, take: (pair: number, key: number) => void): void {
    const { offsets, values } = this.column;
    const { indexes, keys: letters } = this.types;
    const start = row === 0 ? 0 : (offsets[row - 1] as number);
    const end = offsets[row] as number;
    if (start === end) return;
    const type = indexes[row] as number;
    let letter = letters.starts[type] as number;
    const lastLetter = letters.ends[type] as number;
    for (let i = start; i < end; i++, letter++) {
      const key = this.#keys.code(i);
      const tag = key * 256 + (letter < lastLetter ? (letters.bytes[letter] as number) : 0);
      take(this.#texts.add(tag, values.bytes, values.starts[i] as number, values.ends[i] as number), key);
    }
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
      const from = values.starts[startA + i] as number;
      const to = values.ends[startA + i] as number;
      const other = values.starts[startB + i] as number;
      if ((values.ends[startB + i] as number) - other !== to - from) return false;
      for (let at = from, j = other; at < to; at++, j++) if (values.bytes[at] !== values.bytes[j]) return false;
    }
    return true;
  }
}
