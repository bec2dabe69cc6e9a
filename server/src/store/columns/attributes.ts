import type { MapColumn } from '../native/columns.ts';
import { DictionaryBuilder, TextBuilder, Uint32Builder } from './growable.ts';

/** Attributes read once and written to many rows (a resource's, a scope's). */
export class AttributeSet {
  readonly keys = new TextBuilder(256, 16);
  readonly values = new TextBuilder(512, 16);
  /** One letter per attribute, in order (see `ResourceAttributeTypes` in `store/tables.ts`). */
  readonly types = new TextBuilder(16, 1);
  /** Where this set was written last: a builder and its entries, to be repeated. */
  writtenTo: MapBuilder | undefined;
  writtenFrom = 0;
  writtenEnd = 0;
}

/** A Map(LowCardinality(String), String) column. An entry is a key and one row of `values`. */
export class MapBuilder {
  readonly keys: DictionaryBuilder;
  readonly values: TextBuilder;
  readonly offsets: Uint32Builder;

  constructor(rows = 64) {
    this.keys = new DictionaryBuilder(rows);
    this.values = new TextBuilder(1024, rows);
    this.offsets = new Uint32Builder(rows);
  }

  /** Writes the key of the next entry; the caller writes its value into `values` and ends it there. */
  key(bytes: Uint8Array, start: number, end: number): void {
    // Rows of one sender mostly have the same keys in the same order: look where the row before had them.
    const { keys, offsets } = this;
    const rows = offsets.rows;
    if (rows > 0) {
      const rowStart = offsets.at(rows - 1);
      const before = rows > 1 ? offsets.at(rows - 2) : 0;
      const guess = before + (keys.rows - rowStart);
      if (guess < rowStart) {
        const index = keys.index(guess);
        if (keys.table.equals(index, bytes, start, end)) {
          keys.appendIndex(index);
          return;
        }
      }
    }
    keys.appendIndex(keys.table.indexOf(bytes, start, end));
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

  endRow(): void {
    this.offsets.append(this.keys.rows);
  }

  /** Writes a set into the current row. */
  set(set: AttributeSet): void {
    if (set.writtenTo === this) {
      this.keys.repeat(set.writtenFrom, set.writtenEnd);
      this.values.repeat(set.writtenFrom, set.writtenEnd);
      return;
    }
    const from = this.keys.rows;
    for (let i = 0; i < set.keys.rows; i++) {
      this.key(set.keys.bytes, set.keys.start(i), set.keys.start(i + 1));
      this.values.append(set.values.bytes, set.values.start(i), set.values.start(i + 1));
    }
    set.writtenTo = this;
    set.writtenFrom = from;
    set.writtenEnd = this.keys.rows;
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
