import {
  type Call,
  children,
  type DurationNode,
  type Expr,
  lineAndColumn,
  type MatrixSelector,
  type SubqueryExpr,
  type TimeModifiers,
  unwrapParens,
  type VectorSelector,
} from '@trilith/lang/promql';
import { FUNCTION_FAMILIES } from './functions/families.ts';
import type { Plan, PlanNode, SelectNode, SubqueryNode, WindowNode } from './plan_nodes.ts';
import { PromqlError } from './promql_error.ts';
import type { Selection } from './source.ts';
import { statisticsSelectors } from './statistics_only.ts';
import { type Grid, gridEndMs } from './values.ts';

export interface PlanOptions {
  readonly query: string;
  readonly grid: Grid;
  readonly lookbackMs: number;
  /** Step of subqueries that name none, ms. */
  readonly defaultStepMs: number;
  /** Upstream's feature flag `use-start-timestamps`. */
  readonly startTimestamps: boolean;
}

interface Planner extends PlanOptions {
  readonly endMs: number;
  readonly fetches: Selection[];
  /** Selectors of which only the count and sum of native histograms are asked. */
  readonly statistics: ReadonlySet<VectorSelector>;
}

/** Plans an expression. Throws PromqlError naming what is not supported, with its position. */
export function plan(expr: Expr, options: PlanOptions): Plan {
  const planner: Planner = {
    ...options,
    endMs: gridEndMs(options.grid),
    fetches: [],
    statistics: statisticsSelectors(expr),
  };
  const root = wrapped(planner, expr, options.grid);
  return { root, fetches: planner.fetches };
}

function refuse(planner: Planner, expr: { readonly range: Expr['range'] }, what: string): never {
  throw new PromqlError('execution', `${lineAndColumn(planner.query, expr.range.start)}: ${what} is not supported yet`);
}

/** Whether the expression gives the same at every step: everything it selects is pinned by `@`. */
export function isInvariant(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return true;
    case 'vector-selector':
      return isPinned(expr);
    case 'matrix-selector':
      return isPinned(expr.selector);
    case 'subquery':
      return isPinned(expr);
    case 'paren':
    case 'unary':
      return isInvariant(expr.expr);
    case 'binary':
      return isInvariant(expr.left) && isInvariant(expr.right);
    case 'aggregate':
      return isInvariant(expr.expr) && (expr.param === undefined || isInvariant(expr.param));
    case 'call': {
      const timed = FUNCTION_FAMILIES.get(expr.func.name)?.dependsOnTime === true;
      const implicit = expr.func.variadic === 1 && expr.args.length === 0;
      return !timed && !implicit && expr.args.every(isInvariant);
    }
  }
}

const isPinned = (times: TimeModifiers): boolean => times.atMs !== undefined || times.atPreprocessor !== undefined;

function wrapped(planner: Planner, outer: Expr, grid: Grid): PlanNode {
  const expr = unwrapParens(outer);
  if (grid.count > 1 && expr.kind !== 'number' && expr.kind !== 'string' && !isMatrix(expr) && isInvariant(expr)) {
    return { kind: 'invariant', input: node(planner, expr, { ...grid, count: 1 }), grid };
  }
  return node(planner, expr, grid);
}

const isMatrix = (expr: Expr): boolean => expr.kind === 'matrix-selector' || expr.kind === 'subquery';

function node(planner: Planner, expr: Expr, grid: Grid): PlanNode {
  switch (expr.kind) {
    case 'number':
      return { kind: 'number', value: expr.value, grid };
    case 'string':
      return { kind: 'string', value: expr.value, grid };
    case 'paren':
      return node(planner, expr.expr, grid);
    case 'unary':
      return expr.operator === '+'
        ? node(planner, expr.expr, grid)
        : { kind: 'negate', input: wrapped(planner, expr.expr, grid), grid };
    case 'vector-selector':
      return select(planner, expr, grid);
    case 'matrix-selector':
      return window(planner, expr, grid);
    case 'subquery':
      return subquery(planner, expr, grid);
    case 'aggregate': {
      const param = expr.param === undefined ? undefined : wrapped(planner, expr.param, grid);
      return { kind: 'aggregate', expr, input: wrapped(planner, expr.expr, grid), param, grid };
    }
    case 'binary':
      return {
        kind: 'binary',
        expr,
        left: wrapped(planner, expr.left, grid),
        right: wrapped(planner, expr.right, grid),
        grid,
      };
    case 'call':
      if (expr.func.name === 'info') return info(planner, expr, grid);
      if (!FUNCTION_FAMILIES.has(expr.func.name)) return refuse(planner, expr, `function "${expr.func.name}"`);
      return call(planner, expr, grid);
  }
}

