import type { StoredAttributes } from '../../store/index.ts';
import { CodeColumn } from './code_column.ts';
import { resized, TaggedTexts } from './tagged_texts.ts';
import { TraceTable } from './trace_table.ts';

/** Where spans come from: codes of texts, and of pairs. */
export interface SpanOrigin {
  readonly service: string;
  readonly resource: StoredAttributes;
  readonly resourceSchemaUrl: string;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly scopeSchemaUrl: string;
  readonly scopeAttributes: StoredAttributes;
}

/** What few spans differ in. */
export interface SpanForm {
  readonly kind: string;
  readonly status: string;
  readonly statusMessage: string;
  readonly traceState: string;
  readonly weight: number;
  readonly numbers: ReadonlyMap<string, number>;
}

export interface SpanPair {
  readonly key: string;
  /** Of the value's type (see TABLES.otel_traces); empty where it is not known. */
  readonly letter: string;
  readonly text: string;
}

/** Rows in a slice at most: codes of two bytes reach for most of its columns. */
const MOST_ROWS = 65_536;
const MOST_PAIRS = 60_000;
/** Rows of a zone: of each it is known when its spans began. */
export const ZONE_ROWS = 1024;
/** Decoded texts of few bytes are kept, and so are origins with so many pairs in all and so many forms: about a MiB. */
const LONGEST_KEPT_TEXT = 128;
const MOST_KEPT_PAIRS = 8_192;
const MOST_KEPT_FORMS = 2_048;
/** The end of a chain of rows. */
export const NO_ROW = -1;
const NO_NUMBERS: ReadonlyMap<string, number> = new Map();

/** Words of an origin before the pairs of its resource and of its scope, and what they are codes of. */
const ORIGIN_HEAD = {
  service: 0,
  resourceSchemaUrl: 1,
  scopeName: 2,
  scopeVersion: 3,
  scopeSchemaUrl: 4,
  resourcePairs: 5,
} as const;
const ORIGIN_HEAD_WORDS = 6;
/** Words of a form before its numbers, each a code and the number. */
const FORM_HEAD = { kind: 0, status: 1, statusMessage: 2, traceState: 3, weight: 4 } as const;
const FORM_HEAD_WORDS = 6;

/**
 * Spans that came one after the other, as columns of codes. What recurs is kept once: texts, pairs of attributes with the
 * type of their value (`pairs`), resource and scope together (`origins`), kind, status and what else is mostly alike
 * (`forms`). Rows are numbered from 0; those of one trace are chained.
 */
export class SpanSlice {
  rows = 0;
  /** ns since the epoch, two words a row, the lower first. */
  starts: Uint32Array<ArrayBuffer> = new Uint32Array(128);
  /** Of each zone the upper words of its latest and earliest start. */
  zoneNewest: Uint32Array<ArrayBuffer> = new Uint32Array(8);
  zoneOldest: Uint32Array<ArrayBuffer> = new Uint32Array(8);
  /** The longest of each zone, ns. */
  zoneLongest = new Float64Array(8);
  /** ns. */
  durations = new Float64Array(64);
  /** The number of the row's trace in `traces`. */
  traceOf = new Uint32Array(64);
  /** The row before of the same trace, or -1. */
  previousOfTrace = new Int32Array(64);
  /** Two words a row, the upper first; a parent of zeros is none. */
  spanIds = new Uint32Array(128);
  parentIds = new Uint32Array(128);
  readonly names = new CodeColumn();
  readonly origins = new CodeColumn();
  readonly forms = new CodeColumn();
  /** Pairs of row i are `pairs` [pairEnds[i - 1] ?? 0, pairEnds[i]), in stored order. */
  pairEnds = new Uint32Array(64);
  readonly pairs = new CodeColumn(512);
  /** Where the events and links of a row begin in `rest` (see slice_spans.ts), 0 for none; empty while no row has any. */
  restStarts: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  rest = new Uint32Array(1);
  restLength = 1;
  /** Rows whose span (trace, id and kind) is in memory in another row that came before. */
  readonly repeats = new Set<number>();
  readonly traces = new TraceTable();
  readonly texts = new TaggedTexts();
  /** Tagged with the code of the key in `texts` × 256 + the letter's byte. */
  readonly pairTexts = new TaggedTexts();
  /** Words, see ORIGIN_HEAD and FORM_HEAD. */
  readonly originWords = new TaggedTexts();
  readonly formWords = new TaggedTexts();
  /** Codes of keys of attributes of events, links and scopes. */
  readonly nestedKeys = new Set<number>();
  /** Ids and durations that are not what the columns hold, by row; of traces by their number. */
  readonly oddTraceIds = new Map<number, string>();
  readonly oddSpanIds = new Map<number, string>();
  readonly oddParentIds = new Map<number, string>();
  readonly oddDurations = new Map<number, bigint>();
  readonly #texts: (string | undefined)[] = [];
  #origins: (SpanOrigin | undefined)[] = [];
  #forms: (SpanForm | undefined)[] = [];
  /** Of the origins that are kept. */
  #keptPairs = 0;
  #keptForms = 0;

