import { viewOfBytes } from '../../base/byte_strings.ts';
import { DictionaryBuilder, keptParts, Uint32Builder } from './growable.ts';

/** The keys of a column of maps, entry after entry, and where the entries of each row end. */
export class MapKeys {
  readonly words: DictionaryBuilder;
  readonly offsets: Uint32Builder;
  /** Where the row being written begins, and the key of the row before that its next key is likely to equal. */
  private rowStart = 0;
  private guess = 0;

  constructor(rows: number) {
    this.words = new DictionaryBuilder(rows);
    this.offsets = new Uint32Builder(rows);
  }

  /** Adds the key of the next entry, and returns its number among the words. */
  add(bytes: Uint8Array, start: number, end: number): number {
    // Rows of one sender mostly have the same keys in the same order: look where the row before had them.
    const { words } = this;
    const view = viewOfBytes(bytes);
    if (this.guess < this.rowStart) {
      const index = words.index(this.guess++);
      if (words.table.equals(index, view, start, end)) {
        words.appendIndex(index);
        return index;
      }
    }
    const index = words.table.indexOf(view, start, end);
    words.appendIndex(index);
    return index;
  }

  endRow(): void {
    this.guess = this.rowStart;
    this.rowStart = this.words.rows;
    this.offsets.append(this.words.rows);
  }

  /** Appends rows without entries until there are `rows`. */
  fill(rows: number): void {
    if (this.offsets.rows >= rows) return;
    this.offsets.fill(rows, this.words.rows);
    this.guess = this.rowStart = this.words.rows;
  }

  /** Drops the rows whose byte in `kept` is 0, and says which entries stay. */
  keepRows(kept: Uint8Array): Uint8Array {
    const keptEntries = keptParts(this.offsets, kept);
    this.words.keepRows(keptEntries);
    return keptEntries;
  }

  clear(): void {
    this.words.clear();
    this.offsets.clear();
    this.rowStart = 0;
    this.guess = 0;
  }

  get capacity(): number {
    return this.words.capacity + this.offsets.capacity;
  }
}
