import type { Matcher } from '../../../model/labels.ts';
import type { Plan, PlanNode } from '../plan_nodes.ts';
import type { Selection } from '../source.ts';

/**
 * Selectors with the same matchers read once: `errors / errors offset 5m` becomes one fetch over both ranges when these
 * touch or lie close; ranges far apart stay separate, as reading the gap would cost more than asking twice.
 */
export function shareFetches(plan: Plan): Plan {
  const fetches: Selection[] = [];
  const target = plan.fetches.map((fetch) => {
    const key = matchersKey(fetch.matchers);
    const near = fetches.findIndex(
      (other) => matchersKey(other.matchers) === key && gap(other, fetch) <= length(other) + length(fetch),
    );
    if (near === -1) return fetches.push(fetch) - 1;
    const other = fetches[near] as Selection;
    fetches[near] = {
      ...other,
      fromMs: Math.min(other.fromMs, fetch.fromMs),
      toMs: Math.max(other.toMs, fetch.toMs),
      ...(other.starts === true || fetch.starts === true ? { starts: true } : {}),
    };
    return near;
  });
  redirect(plan.root, target);
  return { root: plan.root, fetches };
}

function matchersKey(matchers: readonly Matcher[]): string {
  return JSON.stringify(matchers.map(({ name, operator, value }) => [name, operator, value]).sort());
}

const gap = (a: Selection, b: Selection): number => Math.max(a.fromMs, b.fromMs) - Math.min(a.toMs, b.toMs);
const length = (a: Selection): number => a.toMs - a.fromMs;

function redirect(node: PlanNode, target: readonly number[]): void {
  switch (node.kind) {
    case 'select':
    case 'window':
      node.fetch = target[node.fetch] ?? node.fetch;
      return;
    case 'aggregate':
      redirect(node.input, target);
      if (node.param !== undefined) redirect(node.param, target);
      return;
    case 'binary':
      redirect(node.left, target);
      redirect(node.right, target);
      return;
    case 'call':
      for (const arg of node.args) redirect(arg, target);
      return;
    case 'negate':
    case 'invariant':
    case 'info':
    case 'subquery':
      redirect(node.input, target);
      return;
    default:
  }
}
