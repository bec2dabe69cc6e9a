import { createRandom } from './data/random.ts';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Ratio of medians (theirs / ours, above 1 is faster) with a 95 % bootstrap interval over the single runs. */
export function ratioOfMedians(
  theirs: readonly number[],
  ours: readonly number[],
): { readonly ratio: number; readonly low: number; readonly high: number } {
  const random = createRandom(7);
  const resample = (values: readonly number[]): number[] => values.map(() => random.pick(values));
  const ratios = Array.from({ length: 1000 }, () => median(resample(theirs)) / median(resample(ours))).sort(
    (a, b) => a - b,
  );
  return { ratio: median(theirs) / median(ours), low: ratios[25] ?? Number.NaN, high: ratios[974] ?? Number.NaN };
}
