import type { Grouping } from '@trilith/lang/logql';
import type { Labels } from '../../model/labels.ts';
import { labelsKey } from '../../model/labels.ts';

/** One series over the steps of a query: `values[i]` counts only where `present[i]` is 1. */
export interface Series {
  readonly labels: Labels;
  readonly values: Float64Array;
  readonly present: Uint8Array;
}

export interface Matrix {
  readonly kind: 'matrix';
  readonly series: readonly Series[];
}

export interface Scalar {
  readonly kind: 'scalar';
  readonly value: number;
}

export type Value = Matrix | Scalar;

/** The steps a metric query is evaluated at, ns: start, start + step, … ≤ end. An instant query has one. */
export interface Steps {
  readonly startNs: bigint;
  readonly stepNs: bigint;
  readonly count: number;
  readonly instant: boolean;
}

export function newSeries(labels: Labels, steps: number): Series {
  return { labels, values: new Float64Array(steps), present: new Uint8Array(steps) };
}

/** Series of a query that has thousands lie together in pieces of about so many numbers. */
const PIECE_NUMBERS = 4_096;

/** As {@link newSeries} for about so many of them: their values lie in the same memory. */
export function seriesMaker(steps: number, expected: number): (labels: Labels) => Series {
  const together = Math.max(1, Math.min(expected, Math.floor(PIECE_NUMBERS / steps)));
  let values = new Float64Array(0);
  let present = new Uint8Array(0);
  let at = 0;
  return (labels) => {
    if (at === values.length) {
      values = new Float64Array(together * steps);
      present = new Uint8Array(together * steps);
      at = 0;
    }
    const start = at;
    at += steps;
    return { labels, values: values.subarray(start, at), present: present.subarray(start, at) };
  };
}

/** The labels a grouping keeps. Without a grouping nothing is kept, as `sum(x)` has it. */
export function groupLabels(labels: Labels, grouping: Grouping | undefined): Labels {
  if (grouping === undefined) return [];
  const kept: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i] ?? '';
    if (grouping.labels.includes(name) !== grouping.without) kept.push(name, labels[i + 1] ?? '');
  }
  return kept;
}

/** The labels of a group of a vector aggregation: of those that `without` leaves, an empty one is none. */
export function vectorGroupLabels(labels: Labels, grouping: Grouping | undefined): Labels {
  const kept = groupLabels(labels, grouping);
  if (grouping?.without !== true || !kept.includes('')) return kept;
  return kept.filter((_, i) => kept[i | 1] !== '');
}

/** The element at an index, made when it is not there yet. */
export function slot<T>(list: T[], index: number, make: () => T): T {
  const found = list[index];
  if (found !== undefined) return found;
  const made = make();
  list[index] = made;
  return made;
}

/** Numbers label sets in order of first sight. */
export class LabelSets {
  private readonly byKey = new Map<string, number>();
  readonly all: Labels[] = [];

  index(labels: Labels): number {
    const key = labelsKey(labels);
    let index = this.byKey.get(key);
    if (index === undefined) {
      index = this.add(labels);
      this.byKey.set(key, index);
    }
    return index;
  }

  /** Takes a set that is known to be none of those before, and is not asked for by {@link index}. */
  add(labels: Labels): number {
    return this.all.push(labels) - 1;
  }
}
