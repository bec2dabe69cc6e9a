import type { SpanSlice } from './span_slice.ts';

/** Rows of a trace that are compared one by one; of a longer one the keys are remembered. */
const FEW = 32;
const LOOKED = 1;
const REMEMBERED = 2;

/** Finds the rows of a slice whose span is in memory already. The kind tells the two sides of a call apart that share an id (B3). */
export class SpanRepeats {
  readonly #slice: SpanSlice;
  readonly #others: () => readonly SpanSlice[];
  #current: readonly SpanSlice[] = [];
  /** By the number of a trace that is long or has spans elsewhere: the keys of its spans. */
  readonly #keys = new Map<number, Set<string>>();
  /** By the number of a trace: whether it was looked for elsewhere, and whether its keys are remembered. */
  #looked = new Uint8Array(1024);

  /** @param others the other slices that are kept */
  constructor(slice: SpanSlice, others: () => readonly SpanSlice[]) {
    this.#slice = slice;
    this.#others = others;
  }

  /** To be called before rows are looked at, each time others may have come or gone. */
  begin(): void {
    this.#current = this.#others();
  }

  /** Looks at a row; rows are looked at in their order. */
  look(row: number): void {
    const slice = this.#slice;
    const trace = slice.traceOf[row] as number;
    if (trace >= this.#looked.length || this.#looked[trace] === 0) this.#lookElsewhere(trace, row);
    const isRepeat = this.#looked[trace] === REMEMBERED ? this.#isRemembered(trace, row) : this.#isAmongFew(trace, row);
    if (isRepeat) slice.repeats.add(row);
  }

  #lookElsewhere(trace: number, row: number): void {
    if (trace >= this.#looked.length) {
      const looked = new Uint8Array(trace * 2);
      looked.set(this.#looked);
      this.#looked = looked;
    }
    this.#looked[trace] = LOOKED;
    let keys: Set<string> | undefined;
    for (const other of this.#current) {
      const known = other.traces.find(this.#slice.traces.ids, trace * 4);
      if (known < 0) continue;
      keys ??= new Set();
      for (const otherRow of other.rowsOfTrace(known)) keys.add(keyOf(other, otherRow));
    }
    if (keys !== undefined) this.#remember(trace, this.#withRowsBefore(row, keys));
  }

  #remember(trace: number, keys: Set<string>): void {
    this.#keys.set(trace, keys);
    this.#looked[trace] = REMEMBERED;
  }

  #isRemembered(trace: number, row: number): boolean {
    const keys = this.#keys.get(trace) as Set<string>;
    return keys.size === keys.add(keyOf(this.#slice, row)).size;
  }

  /** Adds the keys of the rows of the same trace before a row. */
  #withRowsBefore(last: number, keys: Set<string>): Set<string> {
    const { previousOfTrace } = this.#slice;
    for (let row = previousOfTrace[last] as number; row !== -1; row = previousOfTrace[row] as number)
      keys.add(keyOf(this.#slice, row));
    return keys;
  }

  #isAmongFew(trace: number, last: number): boolean {
    const { previousOfTrace, spanIds, oddSpanIds, forms } = this.#slice;
    let rows = 0;
    for (let row = previousOfTrace[last] as number; row !== -1; row = previousOfTrace[row] as number) {
      if (++rows > FEW) {
        this.#remember(trace, this.#withRowsBefore(last, new Set()));
        return this.#isRemembered(trace, last);
      }
      if (spanIds[row * 2 + 1] !== spanIds[last * 2 + 1] || spanIds[row * 2] !== spanIds[last * 2]) continue;
      if (oddSpanIds.get(row) !== oddSpanIds.get(last)) continue;
      if (forms.at(row) === forms.at(last) || kindOf(this.#slice, row) === kindOf(this.#slice, last)) return true;
    }
    return false;
  }
}

const kindOf = (slice: SpanSlice, row: number): string => slice.form(slice.forms.at(row)).kind;

function keyOf(slice: SpanSlice, row: number): string {
  const id = slice.oddSpanIds.get(row) ?? `${slice.spanIds[row * 2]} ${slice.spanIds[row * 2 + 1]}`;
  return `${id} ${kindOf(slice, row)}`;
}
