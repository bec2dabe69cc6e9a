import { EDGE_ATTRIBUTES } from '../../store/index.ts';
import { onceByCode } from './field_labels.ts';
import type { SpanSlice } from './span_slice.ts';

type Field = keyof typeof EDGE_ATTRIBUTES;
/** Keys of all fields, each once; numbered from 1. */
const KEYS: readonly string[] = [...new Set<string>(Object.values(EDGE_ATTRIBUTES).flat())];
const numbersOf = (field: Field): Uint8Array =>
  Uint8Array.from(EDGE_ATTRIBUTES[field], (key: string) => KEYS.indexOf(key) + 1);
const NUMBERS: Readonly<Record<Field, Uint8Array>> = {
  databaseSystem: numbersOf('databaseSystem'),
  queueSystem: numbersOf('queueSystem'),
  destination: numbersOf('destination'),
  database: numbersOf('database'),
  peer: numbersOf('peer'),
};

/** What a span is about: of each field the first of its attributes that is there and not empty, as a number of a text. */
export class EdgeAttributes {
  readonly #slice: SpanSlice;
  /** By pair: the number of its key, 0 for others. */
  readonly #keys: Uint8Array;
  readonly #text: (pair: number) => number;
  /** By key: the pair of the row that was looked at when `#looks` was what it is in `#lookedAt`. */
  readonly #pairs = new Uint32Array(KEYS.length + 1);
  readonly #lookedAt = new Float64Array(KEYS.length + 1);
  #looks = 0;

  /** @param codeOf the number of a text, 0 of an empty one */
  constructor(slice: SpanSlice, codeOf: (text: string) => number) {
    const { pairTexts, texts } = slice;
    const numberOfWord = new Uint8Array(texts.size);
    for (const [i, key] of KEYS.entries()) {
      const word = slice.codeOfWord(key);
      if (word >= 0) numberOfWord[word] = i + 1;
    }
    this.#slice = slice;
    this.#keys = new Uint8Array(pairTexts.size);
    for (let pair = 0; pair < this.#keys.length; pair++)
      this.#keys[pair] = numberOfWord[(pairTexts.tags[pair] as number) >>> 8] as number;
    this.#text = onceByCode(pairTexts.size, (pair) => codeOf(pairTexts.text(pair)));
  }

  /** Looks at the attributes of a row, which `first` then tells of. */
  look(row: number): void {
    const looks = ++this.#looks;
    const keys = this.#keys;
    const { pairs, pairEnds } = this.#slice;
    const { values } = pairs;
    const end = pairEnds[row] as number;
    for (let i = this.#slice.pairStart(row); i < end; i++) {
      const pair = values[i] as number;
      const key = keys[pair] as number;
      // Of several of one name the first counts, as in the engine's maps.
      if (key === 0 || this.#lookedAt[key] === looks) continue;
      this.#lookedAt[key] = looks;
      this.#pairs[key] = pair;
    }
  }

  /** The text of the first key of a field that is there and not empty, 0 for none. */
  first(field: Field): number {
    const keys = NUMBERS[field];
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as number;
      const text = this.#lookedAt[key] === this.#looks ? this.#text(this.#pairs[key] as number) : 0;
      if (text !== 0) return text;
    }
    return 0;
  }
}
