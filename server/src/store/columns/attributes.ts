import { viewOfBytes } from '../../base/byte_strings.ts';
import type { MapColumn } from '../native/columns.ts';
import type { DictionaryBuilder, Uint32Builder } from './growable.ts';
import { MapKeys } from './map_keys.ts';
import { TextBuilder } from './text_builder.ts';

/** The attribute that says how long a cut log line was, in bytes; for a cut attribute, the suffix of its name. */
export const TRUNCATED = '__truncated__';
const TRUNCATED_SUFFIX = Buffer.from(`.${TRUNCATED}`);
export const DROPPED_ATTRIBUTES = 'otel.dropped_attributes_count';

/** The last position at or before `end` that does not split a UTF-8 character. */
export function cutAt(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && at > end - 4 && ((bytes[at] as number) & 0xc0) === 0x80) at--;
  return at;
}

/** The key that tells how long the value of another was before it was cut. */
export function truncatedKey(keyBytes: Uint8Array, keyStart: number, keyEnd: number): Buffer {
  return Buffer.concat([keyBytes.subarray(keyStart, keyEnd), TRUNCATED_SUFFIX]);
}

/** The row of a map that attributes are written into. */
export interface AttributeTarget {
  /** Writes the key of the next entry; the caller writes its value as a row of `text`. */
  key(bytes: Uint8Array, start: number, end: number): void;
  readonly text: TextBuilder;
  entry(keyBytes: Uint8Array, keyStart: number, keyEnd: number, bytes: Uint8Array, start: number, end: number): void;
  /** Marks the entry of this key as cut from `fullBytes`. */
  truncated(keyBytes: Uint8Array, keyStart: number, keyEnd: number, fullBytes: number): void;
  /** Notes how many attributes of the row are not kept, under the name OpenTelemetry gives exporters for it. */
  dropped(count: number): void;
}

/** A Map(LowCardinality(String), String) column. An entry is a key and one row of `values`. */
export class MapBuilder implements AttributeTarget {
  readonly values: TextBuilder;
  private readonly mapKeys: MapKeys;
  /** How many values were cut. */
  truncations = 0;
  /** The entries [from, to), [from, to) … of each set's first time, and how many entries came by sets in all. */
  private readonly firstTimes: number[] = [];
  private setEntries = 0;

  constructor(rows = 64) {
    this.mapKeys = new MapKeys(rows);
    this.values = new TextBuilder(1024, rows);
  }

  get keys(): DictionaryBuilder {
    return this.mapKeys.words;
  }

  get offsets(): Uint32Builder {
    return this.mapKeys.offsets;
  }

  get text(): TextBuilder {
    return this.values;
  }

  key(bytes: Uint8Array, start: number, end: number): void {
    this.mapKeys.add(bytes, start, end);
  }

  entry(keyBytes: Uint8Array, keyStart: number, keyEnd: number, bytes: Uint8Array, start: number, end: number): void {
    this.key(keyBytes, keyStart, keyEnd);
    this.values.append(bytes, start, end);
  }

  entryText(key: string, value: string): void {
    const bytes = Buffer.from(key, 'utf8');
    this.key(bytes, 0, bytes.length);
    this.values.appendText(value);
  }

  /** Like `entry`, but a longer value is cut to `maxBytes` and marked with its full length in `<key>.__truncated__`. */
  boundedEntry(
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    start: number,
    end: number,
    maxBytes: number,
  ): void {
    this.key(bytes, keyStart, keyEnd);
    if (end - start <= maxBytes) {
      this.values.append(bytes, start, end);
      return;
    }
    this.values.append(bytes, start, cutAt(bytes, start, start + maxBytes));
    this.truncated(bytes, keyStart, keyEnd, end - start);
  }

  truncated(keyBytes: Uint8Array, keyStart: number, keyEnd: number, fullBytes: number): void {
    const key = truncatedKey(keyBytes, keyStart, keyEnd);
    this.key(key, 0, key.length);
    this.values.appendText(String(fullBytes));
    this.truncations++;
  }

  dropped(count: number): void {
    this.entryText(DROPPED_ATTRIBUTES, String(count));
  }

  endRow(): void {
    this.mapKeys.endRow();
  }

  get isBlank(): boolean {
    return this.keys.rows === 0;
  }

  /** Forgets everything written; the memory is used again. Sets written before must not be written after. */
  clear(): void {
    this.mapKeys.clear();
    this.values.clear();
    this.truncations = 0;
    this.forgetSets();
  }

  private forgetSets(): void {
    this.firstTimes.length = 0;
    this.setEntries = 0;
  }

  /** Entries [from, to), [from, to) …; all others repeat one of these. Undefined: any may be unlike the others. */
  get distinct(): readonly number[] | undefined {
    return this.setEntries === this.keys.rows ? this.firstTimes : undefined;
  }

  /** Drops the rows whose byte in `kept` is 0. No more rows are written until `clear`. */
  keepRows(kept: Uint8Array): void {
    this.values.keepRows(this.mapKeys.keepRows(kept));
    this.forgetSets();
  }

  /** Appends rows without entries until there are `rows`. */
  fill(rows: number): void {
    this.mapKeys.fill(rows);
  }

  get capacity(): number {
    return this.mapKeys.capacity + this.values.capacity;
  }

  /** Writes a set into the current row. */
  set(set: AttributeSet): void {
    if (set.writtenTo === this) {
      this.keys.repeat(set.writtenFrom, set.writtenEnd);
      this.values.repeat(set.writtenFrom, set.writtenEnd);
      this.setEntries += set.writtenEnd - set.writtenFrom;
      return;
    }
    const from = this.keys.rows;
    const { keys, values } = set.entries;
    for (let i = 0; i < keys.rows; i++) {
      const key = keys.index(i);
      const names = keys.table.keys;
      this.key(names.bytes, names.start(key), names.start(key + 1));
      this.values.append(values.bytes, values.start(i), values.start(i + 1));
    }
    set.writtenTo = this;
    set.writtenFrom = from;
    set.writtenEnd = this.keys.rows;
    this.firstTimes.push(from, this.keys.rows);
    this.setEntries += this.keys.rows - from;
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

/** Attributes read once (one row of `entries`) and written to many rows: a resource's, a scope's. */
export class AttributeSet {
  readonly entries = new MapBuilder(16);
  /** One letter per attribute, in order (see `ResourceAttributeTypes` in `store/tables.ts`). */
  readonly types = new TextBuilder(16, 1);
  /** How many attributes are not kept, where that is no attribute itself. */
  dropped = 0;
  /** Where this set was written last: a builder and its entries, to be repeated. */
  writtenTo: AttributeTarget | undefined;
  writtenFrom = 0;
  writtenEnd = 0;

  /** The text of the first attribute of this name, a copy; undefined when there is none. */
  value(name: Uint8Array): Uint8Array | undefined {
    const { keys, values } = this.entries;
    for (let i = 0; i < keys.rows; i++) {
      if (keys.table.equals(keys.index(i), viewOfBytes(name), 0, name.length)) {
        return new Uint8Array(values.bytes.subarray(values.start(i), values.start(i + 1)));
      }
    }
    return undefined;
  }

  /** Forgets the attributes; the memory is used again. */
  clear(): void {
    if (this.entries.offsets.rows > 0) this.entries.clear();
    this.types.clear();
    this.dropped = 0;
    this.writtenTo = undefined;
  }
}
