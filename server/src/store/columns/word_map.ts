import { viewOfBytes } from '../../base/byte_strings.ts';
import type { MapEntries } from '../../model/stages.ts';
import type { MapColumn } from '../native/columns.ts';
import { type AttributeSet, type AttributeTarget, DROPPED_ATTRIBUTES, truncatedKey } from './attributes.ts';
import { DictionaryBuilder, type Uint32Builder } from './growable.ts';
import { MapKeys } from './map_keys.ts';
import { TextBuilder } from './text_builder.ts';

/**
 * A column of maps whose values are words too, each of one key: a pair that many rows have is written once for a block. It is
 * sent as Map(LowCardinality(String), LowCardinality(String)), which the engine takes for a column whose values are String.
 */
export class WordMapBuilder implements AttributeTarget {
  readonly values: DictionaryBuilder;
  private readonly mapKeys: MapKeys;
  /** The value of an entry whose key is written. */
  private readonly value = new TextBuilder(256, 1);
  /** The key of that entry, -1 when there is none. */
  private open = -1;

  constructor(rows = 64) {
    this.mapKeys = new MapKeys(rows);
    this.values = new DictionaryBuilder(rows);
  }

  get keys(): DictionaryBuilder {
    return this.mapKeys.words;
  }

  get offsets(): Uint32Builder {
    return this.mapKeys.offsets;
  }

  /** Each pair once: entry i is pair i. */
  get pairs(): MapEntries {
    const { keys, values, offsets } = this;
    const { table } = values;
    const keysOfPairs = { rows: table.size, index: (pair: number) => table.tag(pair), words: keys.words };
    return { keys: keysOfPairs, values: values.words, offsets, distinct: undefined };
  }

  get text(): TextBuilder {
    return this.value;
  }

  key(bytes: Uint8Array, start: number, end: number): void {
    this.close();
    this.open = this.mapKeys.add(bytes, start, end);
  }

  /** Ends the entry whose value was written into `text`. */
  private close(): void {
    if (this.open < 0) return;
    const { value, values } = this;
    values.appendIndex(values.table.indexOf(value.view, 0, value.length, this.open));
    value.clear();
    this.open = -1;
  }

  entry(keyBytes: Uint8Array, keyStart: number, keyEnd: number, bytes: Uint8Array, start: number, end: number): void {
    this.close();
    const key = this.mapKeys.add(keyBytes, keyStart, keyEnd);
    this.values.appendIndex(this.values.table.indexOf(viewOfBytes(bytes), start, end, key));
  }

  entryText(key: string, value: string): void {
    const [keyBytes, bytes] = [Buffer.from(key, 'utf8'), Buffer.from(value, 'utf8')];
    this.entry(keyBytes, 0, keyBytes.length, bytes, 0, bytes.length);
  }

  truncated(keyBytes: Uint8Array, keyStart: number, keyEnd: number, fullBytes: number): void {
    const key = truncatedKey(keyBytes, keyStart, keyEnd);
    this.key(key, 0, key.length);
    this.value.appendText(String(fullBytes));
  }

  dropped(count: number): void {
    this.entryText(DROPPED_ATTRIBUTES, String(count));
  }

  /** Writes a set into the current row. */
  set(set: AttributeSet): void {
    this.close();
    if (set.writtenTo === this) {
      this.keys.repeat(set.writtenFrom, set.writtenEnd);
      this.values.repeat(set.writtenFrom, set.writtenEnd);
      return;
    }
    set.writtenTo = this;
    set.writtenFrom = this.keys.rows;
    const { keys, values } = set.entries;
    const names = keys.words;
    for (let i = 0; i < keys.rows; i++) {
      const key = keys.index(i);
      this.entry(
        names.bytes,
        names.start(key),
        names.start(key + 1),
        values.bytes,
        values.start(i),
        values.start(i + 1),
      );
    }
    set.writtenEnd = this.keys.rows;
  }

  endRow(): void {
    this.close();
    this.mapKeys.endRow();
  }

  get isBlank(): boolean {
    return this.keys.rows === 0;
  }

  /** Drops the rows whose byte in `kept` is 0, and the words only they had. No more rows are written until `clear`. */
  keepRows(kept: Uint8Array): void {
    this.values.keepRows(this.mapKeys.keepRows(kept));
    this.values.forgetUnused();
  }

  /** Forgets everything written; the memory is used again. Sets written before must not be written after. */
  clear(): void {
    this.mapKeys.clear();
    this.values.clear();
    this.value.clear();
    this.open = -1;
  }

  get capacity(): number {
    return this.mapKeys.capacity + this.values.capacity;
  }

  column(): MapColumn {
    return {
      kind: 'map',
      offsets: this.offsets.values(),
      keys: this.keys.column(),
      values: this.values.column(),
    };
  }
}
