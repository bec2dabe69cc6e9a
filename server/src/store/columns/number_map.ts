import type { MapColumn } from '../native/columns.ts';
import { DictionaryBuilder, keptParts, Uint32Builder } from './growable.ts';

/** A Map(LowCardinality(String), UInt32) column. */
export class NumberMapBuilder {
  readonly keys: DictionaryBuilder;
  private readonly values: Uint32Builder;
  private readonly offsets: Uint32Builder;
  /** Numbers of the words in `keys`: few, and the same in every row. */
  private readonly words = new Map<string, number>();

  constructor(rows = 64) {
    this.keys = new DictionaryBuilder(rows);
    this.values = new Uint32Builder(rows);
    this.offsets = new Uint32Builder(rows);
  }

  /** Adds an entry to the row being written; zero is left out. */
  entry(key: string, value: number): void {
    if (value === 0) return;
    const known = this.words.get(key);
    if (known === undefined) {
      this.keys.appendText(key);
      this.words.set(key, this.keys.index(this.keys.rows - 1));
    } else this.keys.appendIndex(known);
    this.values.append(value);
  }

  endRow(): void {
    this.offsets.append(this.keys.rows);
  }

  get isBlank(): boolean {
    return this.keys.rows === 0;
  }

  /** Drops the rows whose byte in `kept` is 0. */
  keepRows(kept: Uint8Array): void {
    const keptEntries = keptParts(this.offsets, kept);
    this.keys.keepRows(keptEntries);
    this.values.keepRows(keptEntries);
  }

  clear(): void {
    this.keys.clear();
    this.words.clear();
    this.values.clear();
    this.offsets.clear();
  }

  get capacity(): number {
    return this.keys.capacity + this.values.capacity + this.offsets.capacity;
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
