import { wordsOf } from '../../base/words_of.ts';
import type { LogSelection, StoredBatch } from '../logql/source.ts';

/** Records of a section among others. */
interface FoundSection {
  readonly batch: StoredBatch;
  /** Two words for each record, the lower one first. */
  readonly times: Int32Array;
  readonly streamIds: Uint32Array;
  /** Of the section among others. */
  readonly place: number;
}

const FIRST_ROOM = 64;
const WORD = 2 ** 32;

/** Records that may be wanted, in the order they were found, without an object for each. */
export class FoundRecords {
  readonly #sections: FoundSection[] = [];
  /** The last one begun; it is kept with the first record of it. */
  #begun: FoundSection | undefined;
  /** Of each record: its section, and its row there. */
  #places = new Uint32Array(FIRST_ROOM);
  #rows = new Uint32Array(FIRST_ROOM);
  #low = new Uint32Array(FIRST_ROOM);
  #high = new Int32Array(FIRST_ROOM);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** What is added from now on is of this section. */
  begin(section: FoundSection): void {
    this.#begun = section;
  }

  add(row: number): void {
    if (this.#count === this.#rows.length) this.#grow();
    if (this.#begun !== undefined && this.#begun !== this.#sections.at(-1)) this.#sections.push(this.#begun);
    const at = this.#count++;
    const section = this.#sections.length - 1;
    const { times } = this.#sections[section] as FoundSection;
    this.#places[at] = section;
    this.#rows[at] = row;
    this.#low[at] = times[2 * row] as number;
    this.#high[at] = times[2 * row + 1] as number;
  }

  /** The time of the earliest, ns; undefined where there is none. */
  get oldestNs(): bigint | undefined {
    let oldest = 0;
    for (let i = 1; i < this.#count; i++) if (this.#compareTimes(i, oldest) < 0) oldest = i;
    return this.#count === 0 ? undefined : this.#timeOf(oldest);
  }

  /** Those of a time or later in order, which are then not here any more; undefined where there is none. */
  takeFrom(fromNs: bigint): StoredBatch | undefined {
    const [taken, left]: [number[], number[]] = [[], []];
    for (let i = 0; i < this.#count; i++) (this.#timeOf(i) >= fromNs ? taken : left).push(i);
    if (taken.length === 0) return undefined;
    const batch = this.#batchOf(this.#ordered(Uint32Array.from(taken)).reverse());
    for (const [to, from] of left.entries()) {
      this.#places[to] = this.#places[from] as number;
      this.#rows[to] = this.#rows[from] as number;
      this.#low[to] = this.#low[from] as number;
      this.#high[to] = this.#high[from] as number;
    }
    this.#count = left.length;
    return batch;
  }

  /** All of them in order of time, of stream, then of arrival; or the other way round. */
  inOrder(direction: LogSelection['direction']): StoredBatch {
    const order = this.#ordered(Uint32Array.from({ length: this.#count }, (_, i) => i));
    return this.#batchOf(direction === 'backward' ? order.reverse() : order);
  }

  #grow(): void {
    const places = new Uint32Array(this.#count * 2);
    const rows = new Uint32Array(this.#count * 2);
    const low = new Uint32Array(this.#count * 2);
    const high = new Int32Array(this.#count * 2);
    places.set(this.#places);
    rows.set(this.#rows);
    low.set(this.#low);
    high.set(this.#high);
    [this.#places, this.#rows, this.#low, this.#high] = [places, rows, low, high];
  }

  #timeOf(i: number): bigint {
    return (BigInt(this.#high[i] as number) << 32n) | BigInt(this.#low[i] as number);
  }

  #compareTimes(a: number, b: number): number {
    return (this.#high[a] as number) - (this.#high[b] as number) || (this.#low[a] as number) - (this.#low[b] as number);
  }

  /** Of records of one time. */
  #compareStreams(a: number, b: number): number {
    const [first, second] = [this.#places[a] as number, this.#places[b] as number];
    const [rowA, rowB] = [this.#rows[a] as number, this.#rows[b] as number];
    const { streamIds: idsA, place: placeA } = this.#sections[first] as FoundSection;
    const { streamIds: idsB, place: placeB } = this.#sections[second] as FoundSection;
    return (
      (idsA[2 * rowA + 1] as number) - (idsB[2 * rowB + 1] as number) ||
      (idsA[2 * rowA] as number) - (idsB[2 * rowB] as number) ||
      placeA - placeB ||
      rowA - rowB
    );
  }

  #ordered(records: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
    const { length } = records;
    const keys = this.#sortKeys(records);
    if (keys === undefined) return records.sort((a, b) => this.#compareTimes(a, b) || this.#compareStreams(a, b));
    keys.sort();
    const order = new Uint32Array(length);
    for (let i = 0; i < length; i++) {
      const key = keys[i] as number;
      order[i] = records[key - Math.floor(key / length) * length] as number;
    }
    for (let start = 0, end = 1; start < length; start = end++) {
      while (end < length && this.#compareTimes(order[start] as number, order[end] as number) === 0) end++;
      if (end > start + 1) order.subarray(start, end).sort((a, b) => this.#compareStreams(a, b));
    }
    return order;
  }

  /**
   * Numbers in the order of the records' times that hold their place among `records`: sorting numbers takes a tenth of
   * what sorting by comparison does. Undefined where a double has no room for that.
   */
  #sortKeys(records: Uint32Array): Float64Array | undefined {
    const { length } = records;
    let [oldest, newest] = [records[0] ?? 0, records[0] ?? 0];
    for (const record of records) {
      if (this.#compareTimes(record, oldest) < 0) oldest = record;
      if (this.#compareTimes(newest, record) < 0) newest = record;
    }
    const [low, high] = [this.#low[oldest] as number, this.#high[oldest] as number];
    const since = (record: number): number =>
      ((this.#high[record] as number) - high) * WORD + ((this.#low[record] as number) - low);
    if ((since(newest) + 1) * length > Number.MAX_SAFE_INTEGER) return undefined;
    const keys = new Float64Array(length);
    for (let i = 0; i < length; i++) keys[i] = since(records[i] as number) * length + i;
    return keys;
  }

  #batchOf(order: Uint32Array): StoredBatch {
    const { length } = order;
    const times = new BigInt64Array(length);
    const words = wordsOf(Int32Array, times);
    const rows = new Uint32Array(length);
    const batches: StoredBatch[] = [];
    for (let i = 0; i < length; i++) {
      const record = order[i] as number;
      words[2 * i] = this.#low[record] as number;
      words[2 * i + 1] = this.#high[record] as number;
      rows[i] = this.#rows[record] as number;
      batches.push((this.#sections[this.#places[record] as number] as FoundSection).batch);
    }
    const batchAt = (i: number): StoredBatch => {
      const batch = batches[i];
      if (batch === undefined) throw new RangeError(`row ${i} of ${length}`);
      return batch;
    };
    const rowAt = (i: number): number => rows[i] as number;
    return {
      rows: length,
      times,
      streamId: (i) => batchAt(i).streamId(rowAt(i)),
      stream: (i) => batchAt(i).stream(rowAt(i)),
      metadata: (i) => batchAt(i).metadata(rowAt(i)),
      line: (i) => batchAt(i).line(rowAt(i)),
      virtual: (i) => batchAt(i).virtual(rowAt(i)),
      identity: (i) => batchAt(i).identity(rowAt(i)),
    };
  }
}
