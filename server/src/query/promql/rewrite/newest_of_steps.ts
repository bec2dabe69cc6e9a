import type { Plan, PlanNode, SelectNode } from '../plan_nodes.ts';
import type { Newest, Selection } from '../source.ts';
import { gridEndMs } from '../values.ts';

/**
 * Steps shorter than this are left alone: the usual distances between samples are 5 to 60 s. Measured over 400 series of
 * a day at 15 s, processor time of this thread and of the engine: steps of an hour 31 + 390 ms instead of 253 + 280,
 * of 5 minutes 40 + 440 instead of 251 + 370, of a minute (over two hours) 8 + 230 instead of 28 + 210; and the samples
 * that are not sent are not held either.
 */
const LEAST_STEP_MS = 120_000;

/**
 * An instant selector of a range query looks at the newest sample of each step: where nothing else looks at what is read
 * for it, the store needs to send no other. Sampled every 15 s and drawn with a step of an hour, that is one in 240.
 */
export function newestOfSteps(plan: Plan): Plan {
  const wanted = new Map<number, Newest | 'all'>();
  look(plan.root, (fetch, newest) => {
    const before = wanted.get(fetch);
    wanted.set(fetch, before === undefined || (newest !== 'all' && isSame(before, newest)) ? newest : 'all');
  });
  const fetches = plan.fetches.map((fetch, i): Selection => {
    const newest = wanted.get(i);
    return newest === undefined || newest === 'all' || fetch.starts === true ? fetch : { ...fetch, newest };
  });
  return { root: plan.root, fetches };
}

/** Whether two selectors look at the same moments, as far as they go. */
function isSame(a: Newest | 'all', b: Newest): boolean {
  return a !== 'all' && a.stepMs === b.stepMs && (a.endMs - b.endMs) % a.stepMs === 0;
}

/** Tells of every use of a fetch what it needs. */
function look(node: PlanNode, use: (fetch: number, needs: Newest | 'all') => void): void {
  switch (node.kind) {
    case 'select':
      use(node.fetch, needsOf(node));
      return;
    case 'window':
      use(node.fetch, 'all');
      return;
    case 'aggregate':
      look(node.input, use);
      if (node.param !== undefined) look(node.param, use);
      return;
    case 'binary':
      look(node.left, use);
      look(node.right, use);
      return;
    case 'call':
      for (const arg of node.args) look(arg, use);
      return;
    case 'negate':
    case 'invariant':
    case 'info':
    case 'subquery':
      look(node.input, use);
      return;
    default:
  }
}

function needsOf({ expr, grid, offsetMs }: SelectNode): Newest | 'all' {
  if (expr.smoothed || expr.anchored || grid.count < 2 || grid.stepMs < LEAST_STEP_MS) return 'all';
  return { endMs: gridEndMs(grid) - offsetMs, stepMs: grid.stepMs };
}