  /** Whether no further row may be added. @param mostBytes it should take */
  isFull(mostBytes: number): boolean {
    return this.rows >= MOST_ROWS || this.pairTexts.size >= MOST_PAIRS || this.bytes >= mostBytes;
  }

  /** Memory held, bytes. */
  get bytes(): number {
    const arrays = [this.starts, this.durations, this.traceOf, this.previousOfTrace, this.spanIds, this.parentIds];
    const columns = [this.names, this.origins, this.forms, this.pairs, this.traces];
    const tables = [this.texts, this.pairTexts, this.originWords, this.formWords];
    const odd = this.oddTraceIds.size + this.oddSpanIds.size + this.oddParentIds.size + this.oddDurations.size;
    return (
      arrays.reduce((sum, array) => sum + array.byteLength, 0) +
      [...columns, ...tables].reduce((sum, { capacity }) => sum + capacity, 0) +
      // Texts of codes are decoded once.
      this.texts.size * 64 +
      this.pairEnds.byteLength +
      this.restStarts.byteLength +
      this.rest.byteLength +
      (this.repeats.size + odd) * 64
    );
  }

  /** Room for one row more. */
  reserve(): void {
    const { rows } = this;
    if (rows < this.durations.length) return;
    const size = rows * 2;
    const durations = new Float64Array(size);
    durations.set(this.durations);
    this.durations = durations;
    const previous = new Int32Array(size);
    previous.set(this.previousOfTrace);
    this.previousOfTrace = previous;
    this.starts = resized(this.starts, size * 2);
    this.traceOf = resized(this.traceOf, size);
    this.spanIds = resized(this.spanIds, size * 2);
    this.parentIds = resized(this.parentIds, size * 2);
    this.pairEnds = resized(this.pairEnds, size);
    if (this.restStarts.length > 0) this.restStarts = resized(this.restStarts, size);
  }

  /** Notes when the span of a new row began and how long it took. */
  noteZone(row: number): void {
    const zone = Math.floor(row / ZONE_ROWS);
    if (zone >= this.zoneNewest.length) {
      this.zoneNewest = resized(this.zoneNewest, zone * 2);
      this.zoneOldest = resized(this.zoneOldest, zone * 2);
      const longest = new Float64Array(zone * 2);
      longest.set(this.zoneLongest);
      this.zoneLongest = longest;
    }
    const high = this.starts[row * 2 + 1] as number;
    const duration = this.durations[row] as number;
    const isFirst = row % ZONE_ROWS === 0;
    if (isFirst || duration > (this.zoneLongest[zone] as number)) this.zoneLongest[zone] = duration;
    if (isFirst || high > (this.zoneNewest[zone] as number)) this.zoneNewest[zone] = high;
    if (isFirst || high < (this.zoneOldest[zone] as number)) this.zoneOldest[zone] = high;
  }

  /** Gives back the memory nothing is in: no row is added any more. */
  seal(): void {
    const { rows } = this;
    this.durations = this.durations.slice(0, rows);
    this.previousOfTrace = this.previousOfTrace.slice(0, rows);
    this.starts = resized(this.starts, rows * 2);
    this.traceOf = resized(this.traceOf, rows);
    this.spanIds = resized(this.spanIds, rows * 2);
    this.parentIds = resized(this.parentIds, rows * 2);
    this.pairEnds = resized(this.pairEnds, rows);
    if (this.restStarts.length > 0) this.restStarts = resized(this.restStarts, rows);
    this.rest = resized(this.rest, this.restLength);
    for (const one of [this.names, this.origins, this.forms, this.pairs, this.traces, this.texts, this.pairTexts])
      one.trim();
  }

  /** Keeps the events and links of a row, and returns where. */
  addRest(words: Uint32Array): number {
    const at = this.restLength;
    if (at + words.length > this.rest.length) this.rest = resized(this.rest, (at + words.length) * 2);
    this.rest.set(words, at);
    this.restLength += words.length;
    return at;
  }

  /** Rows of a trace by its number, in the order they came. */
  rowsOfTrace(trace: number): Int32Array {
    const last = this.traces.lastRows[trace] as number;
    let count = 0;
    for (let row = last; row !== NO_ROW; row = this.previousOfTrace[row] as number) count++;
    const rows = new Int32Array(count);
    for (let row = last; row !== NO_ROW; row = this.previousOfTrace[row] as number) rows[--count] = row;
    return rows;
  }

