import type { Relation, StructuralOperator } from '@trilith/lang/traceql';
import { MISSING, type TraceTree } from './trace_tree.ts';

/** Which span is whose parent. */
export type Parentage = Pick<TraceTree, 'parents' | 'order'>;

/** Marks spans in arrays as long as the trace, 1 for a member. */
type Marks = Uint8Array;

/**
 * The spans that `left OP right` selects, in the trace's order (grafana.com/docs/tempo/latest/traceql/construct-traceql-queries,
 * structural operators): those of the right side that are so related to one of the left; with `!` those that are to none;
 * with `&` also those of the left that one of the right is so related to.
 */
export function relatedSpans(
  tree: Parentage,
  operator: StructuralOperator,
  left: readonly number[],
  right: readonly number[],
): number[] {
  const relation = operator.replace(/^[!&]/, '') as Relation;
  const inLeft = marksOf(tree, left);
  const related = RELATED[relation](tree, inLeft, left);
  if (operator.startsWith('!')) return right.filter((span) => related[span] === 0);
  const found = right.filter((span) => related[span] === 1);
  if (!operator.startsWith('&')) return found;
  const back = RELATED[INVERSE[relation]](tree, marksOf(tree, right), right);
  const both = new Set([...found, ...left.filter((span) => back[span] === 1)]);
  return [...both].sort((a, b) => a - b);
}

const INVERSE: Readonly<Record<Relation, Relation>> = { '>>': '<<', '<<': '>>', '>': '<', '<': '>', '~': '~' };

/** For each relation: which spans of the trace have it to a marked one. */
const RELATED: Readonly<Record<Relation, (tree: Parentage, marked: Marks, members: readonly number[]) => Marks>> = {
  '>>': ({ parents, order }, marked) => {
    const below = new Uint8Array(parents.length);
    for (const span of order) {
      const parent = parents[span] as number;
      if (parent >= 0) below[span] = (marked[parent] as number) | (below[parent] as number);
    }
    return below;
  },
  '<<': ({ parents }, _, members) => {
    const above = new Uint8Array(parents.length);
    for (const member of members)
      for (let at = parents[member] as number; at >= 0 && above[at] === 0; at = parents[at] as number) above[at] = 1;
    return above;
  },
  '>': ({ parents }, marked) => Uint8Array.from(parents, (parent) => (parent >= 0 ? (marked[parent] as number) : 0)),
  '<': ({ parents }, _, members) => {
    const above = new Uint8Array(parents.length);
    for (const member of members) {
      const parent = parents[member] as number;
      if (parent >= 0) above[parent] = 1;
    }
    return above;
  },
  '~': ({ parents }, marked, members) => {
    const counts = new Map<number, number>();
    for (const member of members) {
      const parent = parents[member] as number;
      if (parent !== MISSING) counts.set(parent, (counts.get(parent) ?? 0) + 1);
    }
    return Uint8Array.from(parents, (parent, span) => ((counts.get(parent) ?? 0) > (marked[span] as number) ? 1 : 0));
  },
};

function marksOf({ parents }: Parentage, members: readonly number[]): Marks {
  const marks = new Uint8Array(parents.length);
  for (const member of members) marks[member] = 1;
  return marks;
}
