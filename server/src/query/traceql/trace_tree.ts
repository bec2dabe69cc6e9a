import type { StoredSpan } from '../../store/index.ts';

/** The parent of a root. */
export const ROOT = -1;
/** The parent of a span whose parent has not arrived. */
export const MISSING = -2;

/** How the spans of a trace hang together; spans are indexes into `spans`. */
export interface TraceTree {
  readonly spans: readonly StoredSpan[];
  /** Of each span its parent, ROOT or MISSING. */
  readonly parents: Int32Array;
  /** Spans with every parent before its children. */
  readonly order: Int32Array;
  readonly childCounts: Uint32Array;
}

/**
 * Links spans to their parents. Where both sides of a call share one id, as B3 has it, the answering side is the child of the
 * asking one and has the children. A circle of parents, which only broken senders make, is cut where it is met.
 */
export function traceTree(spans: readonly StoredSpan[]): TraceTree {
  const answering = new Map<string, number>();
  const others = new Map<string, number>();
  spans.forEach(({ spanId, kind }, i) => {
    (kind === 'Server' || kind === 'Consumer' ? answering : others).set(spanId, i);
  });
  const parents = new Int32Array(spans.length);
  const childCounts = new Uint32Array(spans.length);
  spans.forEach(({ spanId, parentSpanId }, i) => {
    const asking = answering.get(spanId) === i ? others.get(spanId) : undefined;
    const parent =
      asking ?? (parentSpanId === '' ? ROOT : (answering.get(parentSpanId) ?? others.get(parentSpanId) ?? MISSING));
    parents[i] = parent === i ? MISSING : parent;
  });
  const order = parentsFirst(parents);
  for (const parent of parents) if (parent >= 0) childCounts[parent] = (childCounts[parent] as number) + 1;
  return { spans, parents, order, childCounts };
}

/** All spans, parents before children; cuts circles in `parents`. */
export function parentsFirst(parents: Int32Array): Int32Array {
  const order = new Int32Array(parents.length);
  const placed = new Uint8Array(parents.length);
  let count = 0;
  const chain: number[] = [];
  const onChain = new Uint8Array(parents.length);
  for (let i = 0; i < parents.length; i++) {
    let at = i;
    while (at >= 0 && placed[at] === 0) {
      if (onChain[at] === 1) {
        parents[chain.at(-1) as number] = MISSING;
        break;
      }
      onChain[at] = 1;
      chain.push(at);
      at = parents[at] as number;
    }
    while (chain.length > 0) {
      const span = chain.pop() as number;
      onChain[span] = 0;
      placed[span] = 1;
      order[count++] = span;
    }
  }
  return order;
}

/** The numbers that Tempo gives spans: a span's descendants have theirs between its left and right one. */
export interface NestedSets {
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** The parent's left number; -1 for a root, 0 where the parent has not arrived. */
  readonly parent: Int32Array;
}

/** Numbers the spans of a trace from 1, depth first, siblings as they began. */
export function nestedSets({ spans, parents, order }: TraceTree): NestedSets {
  const children: number[][] = spans.map(() => []);
  const tops: number[] = [];
  for (let i = 0; i < spans.length; i++) {
    const parent = parents[i] as number;
    (parent >= 0 ? (children[parent] as number[]) : tops).push(i);
  }
  const left = new Int32Array(spans.length);
  const right = new Int32Array(spans.length);
  let next = 1;
  const open: { readonly span: number; child: number }[] = [];
  for (const top of tops) {
    open.push({ span: top, child: 0 });
    left[top] = next++;
    for (let frame = open.at(-1); frame !== undefined; frame = open.at(-1)) {
      const child = children[frame.span]?.[frame.child++];
      if (child === undefined) {
        right[frame.span] = next++;
        open.pop();
        continue;
      }
      left[child] = next++;
      open.push({ span: child, child: 0 });
    }
  }
  const parent = new Int32Array(spans.length);
  for (const i of order) {
    const above = parents[i] as number;
    parent[i] = above >= 0 ? (left[above] as number) : above === ROOT ? -1 : 0;
  }
  return { left, right, parent };
}
