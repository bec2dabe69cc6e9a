import type { Interner } from './ingest.ts';
import { type Labels, labelsKey } from './labels.ts';

/** The plainest Interner: a Map, ids counted up from 1, nothing ever forgotten. For tests and tools; the server's is in `ingest/`. */
export function createMapInterner(limit = 1000): Interner {
  const sets: Labels[] = [];
  const byBytes = new Map<string, number>();
  const byLabels = new Map<string, number>();
  const idLow = new Uint32Array(limit);
  const key = (bytes: Uint8Array, start: number, end: number, variant: number) =>
    `${variant}:${Buffer.from(bytes.subarray(start, end)).toString('hex')}`;
  const intern = (labels: Labels): number => {
    const known = byLabels.get(labelsKey(labels));
    if (known !== undefined) return known;
    if (sets.length >= limit) return -2;
    const reference = sets.push(labels) - 1;
    idLow[reference] = reference + 1;
    byLabels.set(labelsKey(labels), reference);
    return reference;
  };
  return {
    idHigh: new Uint32Array(limit),
    idLow,
    find: (bytes, start, end, variant) => byBytes.get(key(bytes, start, end, variant)) ?? -1,
    add(bytes, start, end, variant, labels) {
      const reference = intern(labels);
      if (reference >= 0) byBytes.set(key(bytes, start, end, variant), reference);
      return reference;
    },
    intern,
    labels: (reference) => sets[reference] ?? [],
  };
}
