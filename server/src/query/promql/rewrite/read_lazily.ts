import { FUNCTION_FAMILIES } from '../functions/families.ts';
import type { Plan, PlanNode } from '../plan_nodes.ts';

/**
 * Marks the fetches that only window functions look at: these go through one series after another, so the samples need not
 * be held all at once.
 */
export function readLazily({ root, fetches }: Plan): Plan {
  const held = new Set<number>();
  visit(root, false, held);
  return { root, fetches: fetches.map((fetch, i) => (held.has(i) ? fetch : { ...fetch, lazy: true })) };
}

/** Notes the fetches that something else than a window function reads. */
function visit(node: PlanNode, isWindowed: boolean, held: Set<number>): void {
  switch (node.kind) {
    case 'select':
      held.add(node.fetch);
      return;
    case 'window':
      if (!isWindowed) held.add(node.fetch);
      return;
    case 'call': {
      const windowed = FUNCTION_FAMILIES.get(node.expr.func.name)?.family === 'window';
      for (const arg of node.args) visit(arg, windowed, held);
      return;
    }
    case 'aggregate':
      visit(node.input, false, held);
      if (node.param !== undefined) visit(node.param, false, held);
      return;
    case 'binary':
      visit(node.left, false, held);
      visit(node.right, false, held);
      return;
    case 'negate':
    case 'invariant':
    case 'subquery':
      visit(node.input, false, held);
      return;
    case 'info':
      visit(node.input, false, held);
      return;
    case 'number':
    case 'string':
  }
}
