import type { TraceAnswer, TraceSpan } from '@trilith/contract';

/** A span in its place: times relative to the trace's start, depth, and what is below it. */
export interface TreeSpan {
  readonly span: TraceSpan;
  readonly index: number;
  /** Index of the parent in `spans`, -1 for a root or a span whose parent never arrived. */
  readonly parent: number;
  readonly depth: number;
  readonly startMs: number;
  readonly durationMs: number;
  /** Time not covered by children, in ms. */
  readonly selfMs: number;
  /** How many spans are below. */
  readonly below: number;
  readonly ownError: boolean;
  /** True when a span below failed. */
  readonly errorBelow: boolean;
  readonly parentMissing: boolean;
}

export interface TraceTree {
  /** Depth first, children by start time. */
  readonly spans: readonly TreeSpan[];
  readonly startNs: bigint;
  readonly durationMs: number;
  readonly services: readonly { readonly name: string; readonly spans: number; readonly errors: number }[];
  readonly missingParents: number;
  /** True when a child starts before its parent by more than a millisecond: the clocks differ. */
  readonly skewed: boolean;
  readonly errors: number;
}

const skewToleranceNs = 1_000_000n;

/** Milliseconds between two ns moments, exact to the microsecond. */
function msBetween(fromNs: bigint, toNs: bigint): number {
  return Number(toNs - fromNs) / 1e6;
}

interface Draft {
  readonly span: TraceSpan;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly children: Draft[];
  readonly parentMissing: boolean;
}

/** Spans by id. A span that was sent twice is kept once. */
function drafts(spans: readonly TraceSpan[]): Map<string, Draft> {
  const ids = new Set(spans.map((span) => span.spanId));
  const out = new Map<string, Draft>();
  for (const span of spans) {
    if (out.has(span.spanId)) continue;
    const startNs = BigInt(span.startNs);
    const parentMissing = span.parentSpanId !== null && !ids.has(span.parentSpanId);
    out.set(span.spanId, { span, startNs, endNs: startNs + BigInt(span.durationNs), children: [], parentMissing });
  }
  return out;
}

function byStart(a: Draft, b: Draft): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1;
  return a.endNs > b.endNs ? -1 : a.endNs < b.endNs ? 1 : 0;
}

/** Time of a span that no child covers. */
function selfMs(draft: Draft): number {
  let covered = 0n;
  let until = draft.startNs;
  for (const child of draft.children) {
    // biome-ignore lint/complexity/useMathMinMax: Math.max takes no bigint
    const from = child.startNs > until ? child.startNs : until;
    // biome-ignore lint/complexity/useMathMinMax: Math.min takes no bigint
    const to = child.endNs < draft.endNs ? child.endNs : draft.endNs;
    if (to > from) {
      covered += to - from;
      until = to;
    }
  }
  return msBetween(0n, draft.endNs - draft.startNs - covered);
}

/** Links children to parents and returns the roots; a cycle of parents is cut so that every span is reached. */
function link(all: Map<string, Draft>): readonly Draft[] {
  const roots: Draft[] = [];
  for (const draft of all.values()) {
    const parent = draft.span.parentSpanId === null ? undefined : all.get(draft.span.parentSpanId);
    if (parent === undefined || parent === draft) roots.push(draft);
    else parent.children.push(draft);
  }
  const reached = new Set<Draft>();
  const reach = (start: Draft): void => {
    const stack = [start];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      stack.push(...next.children);
    }
  };
  for (const root of roots) reach(root);
  for (const draft of all.values()) {
    if (reached.has(draft)) continue;
    const parent = all.get(draft.span.parentSpanId ?? '');
    parent?.children.splice(parent.children.indexOf(draft), 1);
    roots.push(draft);
    reach(draft);
  }
  for (const draft of all.values()) draft.children.sort(byStart);
  return roots.sort(byStart);
}

/** The tree of a trace, flattened depth first. Iterative, so that a chain of a hundred thousand spans does no harm. */
export function traceTree(answer: Pick<TraceAnswer, 'spans'>): TraceTree {
  const all = drafts(answer.spans);
  const roots = link(all);
  let startNs = 0n;
  let endNs = 0n;
  for (const draft of all.values()) {
    if (startNs === 0n || draft.startNs < startNs) startNs = draft.startNs;
    if (draft.endNs > endNs) endNs = draft.endNs;
  }
  const spans: Mutable<TreeSpan>[] = [];
  let skewed = false;
  const stack = roots.toReversed().map((draft) => ({ draft, parent: -1, depth: 0 }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { draft, parent, depth } = next;
    const index = spans.length;
    spans.push({
      span: draft.span,
      index,
      parent,
      depth,
      startMs: msBetween(startNs, draft.startNs),
      durationMs: msBetween(draft.startNs, draft.endNs),
      selfMs: selfMs(draft),
      below: 0,
      ownError: draft.span.status === 'error',
      errorBelow: false,
      parentMissing: draft.parentMissing,
    });
    for (const child of draft.children.toReversed()) {
      if (child.startNs + skewToleranceNs < draft.startNs) skewed = true;
      stack.push({ draft: child, parent: index, depth: depth + 1 });
    }
  }
  for (let at = spans.length - 1; at >= 0; at -= 1) {
    const own = spans[at];
    const parent = own === undefined ? undefined : spans[own.parent];
    if (own === undefined || parent === undefined) continue;
    parent.below += own.below + 1;
    parent.errorBelow ||= own.errorBelow || own.ownError;
  }
  return {
    spans,
    startNs,
    durationMs: msBetween(startNs, endNs),
    services: servicesOf(spans),
    missingParents: spans.filter((one) => one.parentMissing).length,
    skewed,
    errors: spans.filter((one) => one.ownError).length,
  };
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

function servicesOf(spans: readonly TreeSpan[]): TraceTree['services'] {
  const out = new Map<string, { name: string; spans: number; errors: number }>();
  for (const { span, ownError } of spans) {
    const own = out.get(span.service) ?? { name: span.service, spans: 0, errors: 0 };
    own.spans += 1;
    if (ownError) own.errors += 1;
    out.set(span.service, own);
  }
  return [...out.values()].sort((a, b) => b.spans - a.spans || a.name.localeCompare(b.name));
}

/**
 * The spans that decide how long the trace takes: from each root's end backwards, always the child that ended last
 * before the moment reached.
 */
export function criticalPath(tree: TraceTree): ReadonlySet<number> {
  const children = new Map<number, TreeSpan[]>();
  for (const one of tree.spans) {
    const own = children.get(one.parent);
    if (own === undefined) children.set(one.parent, [one]);
    else own.push(one);
  }
  const end = (one: TreeSpan): number => one.startMs + one.durationMs;
  const longest = (children.get(-1) ?? []).toSorted((a, b) => end(b) - end(a))[0];
  const path = new Set<number>();
  const stack = longest === undefined ? [] : [longest];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    path.add(next.index);
    let until = end(next);
    for (const child of (children.get(next.index) ?? []).toSorted((a, b) => end(b) - end(a))) {
      if (end(child) > until + 0.001) continue;
      stack.push(child);
      until = child.startMs;
    }
  }
  return path;
}