/** Functions that see start timestamps, of the selector they are applied to. */
const SEE_STARTS: ReadonlySet<string> = new Set(['increase', 'irate', 'rate', 'resets', 'start_timestamp']);

function call(planner: Planner, expr: Call, grid: Grid): PlanNode {
  const args = expr.args.map((arg) => wrapped(planner, arg, grid));
  if (planner.startTimestamps && SEE_STARTS.has(expr.func.name)) {
    for (const arg of args) {
      const selected = arg.kind === 'invariant' ? arg.input : arg;
      if (selected.kind !== 'window' && selected.kind !== 'select') continue;
      const fetch = planner.fetches[selected.fetch];
      if (fetch !== undefined) planner.fetches[selected.fetch] = { ...fetch, starts: true };
    }
  }
  return { kind: 'call', expr, args, grid };
}

/** Where a selector's data lies: the distance from its steps, with `@` seen as one more distance from the first step. */
function distance(planner: Planner, times: TimeModifiers, grid: Grid): number {
  const offset = times.offsetExpr === undefined ? times.offsetMs : duration(planner, times.offsetExpr, true);
  const { startMs } = planner.grid;
  const at =
    times.atMs ??
    (times.atPreprocessor === 'start' ? startMs : times.atPreprocessor === 'end' ? planner.endMs : undefined);
  return at === undefined ? offset : offset + grid.startMs - at;
}

/** A pinned selector is read at one step only; the operators repeat it. */
const readGrid = (times: TimeModifiers, grid: Grid): Grid => (isPinned(times) ? { ...grid, count: 1 } : grid);

function select(planner: Planner, expr: VectorSelector, grid: Grid): PlanNode {
  const at = readGrid(expr, grid);
  const offsetMs = distance(planner, expr, at);
  const toMs = gridEndMs(at) - offsetMs + (expr.smoothed ? planner.lookbackMs : 0);
  if (expr.anchored) return refuse(planner, expr, 'the anchored modifier of an instant selector');
  const fetch = fetchOf(planner, expr, at.startMs - offsetMs - planner.lookbackMs + 1, toMs);
  const statistics = planner.statistics.has(expr);
  const selected: SelectNode = { kind: 'select', expr, fetch, offsetMs, statistics, grid: at };
  return at.count === grid.count ? selected : { kind: 'invariant', input: selected, grid };
}

function window(planner: Planner, expr: MatrixSelector, grid: Grid): WindowNode {
  const at = readGrid(expr.selector, grid);
  const offsetMs = distance(planner, expr.selector, at);
  const rangeMs = expr.rangeExpr === undefined ? expr.rangeMs : duration(planner, expr.rangeExpr, false);
  const { anchored, smoothed } = expr.selector;
  const before = rangeMs + (anchored || smoothed ? planner.lookbackMs : 0);
  const after = smoothed ? planner.lookbackMs : 0;
  const fetch = fetchOf(planner, expr.selector, at.startMs - offsetMs - before + 1, gridEndMs(at) - offsetMs + after);
  const statistics = planner.statistics.has(expr.selector);
  return { kind: 'window', expr, fetch, rangeMs, offsetMs, pinned: isPinned(expr.selector), statistics, grid };
}

function fetchOf(planner: Planner, expr: VectorSelector, fromMs: number, toMs: number): number {
  return planner.fetches.push({ matchers: expr.matchers, fromMs, toMs }) - 1;
}

