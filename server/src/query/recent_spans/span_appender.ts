import type { SpanBlock, TextColumn } from '../../store/index.ts';
import { PairCodes, WordCodes } from './block_codes.ts';
import { readHexWords, readTraceId } from './span_ids.ts';
import type { SpanSlice } from './span_slice.ts';
import { resized, type TaggedTexts } from './tagged_texts.ts';

const TWO_32 = 4_294_967_296;
const NO_ROW = 0xffff_ffff;

/** Words being put together, to be looked up as one text. */
class WordList {
  words = new Uint32Array(64);
  length = 0;
  #bytes = new Uint8Array(this.words.buffer);

  push(word: number): void {
    if (this.length === this.words.length) {
      this.words = resized(this.words, this.length * 2);
      this.#bytes = new Uint8Array(this.words.buffer);
    }
    this.words[this.length++] = word;
  }

  /** The code of the words in a table. */
  codeIn(table: TaggedTexts): number {
    return table.add(0, this.#bytes, 0, this.length * 4);
  }
}

/** Adds the rows of a block to a slice. */
export class SpanAppender {
  readonly #slice: SpanSlice;
  readonly #block: SpanBlock;
  readonly #origin: readonly WordCodes[];
  readonly #names: WordCodes;
  readonly #kinds: WordCodes;
  readonly #statuses: WordCodes;
  readonly #attributes: PairCodes;
  readonly #resource: PairCodes;
  readonly #scope: PairCodes;
  readonly #numberNames: WordCodes;
  readonly #eventNames: WordCodes;
  readonly #eventPairs: PairCodes;
  readonly #linkPairs: PairCodes;
  readonly #list = new WordList();
  readonly #traceId = new Uint32Array(4);
  readonly #weight = new Float64Array(1);
  readonly #weightWords = new Uint32Array(this.#weight.buffer);
  /** By kind and status: the forms of spans that have nothing else of a form; -1 before they are known. */
  readonly #plainForms: Int32Array;
  /** Of the row before. */
  #originCode = -1;

  constructor(slice: SpanSlice, block: SpanBlock) {
    const words = (column: SpanBlock['names']): WordCodes => new WordCodes(column, slice.texts);
    this.#slice = slice;
    this.#block = block;
    this.#names = words(block.names);
    this.#plainForms = new Int32Array(block.kinds.keys.starts.length * block.statuses.keys.starts.length).fill(-1);
    this.#kinds = words(block.kinds);
    this.#statuses = words(block.statuses);
    // In the order of ORIGIN_HEAD.
    this.#origin = [
      words(block.services),
      words(block.resourceSchemaUrls),
      words(block.scopeNames),
      words(block.scopeVersions),
      words(block.scopeSchemaUrls),
    ];
    this.#attributes = new PairCodes(block.attributes, block.attributeTypes, slice);
    this.#resource = new PairCodes(block.resource, block.resourceTypes, slice);
    this.#scope = new PairCodes(block.scopeAttributes, block.scopeTypes, slice);
    this.#numberNames = words(block.numbers.keys);
    this.#eventNames = words(block.events.names);
    this.#eventPairs = new PairCodes(block.events.attributes, block.events.types, slice);
    this.#linkPairs = new PairCodes(block.links.attributes, block.links.types, slice);
  }