  /** When a row's span began, ns since the epoch. */
  startNs(row: number): bigint {
    return nsOfWords(this.starts[row * 2] as number, this.starts[row * 2 + 1] as number);
  }

  durationNs(row: number): bigint {
    return this.oddDurations.get(row) ?? BigInt(this.durations[row] as number);
  }

  /** Where the pairs of a row begin. */
  pairStart(row: number): number {
    return row === 0 ? 0 : (this.pairEnds[row - 1] as number);
  }

  /** The text of a code of `texts`. */
  word(code: number): string {
    const known = this.#texts[code];
    if (known !== undefined) return known;
    const text = this.texts.text(code);
    if (text.length <= LONGEST_KEPT_TEXT) this.#texts[code] = text;
    return text;
  }

  name(row: number): string {
    return this.word(this.names.at(row));
  }

  /** The attribute of a code of `pairs`. */
  pair(code: number): SpanPair {
    const tag = this.pairTexts.tags[code] as number;
    return { key: this.word(tag >>> 8), letter: letterOf(tag), text: this.pairTexts.text(code) };
  }

  /** The attributes of codes [from, to) of a list. */
  attributes(codes: ArrayLike<number>, from: number, to: number): StoredAttributes {
    const pairs: string[] = [];
    let types = '';
    for (let i = from; i < to; i++) {
      const { key, letter, text } = this.pair(codes[i] as number);
      pairs.push(key, text);
      types += letter;
    }
    return { pairs, types };
  }

  /** What a code of `origins` stands for. */
  origin(code: number): SpanOrigin {
    const known = this.#origins[code];
    if (known !== undefined) return known;
    const words = wordsOf(this.originWords, code);
    const word = (at: number): string => this.word(words[at] as number);
    const end = ORIGIN_HEAD_WORDS + (words[ORIGIN_HEAD.resourcePairs] as number);
    const origin: SpanOrigin = {
      service: word(ORIGIN_HEAD.service),
      resource: this.attributes(words, ORIGIN_HEAD_WORDS, end),
      resourceSchemaUrl: word(ORIGIN_HEAD.resourceSchemaUrl),
      scopeName: word(ORIGIN_HEAD.scopeName),
      scopeVersion: word(ORIGIN_HEAD.scopeVersion),
      scopeSchemaUrl: word(ORIGIN_HEAD.scopeSchemaUrl),
      scopeAttributes: this.attributes(words, end, words.length),
    };
    this.#keptPairs += words.length;
    if (this.#keptPairs > MOST_KEPT_PAIRS) {
      this.#origins = [];
      this.#keptPairs = words.length;
    }
    this.#origins[code] = origin;
    return origin;
  }

  /** What a code of `forms` stands for. */
  form(code: number): SpanForm {
    const known = this.#forms[code];
    if (known !== undefined) return known;
    const words = wordsOf(this.formWords, code);
    const word = (at: number): string => this.word(words[at] as number);
    const numbers = words.length === FORM_HEAD_WORDS ? NO_NUMBERS : new Map<string, number>();
    if (numbers instanceof Map)
      for (let at = FORM_HEAD_WORDS; at < words.length; at += 2) numbers.set(word(at), words[at + 1] as number);
    const form: SpanForm = {
      kind: word(FORM_HEAD.kind),
      status: word(FORM_HEAD.status),
      statusMessage: word(FORM_HEAD.statusMessage),
      traceState: word(FORM_HEAD.traceState),
      weight: new Float64Array(words.slice(FORM_HEAD.weight, FORM_HEAD.weight + 2).buffer)[0] ?? 1,
      numbers,
    };
    if (this.#keptForms >= MOST_KEPT_FORMS) {
      this.#forms = [];
      this.#keptForms = 0;
    }
    this.#keptForms++;
    this.#forms[code] = form;
    return form;
  }

  /** The code of a text's row of `texts`, or -1. */
  codeOfWord(text: string): number {
    const bytes = Buffer.from(text);
    return this.texts.find(0, bytes, 0, bytes.length);
  }
}

/** The letter of a pair's tag. */
export function letterOf(tag: number): string {
  const byte = tag & 0xff;
  return byte === 0 ? '' : String.fromCharCode(byte);
}

/** The words that a text of words is. */
function wordsOf(texts: TaggedTexts, code: number): Uint32Array {
  const bytes = Uint8Array.prototype.slice.call(texts.bytes, texts.start(code), texts.ends[code]);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

/** Nanoseconds of their lower and upper 32 bits. */
export function nsOfWords(low: number, high: number): bigint {
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
}