function subquery(planner: Planner, expr: SubqueryExpr, grid: Grid): SubqueryNode {
  const at = readGrid(expr, grid);
  const offsetMs = distance(planner, expr, at);
  const rangeMs = expr.rangeExpr === undefined ? expr.rangeMs : duration(planner, expr.rangeExpr, false);
  const stepMs =
    (expr.stepExpr === undefined ? expr.stepMs : duration(planner, expr.stepExpr, false)) || planner.defaultStepMs;
  // Steps lie at multiples of the step, strictly after the start of the first window.
  const startMs = (Math.floor((at.startMs - offsetMs - rangeMs) / stepMs) + 1) * stepMs;
  const endMs = gridEndMs(at) - offsetMs;
  const count = Math.max(0, Math.floor((endMs - startMs) / stepMs) + 1);
  const input = wrapped(planner, expr.expr, { startMs, stepMs, count });
  return { kind: 'subquery', expr, input, rangeMs, offsetMs, pinned: isPinned(expr), grid };
}

/**
 * `info` sees its info series where the first selector of its argument lies: the innermost `@` among that selector and
 * the subqueries around it, moved by the offsets up to there (upstream's infoSelectTimestampAndOffset).
 */
function info(planner: Planner, { args: [argument, data] }: Call, grid: Grid): PlanNode {
  if (argument === undefined) throw new PromqlError('execution', 'info has no argument');
  const path = pathToSelector(argument);
  let offsetMs = 0;
  let pinned = false;
  for (const times of path.toReversed()) {
    const own = times.offsetExpr === undefined ? times.offsetMs : duration(planner, times.offsetExpr, true);
    pinned = isPinned(times);
    offsetMs += pinned ? distance(planner, times, grid) : own;
    if (pinned) break;
  }
  const matchers = data?.kind === 'vector-selector' ? data.matchers : [];
  return { kind: 'info', input: wrapped(planner, argument, grid), matchers, offsetMs, pinned, grid };
}

/** The first selector of an expression, after the subqueries around it, outermost first. */
function pathToSelector(expr: Expr): readonly TimeModifiers[] {
  if (expr.kind === 'vector-selector') return [expr];
  if (expr.kind === 'matrix-selector') return [expr.selector];
  for (const child of children(expr)) {
    const path = pathToSelector(child);
    if (path.length > 0) return expr.kind === 'subquery' ? [expr, ...path] : path;
  }
  return [];
}

/** A duration expression in ms. Throws PromqlError with upstream's wording. */
function duration(planner: Planner, expr: DurationNode, allowNegative: boolean): number {
  const where = `${expr.range.start}:${expr.range.end}`;
  const seconds = secondsOf(planner, expr);
  const fail = (message: string): never => {
    throw new PromqlError('execution', `${where}: ${message}`);
  };
  if (!Number.isFinite(seconds)) return fail('duration is NaN or infinite');
  if (seconds <= 0 && !allowNegative) return fail('duration must be greater than 0');
  if (Math.abs(seconds) > 9_223_372_036) return fail('duration is out of range');
  return Math.trunc(seconds * 1000);
}

function secondsOf(planner: Planner, expr: DurationNode): number {
  if (expr.kind === 'number') return expr.value;
  const left = expr.left === undefined ? undefined : secondsOf(planner, expr.left);
  const right = expr.right === undefined ? 0 : secondsOf(planner, expr.right);
  switch (expr.operator) {
    case 'step':
      return planner.grid.count === 1 ? 0 : planner.grid.stepMs / 1000;
    case 'range':
      return (planner.endMs - planner.grid.startMs) / 1000;
    case 'min_of':
      return Math.min(left ?? 0, right);
    case 'max_of':
      return Math.max(left ?? 0, right);
    case '+':
      return (left ?? 0) + right;
    case '-':
      return (left ?? 0) - right;
    case '*':
      return (left ?? 0) * right;
    case '^':
      return (left ?? 0) ** right;
    case '/':
    case '%': {
      if (right === 0)
        throw new PromqlError(
          'execution',
          `${expr.range.start}:${expr.range.end}: ${expr.operator === '/' ? 'division' : 'modulo'} by zero`,
        );
      return expr.operator === '/' ? (left ?? 0) / right : (left ?? 0) % right;
    }
  }
}