  /** Adds a row; its number in the slice is what `rows` was before. */
  append(row: number): void {
    const slice = this.#slice;
    const block = this.#block;
    slice.reserve();
    const at = slice.rows;
    slice.starts[at * 2] = block.starts[row * 2] as number;
    slice.starts[at * 2 + 1] = block.starts[row * 2 + 1] as number;
    this.#putDuration(row, at);
    slice.noteZone(at);
    this.#putTrace(row, at);
    putSpanId(slice.spanIds, slice.oddSpanIds, at, block.spanIds, row);
    putSpanId(slice.parentIds, slice.oddParentIds, at, block.parentIds, row);
    slice.names.append(this.#names.code(row));
    if (this.#originCode < 0 || !this.#hasOriginOf(row)) this.#originCode = this.#addOrigin(row);
    slice.origins.append(this.#originCode);
    slice.forms.append(this.#formOf(row));
    const pairs = this.#attributes.read(row);
    slice.pairs.appendAll(this.#attributes.codes, pairs);
    slice.pairEnds[at] = slice.pairs.rows;
    this.#putRest(row, at);
    slice.rows++;
  }

  #putDuration(row: number, at: number): void {
    const [low, high] = [this.#block.durations[row * 2] as number, this.#block.durations[row * 2 + 1] as number];
    const duration = high * TWO_32 + low;
    this.#slice.durations[at] = duration;
    if (!Number.isSafeInteger(duration)) this.#slice.oddDurations.set(at, (BigInt(high) << 32n) | BigInt(low));
  }

  #putTrace(row: number, at: number): void {
    const { traces, oddTraceIds, previousOfTrace, traceOf } = this.#slice;
    const { bytes, starts, ends } = this.#block.traceIds;
    const start = starts[row] as number;
    const end = ends[row] as number;
    const isId = readTraceId(this.#traceId, 0, bytes, start, end);
    const known = traces.size;
    const trace = traces.add(this.#traceId, 0);
    const isNew = traces.size > known;
    if (isNew && !isId) oddTraceIds.set(trace, textOf(bytes, start, end));
    const last = isNew ? NO_ROW : (traces.lastRows[trace] as number);
    // NO_ROW is -1 as a signed number.
    previousOfTrace[at] = last;
    traces.lastRows[trace] = at;
    traceOf[at] = trace;
  }

  /** Whether a row comes from where the row before it came from. */
  #hasOriginOf(row: number): boolean {
    if (row === 0) return false;
    for (const words of this.#origin) if (!words.isSame(row, row - 1)) return false;
    return this.#resource.isSame(row, row - 1) && this.#scope.isSame(row, row - 1);
  }

  #addOrigin(row: number): number {
    const list = this.#list;
    list.length = 0;
    for (const words of this.#origin) list.push(words.code(row));
    const resourcePairs = this.#resource.read(row);
    list.push(resourcePairs);
    for (let i = 0; i < resourcePairs; i++) list.push(this.#resource.codes[i] as number);
    this.#pushNested(this.#scope, this.#scope.read(row));
    return list.codeIn(this.#slice.originWords);
  }

  #formOf(row: number): number {
    const { kinds, statuses, statusMessages, traceStates, weights, numbers } = this.#block;
    const isPlain =
      statusMessages.starts[row] === statusMessages.ends[row] &&
      traceStates.starts[row] === traceStates.ends[row] &&
      weights[row] === 1 &&
      numbers.offsets[row] === (row === 0 ? 0 : numbers.offsets[row - 1]);
    if (!isPlain) return this.#addForm(row);
    const plain = (kinds.indexes[row] as number) * statuses.keys.starts.length + (statuses.indexes[row] as number);
    const known = this.#plainForms[plain] as number;
    if (known >= 0) return known;
    const form = this.#addForm(row);
    this.#plainForms[plain] = form;
    return form;
  }

  #addForm(row: number): number {
    const { statusMessages, traceStates, weights, numbers } = this.#block;
    const list = this.#list;
    this.#weight[0] = weights[row] as number;
    list.length = 0;
    // In the order of FORM_HEAD.
    list.push(this.#kinds.code(row));
    list.push(this.#statuses.code(row));
    list.push(this.#textCode(statusMessages, row));
    list.push(this.#textCode(traceStates, row));
    list.push(this.#weightWords[0] as number);
    list.push(this.#weightWords[1] as number);
    for (let i = row === 0 ? 0 : (numbers.offsets[row - 1] as number); i < (numbers.offsets[row] as number); i++) {
      list.push(this.#numberNames.code(i));
      list.push(numbers.values[i] as number);
    }
    return list.codeIn(this.#slice.formWords);
  }

  #textCode({ bytes, starts, ends }: TextColumn, row: number): number {
    return this.#slice.texts.add(0, bytes, starts[row] as number, ends[row] as number);
  }

  /** Events and links: see slice_spans.ts. */
  #putRest(row: number, at: number): void {
    const slice = this.#slice;
    const { events, links } = this.#block;
    const [firstEvent, lastEvent] = rangeOf(events.offsets, row);
    const [firstLink, lastLink] = rangeOf(links.offsets, row);
    if (firstEvent === lastEvent && firstLink === lastLink) return;
    const list = this.#list;
    list.length = 0;
    list.push(lastEvent - firstEvent);
    list.push(lastLink - firstLink);
    for (let event = firstEvent; event < lastEvent; event++) {
      list.push(events.times[event * 2] as number);
      list.push(events.times[event * 2 + 1] as number);
      list.push(this.#eventNames.code(event));
      this.#pushPairs(this.#eventPairs, event);
    }
    for (let link = firstLink; link < lastLink; link++) {
      for (const column of [links.traceIds, links.spanIds, links.traceStates]) list.push(this.#textCode(column, link));
      this.#pushPairs(this.#linkPairs, link);
    }
    if (slice.restStarts.length === 0) slice.restStarts = new Uint32Array(slice.durations.length);
    slice.restStarts[at] = slice.addRest(list.words.subarray(0, list.length));
  }

  /** The count of a row's pairs, and their codes. */
  #pushPairs(pairs: PairCodes, row: number): void {
    const count = pairs.read(row);
    this.#list.push(count);
    this.#pushNested(pairs, count);
  }

  /** Pairs of something else than the span and its resource. */
  #pushNested({ codes, keys }: PairCodes, count: number): void {
    for (let i = 0; i < count; i++) {
      this.#list.push(codes[i] as number);
      this.#slice.nestedKeys.add(keys[i] as number);
    }
  }
}

/** The rows of an array column's inner column that belong to a row. */
function rangeOf(offsets: Uint32Array, row: number): readonly [start: number, end: number] {
  return [row === 0 ? 0 : (offsets[row - 1] as number), offsets[row] as number];
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

/** Puts an id of 16 hex digits, or none, into two words; any other text is kept beside them. */
function putSpanId(
  words: Uint32Array,
  odd: Map<number, string>,
  at: number,
  { bytes, starts, ends }: TextColumn,
  row: number,
): void {
  const start = starts[row] as number;
  const end = ends[row] as number;
  words[at * 2] = 0;
  words[at * 2 + 1] = 0;
  if (start === end) return;
  const isId = readHexWords(words, at * 2, 2, bytes, start, end);
  if (!isId || (words[at * 2] === 0 && words[at * 2 + 1] === 0)) odd.set(at, textOf(bytes, start, end));
}
