import type { VectorMatching } from '@trilith/lang/promql';
import { type Labels, labelsKey } from '../../../model/labels.ts';
import { groupLabels } from '../label_sets.ts';
import type { VectorSeries } from '../values.ts';

/** The labels two series have to share, as `on` or `ignoring` say. */
export function matchLabels(labels: Labels, matching: VectorMatching): Labels {
  return groupLabels(labels, new Set(matching.labels), !matching.on);
}

/** Numbers the match groups of both sides: group of each left series, of each right series, and how many there are. */
export function matchGroups(
  left: readonly VectorSeries[],
  right: readonly VectorSeries[],
  matching: VectorMatching,
): { readonly left: Uint32Array; readonly right: Uint32Array; readonly count: number } {
  const names = new Set(matching.labels);
  const numbers = new Map<string, number>();
  const number = (one: VectorSeries): number => {
    const key = labelsKey(groupLabels(one.labels, names, !matching.on));
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    return numbers.size - 1;
  };
  const leftGroups = Uint32Array.from(left, number);
  const rightGroups = Uint32Array.from(right, number);
  return { left: leftGroups, right: rightGroups, count: numbers.size };
}
