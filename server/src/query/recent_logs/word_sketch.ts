import { viewOfBytes } from '../../base/byte_strings.ts';
import { lowerBound } from '../../base/lower_bound.ts';

/**
 * What stands in the lines of a stretch of time, in about four bytes a line, so that a text which is nowhere need not be looked for.
 * A line's words are its runs of ASCII letters, digits and bytes above ASCII. Of each word the runs of four bytes are marked in
 * a table of bits; words of eight hex digits and more are ids, which would mark all of it, and are kept as hashes of 32 bits.
 * The answer "not here" is always right; "maybe" is wrong for one in thousands.
 */
export class WordSketch {
  #grams = emptyTable();
  #ids = new Uint32Array(1024);
  #idCount = 0;
  #idsSorted = true;
  #longestId = 0;
  /** Bits that are marked. */
  #marks = 0;

  /** Memory it takes. */
  get bytes(): number {
    return this.#grams.byteLength + this.#ids.byteLength;
  }

  /** The table of bits; as long as it stays once the sketch is closed. */
  get grams(): Uint32Array {
    return this.#grams;
  }

  /** Hashes of the ids, in any order. */
  get ids(): Uint32Array {
    return this.#ids.subarray(0, this.#idCount);
  }

  /** Bytes; 0 where there is no id. */
  get longestId(): number {
    return this.#longestId;
  }

  /** Takes lines in UTF-8, each behind its length, as a Native column of strings has them. */
  add(lines: Uint8Array, rows: number): void {
    const view = viewOfBytes(lines);
    let at = 0;
    for (let row = 0; row < rows; row++) {
      let length = 0;
      for (let factor = 1; ; factor *= 128) {
        const byte = lines[at++] as number;
        length += (byte & 0x7f) * factor;
        if (byte < 0x80) break;
      }
      this.#addLine(lines, view, at, at + length);
      at += length;
    }
  }

