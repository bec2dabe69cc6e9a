import type { SpanSlice } from './span_slice.ts';

const TWO_32 = 2 ** 32;
const LOW_WORD = 0xffff_ffffn;

interface StretchesOfTime {
  /** Stretch i is (originNs + i·widthNs, originNs + (i+1)·widthNs]; ns. */
  readonly originNs: bigint;
  readonly widthNs: bigint;
  readonly stretches: number;
}

/** The stretch of a row's start, or -1 for one outside all of them and for one that is not in [fromNs, toNs). */
export type StretchReader = (slice: SpanSlice, row: number) => number;

export function stretchReader(
  { originNs, widthNs, stretches }: StretchesOfTime,
  fromNs: bigint,
  toNs?: bigint,
): StretchReader {
  const base = originNs + 1n;
  const end = base + widthNs * BigInt(stretches);
  const from = fromNs > base ? fromNs : base;
  const to = toNs !== undefined && toNs < end ? toNs : end;
  if (to - base > BigInt(Number.MAX_SAFE_INTEGER)) {
    return (slice, row) => {
      const start = slice.startNs(row);
      return start < from || start >= to ? -1 : Number((start - base) / widthNs);
    };
  }
  const [high, low] = [Number(base >> 32n), Number(base & LOW_WORD)];
  const width = Number(widthNs);
  const [first, last] = [Number(from - base), Number(to - base)];
  return ({ starts }, row) => {
    // Exact where it is below 2^53, and what lies beyond is outside.
    const after = ((starts[row * 2 + 1] as number) - high) * TWO_32 + (starts[row * 2] as number) - low;
    return after < first || after >= last ? -1 : Math.floor(after / width);
  };
}
