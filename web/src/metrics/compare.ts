import type { Range } from '../time/range.ts';

/** What a graph is compared with: the same queries so much earlier. */
export const comparisons = ['off', 'range', '1h', '1d', '1w'] as const;
export type Comparison = (typeof comparisons)[number];

export function comparisonOf(text: string | null): Comparison {
  return comparisons.find((one) => one === text) ?? 'off';
}

const shifts = { '1h': 3_600_000, '1d': 86_400_000, '1w': 604_800_000 } as const;

/** How far back the comparison lies, ms; 0 for none. A range's own length is rounded up to whole steps. */
export function shiftMs(comparison: Comparison, range: Range, stepMs: number): number {
  if (comparison === 'off') return 0;
  if (comparison === 'range') return Math.ceil((range.toMs - range.fromMs) / stepMs) * stepMs;
  return shifts[comparison];
}
