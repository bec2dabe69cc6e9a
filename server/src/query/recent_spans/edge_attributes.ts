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
const NO_PAIR = -1;

/** What a span is about: of each field the first of its attributes that is there and not empty, as a number of a text. */
export class EdgeAttributes {
  readonly #slice: SpanSlice;
  /** By pair: the number of its key, 0 for others. */
  readonly #keys: Uint8Array;
  readonly #text: (pair: number) => number;
  /** By key: the pair of the row looked at. */
  readonly #pairs = new Int32Array(KEYS.length + 1);
  readonly #found: Record<Field, number> = { databaseSystem: 0, queueSystem: 0, destination: 0, database: 0, peer: 0 };

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

  /** Of a row; the answer is the same object for every row. */
  of(row: number): Readonly<Record<Field, number>> {
    const pairs = this.#pairs.fill(NO_PAIR);
    const keys = this.#keys;
    const { values } = this.#slice.pairs;
    const end = this.#slice.pairEnds[row] as number;
    for (let i = this.#slice.pairStart(row); i < end; i++) {
      const pair = values[i] as number;
      const key = keys[pair] as number;
      // Of several of one name the first counts, as in the engine's maps.
      if (key !== 0 && pairs[key] === NO_PAIR) pairs[key] = pair;
    }
    const found = this.#found;
    found.databaseSystem = this.#first(NUMBERS.databaseSystem);
    found.queueSystem = this.#first(NUMBERS.queueSystem);
    found.destination = this.#first(NUMBERS.destination);
    found.database = this.#first(NUMBERS.database);
    found.peer = this.#first(NUMBERS.peer);
    return found;
  }

  /** The text of the first key of a field that is there and not empty. */
  #first(keys: Uint8Array): number {
    for (let i = 0; i < keys.length; i++) {
      const pair = this.#pairs[keys[i] as number] as number;
      const text = pair === NO_PAIR ? 0 : this.#text(pair);
      if (text !== 0) return text;
    }
    return 0;
  }
}
