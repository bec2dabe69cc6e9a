import { type Expr, print } from '@trilith/lang/promql';
import type { Labels } from '../../model/labels.ts';
import type { PlanNode } from './plan_nodes.ts';
import type { SeriesSet } from './source.ts';
import type { Value } from './values.ts';

/** Watches one query. The methods are called without `this`. */
export interface QueryObserver {
  /** Everything the plan needs is read. */
  readonly fetched: (root: PlanNode, sets: readonly SeriesSet[]) => void;
  /** A node has its value; `elapsedMs` includes its operands. */
  readonly evaluated: (node: PlanNode, value: Value, elapsedMs: number) => void;
}

/** A label of a node's result and how many values it has there. */
export interface ExplainedLabel {
  readonly name: string;
  readonly values: number;
}

/** One step of a query's evaluation, in plan order. */
export interface ExplainedNode {
  /** What kind of step: `select`, `window`, `call`, `aggregate`, `binary` … */
  readonly kind: PlanNode['kind'];
  /** What it computes, as PromQL. */
  readonly text: string;
  /** Its place in the query (characters); null where it has none of its own. */
  readonly start: number | null;
  readonly end: number | null;
  /** Series of its result. */
  readonly series: number;
  /** Samples it read (selectors) or points of its result. */
  readonly samples: number;
  /** Wall time with its operands, ms; null for range selectors, whose reading is shared. */
  readonly elapsedMs: number | null;
  /** Labels of the result by number of values, most first. */
  readonly labels: readonly ExplainedLabel[];
  readonly children: readonly ExplainedNode[];
}

interface Measured {
  readonly series: number;
  readonly samples: number;
  readonly elapsedMs: number | null;
  readonly labels: readonly ExplainedLabel[];
}

/** Label sets looked at for the breakdown of one node. */
const MOST_LABEL_SETS = 20_000;
const MOST_LABELS = 12;

/** An observer and the tree of what it saw; `tree` is undefined until the query has read its data. */
export function createExplainer(): { readonly observer: QueryObserver; tree(): ExplainedNode | undefined } {
  const measured = new Map<PlanNode, Measured>();
  let root: PlanNode | undefined;
  return {
    observer: {
      fetched(plan, sets) {
        root = plan;
        walk(plan, (node) => {
          if (node.kind !== 'window') return;
          const set = sets[node.fetch];
          if (set !== undefined) measured.set(node, ofSet(set));
        });
      },
      evaluated(node, value, elapsedMs) {
        measured.set(node, ofValue(value, elapsedMs));
      },
    },
    tree: () => (root === undefined ? undefined : explained(root, measured)),
  };
}

function explained(node: PlanNode, measured: ReadonlyMap<PlanNode, Measured>): ExplainedNode {
  // What is the same at every step is an optimisation of its input, not a step of its own to a reader of the query.
  if (node.kind === 'invariant') return explained(node.input, measured);
  const children = inputsOf(node)
    .filter((child) => child.kind !== 'number' && child.kind !== 'string')
    .map((child) => explained(child, measured));
  const expr = 'expr' in node ? (node.expr as Expr) : undefined;
  const own = measured.get(node) ?? { series: 0, samples: 0, elapsedMs: null, labels: [] };
  return {
    kind: node.kind,
    text: expr === undefined ? textOf(node, children) : print(expr),
    start: expr?.range.start ?? null,
    end: expr?.range.end ?? null,
    // A subquery is its input over more steps: it has no value of its own.
    ...(node.kind === 'subquery' ? { ...own, ...ofChild(children[0]) } : own),
    children,
  };
}

const ofChild = (child: ExplainedNode | undefined): Measured => ({
  series: child?.series ?? 0,
  samples: child?.samples ?? 0,
  elapsedMs: child?.elapsedMs ?? null,
  labels: child?.labels ?? [],
});

function textOf(node: PlanNode, children: readonly ExplainedNode[]): string {
  if (node.kind === 'number') return String(node.value);
  if (node.kind === 'string') return JSON.stringify(node.value);
  if (node.kind === 'info') return `info(${children[0]?.text ?? ''})`;
  return node.kind === 'negate' ? `-${children[0]?.text ?? ''}` : node.kind;
}

/** The operands of a node, in the order they are written. */
function inputsOf(node: PlanNode): readonly PlanNode[] {
  switch (node.kind) {
    case 'aggregate':
      return node.param === undefined ? [node.input] : [node.param, node.input];
    case 'binary':
      return [node.left, node.right];
    case 'call':
      return node.args;
    case 'negate':
    case 'invariant':
    case 'info':
    case 'subquery':
      return [node.input];
    default:
      return [];
  }
}

function walk(node: PlanNode, visit: (node: PlanNode) => void): void {
  visit(node);
  for (const input of inputsOf(node)) walk(input, visit);
}

function ofSet(set: SeriesSet): Measured {
  return { series: set.labels.length, samples: set.times.length, elapsedMs: null, labels: labelsOf(set.labels) };
}

function ofValue(value: Value, elapsedMs: number): Measured {
  if (value.kind === 'string') return { series: 0, samples: 0, elapsedMs, labels: [] };
  if (value.kind === 'scalar') return { series: 0, samples: value.values.length, elapsedMs, labels: [] };
  let samples = 0;
  const sets: Labels[] = [];
  for (const one of value.series) {
    let points = 0;
    for (const present of one.present) if (present !== 0) points++;
    if (points === 0) continue;
    samples += points;
    sets.push(one.labels);
  }
  return { series: sets.length, samples, elapsedMs, labels: labelsOf(sets) };
}

/** Labels by how many values they have among the first label sets. */
function labelsOf(sets: readonly Labels[]): readonly ExplainedLabel[] {
  const values = new Map<string, Set<string>>();
  for (let i = 0; i < Math.min(sets.length, MOST_LABEL_SETS); i++) {
    const labels = sets[i] as Labels;
    for (let at = 0; at < labels.length; at += 2) {
      const name = labels[at] as string;
      let seen = values.get(name);
      if (seen === undefined) {
        seen = new Set();
        values.set(name, seen);
      }
      seen.add(labels[at + 1] as string);
    }
  }
  return [...values]
    .map(([name, seen]) => ({ name, values: seen.size }))
    .sort((a, b) => b.values - a.values || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_LABELS);
}
