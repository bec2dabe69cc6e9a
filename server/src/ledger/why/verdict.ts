import type { WhyCause, WhyHop } from '@trilith/contract';
import type { Labels } from '../../model/labels.ts';

/** Where the way of an alert ended, and the hops up to there. */
export interface Verdict {
  readonly cause: WhyCause;
  readonly paged: boolean;
  readonly sentence: string;
  readonly hops: readonly WhyHop[];
}

export const hop = (
  name: WhyHop['hop'],
  outcome: WhyHop['outcome'],
  text: string,
  atMs: number | null = null,
): WhyHop => ({ hop: name, outcome, text, atMs });

/** An answer that ends at a hop whose text is the verdict. */
export function stop(
  cause: WhyCause,
  name: WhyHop['hop'],
  sentence: string,
  { hops, atMs = null }: { readonly hops: readonly WhyHop[]; readonly atMs?: number | null },
): Verdict {
  return { cause, paged: false, sentence, hops: [...hops, hop(name, 'stop', sentence, atMs)] };
}

/** `2026-01-05 10:00:00 UTC`. */
export function clock(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const UNITS: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
];

/** Two units at most: `1h5m`, `30s`. */
export function duration(ms: number): string {
  let left = Math.max(0, Math.round(ms / 1_000) * 1_000);
  const parts: string[] = [];
  for (const [size, name] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0 && parts.length < 2) parts.push(`${count}${name}`);
  }
  return parts.join('') || '0s';
}

export function labelsText(labels: Labels): string {
  const pairs = Array.from({ length: labels.length / 2 }, (_, i) => `${labels[i * 2]}="${labels[i * 2 + 1]}"`);
  return `{${pairs.join(', ')}}`;
}

export const number = (value: number): string => (Number.isNaN(value) ? 'NaN' : String(Number(value.toPrecision(6))));
