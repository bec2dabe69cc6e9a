import type { Column } from '../native/columns.ts';
import type { MapBuilder } from './attributes.ts';
import { DictionaryBuilder, Uint32Builder } from './growable.ts';
import type { TextBuilder } from './text_builder.ts';
import type { WordMapBuilder } from './word_map.ts';

/** What the columns below are made of: those of `otel_traces` of these names. */
interface SpanParts {
  readonly rows: number;
  readonly attributes: WordMapBuilder;
  readonly attributeTypes: DictionaryBuilder;
  readonly resourceAttributes: WordMapBuilder;
  readonly resourceTypes: DictionaryBuilder;
  readonly scopeAttributes: MapBuilder;
  readonly eventOffsets: Uint32Builder;
  readonly eventName: DictionaryBuilder;
  readonly eventAttributes: MapBuilder;
  readonly linkOffsets: Uint32Builder;
  readonly linkAttributes: MapBuilder;
}

/** Letters of types whose values TraceQL does not compare as they are stored: arrays, values that JSON cannot tell, none. */
const UNSURE_LETTERS: ReadonlySet<number> = new Set(Buffer.from('jon'));
const EXCEPTION = Buffer.from('exception');

/**
 * The column UnsureKeys: what its default has (0023_sent_defaults.sql), which the engine would work out for every block by
 * itself, a fifth of the time that inserting takes.
 */
export function unsureKeys(spans: SpanParts): Column {
  const { rows, attributes, attributeTypes, resourceAttributes, resourceTypes } = spans;
  const found = new DictionaryBuilder(16);
  const offsets = new Uint32Builder(rows);
  const ofSpan = byTypes(attributes, attributeTypes, adder('span.', attributes.keys, found));
  const ofResource = byTypes(resourceAttributes, resourceTypes, adder('resource.', resourceAttributes.keys, found));
  const nested = [
    entriesOf(spans.scopeAttributes, undefined, found),
    entriesOf(spans.eventAttributes, spans.eventOffsets, found),
    entriesOf(spans.linkAttributes, spans.linkOffsets, found),
  ].filter((each) => each !== undefined);
  for (let row = 0; row < rows; row++) {
    ofSpan?.(row);
    ofResource?.(row);
    for (const each of nested) each(row);
    offsets.append(found.rows);
  }
  return { kind: 'array', offsets: offsets.values(), values: found.column() };
}

/** The column Exceptions: how many events of each span are exceptions. */
export function exceptions({ rows, eventOffsets, eventName }: SpanParts): Column {
  const values = new Uint16Array(rows);
  const { words } = eventName;
  // Masking may have made several words alike.
  const isException = Uint8Array.from({ length: words.rows }, (_, word) =>
    Number(EXCEPTION.equals(wordBytes(words, word))),
  );
  if (isException.includes(1))
    for (let row = 0; row < rows; row++)
      for (let event = endOf(eventOffsets, row - 1); event < eventOffsets.at(row); event++)
        if (isException[eventName.index(event)] === 1) values[row] = (values[row] as number) + 1;
  return { kind: 'number', values };
}

type OfRow = (row: number) => void;

/** Where the parts of a row end; of the row before the first: 0. */
function endOf(offsets: Uint32Builder, row: number): number {
  return row < 0 ? 0 : offsets.at(row);
}

function wordBytes(words: TextBuilder, word: number): Uint8Array {
  return words.bytes.subarray(words.start(word), words.start(word + 1));
}

/** Adds the key of an entry, behind its scope, to the words found. */
function adder(scope: string, keys: DictionaryBuilder, found: DictionaryBuilder): (entry: number) => void {
  const numbers = new Int32Array(keys.words.rows).fill(-1);
  const prefix = Buffer.from(scope);
  return (entry) => {
    const key = keys.index(entry);
    if ((numbers[key] as number) < 0) numbers[key] = found.learn(Buffer.concat([prefix, wordBytes(keys.words, key)]));
    found.appendIndex(numbers[key] as number);
  };
}

/** Looks at the entries of a row whose type has an unsure letter; undefined when there are no such types. */
function byTypes(entries: WordMapBuilder, types: DictionaryBuilder, add: (entry: number) => void): OfRow | undefined {
  const { words } = types;
  /** Of each word of types the places of its unsure letters. */
  const places = Array.from({ length: words.rows }, (_, word) =>
    [...wordBytes(words, word)].flatMap((letter, place) => (UNSURE_LETTERS.has(letter) ? [place] : [])),
  );
  if (places.every((each) => each.length === 0)) return undefined;
  return (row) => {
    const start = endOf(entries.offsets, row - 1);
    const end = entries.offsets.at(row);
    for (const place of places[types.index(row)] as readonly number[]) if (start + place < end) add(start + place);
  };
}

/** Looks at all entries of a row, or of its events or links; undefined when there are none. */
function entriesOf(entries: MapBuilder, parts: Uint32Builder | undefined, found: DictionaryBuilder): OfRow | undefined {
  if (entries.isBlank) return undefined;
  const add = adder('any.', entries.keys, found);
  return (row) => {
    const [first, last] = parts === undefined ? [row, row + 1] : [endOf(parts, row - 1), parts.at(row)];
    const end = endOf(entries.offsets, last - 1);
    for (let entry = endOf(entries.offsets, first - 1); entry < end; entry++) add(entry);
  };
}
