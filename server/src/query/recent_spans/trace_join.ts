import { MISSING, ROOT } from '../traceql/trace_tree.ts';
import { SpanIdTable } from './span_id_table.ts';
import type { SpanSlice } from './span_slice.ts';

/** Members that are compared one by one; ids of more are hashed. */
const FEW = 32;

/**
 * Rows of one trace put together by their ids. It is made once and filled for one trace after the other. Ids are compared as the
 * words they are: not to be used for rows whose ids are none of 16 hex digits.
 */
export class TraceJoin {
  /** Members so far. */
  count = 0;
  /** Of each member the number its slice was added by, and its row. */
  slices = new Uint32Array(64);
  rows = new Uint32Array(64);
  /** After `join`: of each member the first one that has its id; and the first one that its parent's id names, ROOT or MISSING. */
  own = new Int32Array(64);
  parents = new Int32Array(64);
  /** After `join`: whether two members have one id. */
  hasTwins = false;
  /** After `join` zero of each member, for whoever goes over them. */
  marks = new Uint8Array(64);
  #ids = new Uint32Array(128);
  #parentIds = new Uint32Array(128);

  clear(): void {
    this.count = 0;
  }

  add(number: number, { spanIds, parentIds }: SpanSlice, row: number): void {
    const at = this.count++;
    if (at === this.rows.length) this.#grow();
    this.slices[at] = number;
    this.rows[at] = row;
    this.#ids[at * 2] = spanIds[row * 2] as number;
    this.#ids[at * 2 + 1] = spanIds[row * 2 + 1] as number;
    this.#parentIds[at * 2] = parentIds[row * 2] as number;
    this.#parentIds[at * 2 + 1] = parentIds[row * 2 + 1] as number;
  }

  join(): void {
    this.hasTwins = false;
    this.marks.fill(0, 0, this.count);
    if (this.count <= FEW) this.#joinFew();
    else this.#joinMany();
  }

  #joinFew(): void {
    const [ids, parentIds] = [this.#ids, this.#parentIds];
    const { count, own, parents } = this;
    for (let at = 0; at < count; at++) {
      const first = indexOfId(ids, at, ids[at * 2] as number, ids[at * 2 + 1] as number);
      if (first !== MISSING) this.hasTwins = true;
      own[at] = first === MISSING ? at : first;
      const high = parentIds[at * 2] as number;
      const low = parentIds[at * 2 + 1] as number;
      parents[at] = high === 0 && low === 0 ? ROOT : indexOfId(ids, count, high, low);
    }
  }

  #joinMany(): void {
    const [ids, parentIds] = [this.#ids, this.#parentIds];
    const { count, own, parents } = this;
    const table = new SpanIdTable(count);
    const firsts = new Int32Array(count);
    for (let at = 0; at < count; at++) {
      const known = table.size;
      const number = table.add(ids[at * 2] as number, ids[at * 2 + 1] as number);
      if (table.size > known) firsts[number] = at;
      else this.hasTwins = true;
      own[at] = firsts[number] as number;
    }
    for (let at = 0; at < count; at++) {
      const high = parentIds[at * 2] as number;
      const low = parentIds[at * 2 + 1] as number;
      const number = table.find(high, low);
      parents[at] = high === 0 && low === 0 ? ROOT : number < 0 ? MISSING : (firsts[number] as number);
    }
  }

  #grow(): void {
    const grown = <T extends Uint32Array | Int32Array>(array: T, next: T): T => {
      next.set(array);
      return next;
    };
    const size = this.rows.length * 2;
    this.slices = grown(this.slices, new Uint32Array(size));
    this.rows = grown(this.rows, new Uint32Array(size));
    this.own = new Int32Array(size);
    this.parents = new Int32Array(size);
    this.marks = new Uint8Array(size);
    this.#ids = grown(this.#ids, new Uint32Array(size * 2));
    this.#parentIds = grown(this.#parentIds, new Uint32Array(size * 2));
  }
}

/** The first of some ids that is this one. */
function indexOfId(ids: Uint32Array, count: number, high: number, low: number): number {
  for (let at = 0; at < count; at++) if (ids[at * 2 + 1] === low && ids[at * 2] === high) return at;
  return MISSING;
}
