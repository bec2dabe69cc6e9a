import { letterOf, type SpanSlice } from './span_slice.ts';

/** What is known of the rows of a slice together. */
interface SliceKeys {
  /** Rows looked at so far. */
  rows: number;
  /** Of the first and the last to begin, ns. */
  oldestNs: bigint;
  newestNs: bigint;
  /** Codes of the keys of their own attributes, in `texts`. */
  readonly keys: Set<number>;
}

const known = new WeakMap<SpanSlice, SliceKeys>();

/** Looks at the rows that came since. */
export function sliceKeys(slice: SpanSlice): Readonly<SliceKeys> {
  const all = known.get(slice) ?? { rows: 0, oldestNs: slice.startNs(0), newestNs: 0n, keys: new Set<number>() };
  known.set(slice, all);
  if (all.rows === slice.rows) return all;
  const isUsed = new Uint8Array(slice.pairTexts.size);
  const end = slice.pairStart(slice.rows);
  for (let i = slice.pairStart(all.rows); i < end; i++) isUsed[slice.pairs.at(i)] = 1;
  addKeys(slice, isUsed, all.keys);
  for (; all.rows < slice.rows; all.rows++) {
    const start = slice.startNs(all.rows);
    if (start < all.oldestNs) all.oldestNs = start;
    if (start > all.newestNs) all.newestNs = start;
  }
  return all;
}

/** Adds the codes of the keys of pairs that are used. */
export function addKeys({ pairTexts }: SpanSlice, isUsed: Uint8Array, keys: Set<number>): void {
  for (let code = 0; code < isUsed.length; code++)
    if (isUsed[code] === 1) keys.add((pairTexts.tags[code] as number) >>> 8);
}

const unsure = new WeakMap<SpanSlice, { codes: number; readonly keys: Set<number> }>();

/** Letters of values whose text is not the value that is compared: arrays, what JSON cannot tell, names without a value. */
export const UNSURE = 'jon';

/** Codes of the keys of pairs with such a value; every pair is looked at once. */
export function unsureKeys(slice: SpanSlice): ReadonlySet<number> {
  const known = unsure.get(slice) ?? { codes: 0, keys: new Set<number>() };
  unsure.set(slice, known);
  const { tags, size } = slice.pairTexts;
  for (; known.codes < size; known.codes++) {
    const tag = tags[known.codes] as number;
    if (UNSURE.includes(letterOf(tag) || 's')) known.keys.add(tag >>> 8);
  }
  return known.keys;
}