  #addLine(bytes: Uint8Array, view: DataView, from: number, end: number): void {
    for (let at = from; at < end; at++) {
      let kinds = 0;
      const start = at;
      for (; at < end; at++) {
        const kind = KINDS[bytes[at] as number] as number;
        if (kind === 0) break;
        kinds |= kind;
      }
      if (at - start < GRAM) continue;
      if (kinds === HEX && at - start >= SHORTEST_ID) this.#addId(hashOf(bytes, start, at), at - start);
      else this.#marks += markGrams(this.#grams, view, start, at);
    }
  }

  /** Nothing is added any more: memory that is not needed is given back. */
  close(): void {
    this.#ids = this.#ids.slice(0, this.#idCount);
    const whole = this.#grams;
    this.#grams = folded(whole, this.#marks);
    whole.fill(0);
    spare = whole;
  }

  /** Whether some line may hold the text. */
  mayHold(text: SoughtText): boolean {
    return text.every((word) => this.#mayHoldWord(word));
  }

  #mayHoldWord({ grams, id, length, isWhole }: SoughtWord): boolean {
    const table = this.#grams;
    const mask = table.length - 1;
    if (grams.every((gram) => ((table[(gram >>> 5) & mask] as number) & (1 << (gram & 31))) !== 0)) return true;
    if (id === undefined || this.#idCount === 0) return false;
    if (!isWhole && this.#longestId > length) return true;
    return length >= SHORTEST_ID && this.#hasId(id);
  }

  #addId(hash: number, length: number): void {
    if (this.#idCount === this.#ids.length) {
      const longer = new Uint32Array(this.#ids.length * 2);
      longer.set(this.#ids);
      this.#ids = longer;
    }
    this.#ids[this.#idCount++] = hash;
    this.#idsSorted = false;
    if (length > this.#longestId) this.#longestId = length;
  }

  #hasId(id: number): boolean {
    if (!this.#idsSorted) this.#ids.subarray(0, this.#idCount).sort();
    this.#idsSorted = true;
    const ids = this.ids;
    return ids[lowerBound(ids, id)] === id;
  }
}

/** Bits of a table for each that is marked: a quarter to a half of them are. */
const BITS_OF_A_MARK = 2.5;

/** The shortest table that is long enough; a bit is found at its place without the highest bits of that. */
function folded(table: Uint32Array<ArrayBuffer>, marks: number): Uint32Array<ArrayBuffer> {
  let words = 1;
  while (words < table.length && words * 32 < marks * BITS_OF_A_MARK) words *= 2;
  const shorter = table.slice(0, words);
  for (let i = words; i < table.length; i++) {
    const at = i & (words - 1);
    shorter[at] = (shorter[at] as number) | (table[i] as number);
  }
  return shorter;
}

/** A table of an earlier sketch, with no bit marked. */
let spare: Uint32Array<ArrayBuffer> | undefined;

function emptyTable(): Uint32Array<ArrayBuffer> {
  const table = spare ?? new Uint32Array(GRAM_BITS / 32);
  spare = undefined;
  return table;
}

/** Bytes that are marked together. */
const GRAM = 4;
const GRAM_BITS = 1 << 17;
const GRAM_SHIFT = 32 - 17;
/** Multiplicative hashing (Knuth): 2^32 divided by the golden ratio. */
const MIX = 0x9e3779b1;
/** Hex digits of the shortest word that is an id. */
export const SHORTEST_ID = 8;
const HEX = 1;
const OTHER = 2;

/** What a byte is in a word: a lower-case hex digit, something else of a word, or (0) none of it. */
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  if (/[0-9a-f]/.test(char)) return HEX;
  return /[A-Za-z]/.test(char) || byte >= 0x80 ? OTHER : 0;
});

/** Marks every run of four bytes of a word of four bytes or more. Answers how many bits were not marked before. */
function markGrams(table: Uint32Array, bytes: DataView, start: number, end: number): number {
  let marks = 0;
  const last = end - GRAM;
  for (let at = start; at <= last; at++) {
    const bit = Math.imul(bytes.getInt32(at, true), MIX) >>> GRAM_SHIFT;
    const marked = table[bit >>> 5] as number;
    const mark = 1 << (bit & 31);
    // Nearly all are marked already.
    if ((marked & mark) === 0) {
      table[bit >>> 5] = marked | mark;
      marks++;
    }
  }
  return marks;
}

/** FNV-1a of 32 bits. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return hash >>> 0;
}

/** A part of a text that lies within one word of a line that holds the text. */
export interface SoughtWord {
  /** The bits of its runs of four bytes. */
  readonly grams: readonly number[];
  /** Its hash, where it may be an id or a part of one. */
  readonly id: number | undefined;
  /** Bytes. */
  readonly length: number;
  /** Whether the text says where the word begins and ends. */
  readonly isWhole: boolean;
}

/** A text that lines are searched for; without words where nothing is known of it. */
export type SoughtText = readonly SoughtWord[];

/** @param text looked for as it is, in any part of a line */
export function soughtText(text: string): SoughtText {
  // Bytes that are no text are read as this character, which they are not.
  if (text.includes('\ufffd')) return [];
  const bytes = Buffer.from(text);
  const words: SoughtWord[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const start = at;
    let kinds = 0;
    while (at < bytes.length && KINDS[bytes[at] as number] !== 0) kinds |= KINDS[bytes[at++] as number] as number;
    const length = at - start;
    if (length < GRAM) continue;
    words.push({
      grams: gramsOf(bytes.subarray(start, at)),
      id: kinds === HEX ? hashOf(bytes, start, at) : undefined,
      length,
      isWhole: start > 0 && at < bytes.length,
    });
  }
  return words;
}

function gramsOf(word: Uint8Array): number[] {
  const grams: number[] = [];
  for (let at = 0; at + GRAM <= word.length; at++) {
    const gram =
      (word[at] as number) |
      ((word[at + 1] as number) << 8) |
      ((word[at + 2] as number) << 16) |
      ((word[at + 3] as number) << 24);
    grams.push(Math.imul(gram, MIX) >>> GRAM_SHIFT);
  }
  return grams;
}
