import {
  type Expr as LogqlExpr,
  type LogRange,
  parse as parseLogql,
  print as printLogql,
  printSelector,
} from '@trilith/lang/logql';
import {
  children,
  type Expr,
  isComparison,
  parse,
  print,
  unwrapParens,
  type VectorSelector,
} from '@trilith/lang/promql';

/** A comparison of a rule's expression: its left side has to be what the operator says of the right side. */
export interface Comparison {
  readonly text: string;
  readonly left: string;
  readonly operator: string;
  readonly right: string;
}

/** A selector whose series the rule cannot fire without. */
export interface NeededSeries {
  readonly text: string;
  readonly metric: string;
  /** The metric alone, as a selector. */
  readonly anyOfMetric: string;
  /** Its series of the last day, whether they go on or not. */
  readonly lately: string;
  readonly anyLately: string;
  /** The health of the targets it comes from, when its matchers name a job or an instance. */
  readonly up: string | undefined;
}

/** The parts of an expression that say why it gives nothing. */
export interface ExpressionParts {
  readonly comparisons: readonly Comparison[];
  readonly needed: readonly NeededSeries[];
  /** What must hold beside the comparisons: right sides of `and`, and those of `unless`, which must not. */
  readonly conditions: readonly { readonly kind: 'and' | 'unless'; readonly text: string }[];
}

/** Comparisons and selectors looked at; a rule of more is looked at in part. */
const MOST = 20;
/** Functions that are about what is not there. */
const ABOUT_ABSENCE = new Set(['absent', 'absent_over_time']);

/** Takes a PromQL expression apart. Throws PromqlParseError. */
export function promqlParts(text: string): ExpressionParts {
  const comparisons: Comparison[] = [];
  const needed: VectorSelector[] = [];
  const conditions: { kind: 'and' | 'unless'; text: string }[] = [];
  const visit = (expr: Expr): void => {
    const inner = unwrapParens(expr);
    if (inner.kind !== 'binary') {
      needed.push(...selectors(inner));
      return;
    }
    const { operator, left, right } = inner;
    if (operator === 'and' || operator === 'unless') {
      visit(left);
      conditions.push({ kind: operator, text: print(right) });
      if (operator === 'and') visit(right);
    } else if (operator === 'or') {
      // Either side is enough: neither one's series are needed.
      for (const side of [left, right]) comparisons.push(...comparisonsOf(side));
    } else {
      comparisons.push(...comparisonsOf(inner));
      needed.push(...selectors(inner));
    }
  };
  visit(parse(text));
  const byText = new Map(needed.map((selector) => [print(selector), selector]));
  return {
    comparisons: comparisons.slice(0, MOST),
    needed: [...byText.values()].slice(0, MOST).map(neededSeries),
    conditions: conditions.slice(0, MOST),
  };
}

/** Takes a LogQL expression apart: of logs, lines that are not there are nothing to compare. Throws LogqlParseError. */
export function logqlParts(text: string): ExpressionParts {
  const comparisons: Comparison[] = [];
  const conditions: { kind: 'and' | 'unless'; text: string }[] = [];
  const visit = (expr: LogqlExpr): void => {
    if (expr.kind !== 'binary') return;
    const { operator, left, right } = expr;
    if (COMPARISONS.has(operator)) {
      comparisons.push({ text: printLogql(expr), left: printLogql(left), operator, right: printLogql(right) });
      return;
    }
    visit(left);
    if (operator === 'and' || operator === 'unless') conditions.push({ kind: operator, text: printLogql(right) });
    if (operator !== 'unless') visit(right);
  };
  visit(parseLogql(text));
  return { comparisons: comparisons.slice(0, MOST), needed: [], conditions: conditions.slice(0, MOST) };
}

/** Streams whose lines a rule cannot fire without. */
export interface NeededStreams {
  readonly selector: string;
  /** How far back it looks for them, ms. */
  readonly rangeMs: number;
}

/** The streams of a LogQL expression without which it gives nothing. Throws LogqlParseError. */
export function neededStreams(text: string): readonly NeededStreams[] {
  const needed = new Map<string, NeededStreams>();
  const add = ({ log, rangeNs }: LogRange): void => {
    const selector = printSelector(log.matchers);
    const rangeMs = Math.max(rangeNs / 1e6, needed.get(selector)?.rangeMs ?? 0);
    needed.set(selector, { selector, rangeMs });
  };
  const visit = (expr: LogqlExpr): void => {
    switch (expr.kind) {
      case 'range_aggregation':
        if (expr.operation !== 'absent_over_time') add(expr.range);
        break;
      case 'vector_aggregation':
      case 'label_replace':
        visit(expr.inner);
        break;
      case 'binary':
        // Of "or" either side is enough, and "unless" is about what is not there.
        if (expr.operator === 'or') break;
        visit(expr.left);
        if (expr.operator !== 'unless') visit(expr.right);
        break;
      case 'variants':
        add(expr.of);
        break;
      case 'log':
      case 'literal':
      case 'vector':
        break;
    }
  };
  visit(parseLogql(text));
  return [...needed.values()].slice(0, MOST);
}

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '>', '<', '>=', '<=']);

function comparisonsOf(expr: Expr): Comparison[] {
  const inner = unwrapParens(expr);
  if (inner.kind !== 'binary') return [];
  const { operator, left, right } = inner;
  if (isComparison(operator)) return [{ text: print(inner), left: side(left), operator, right: side(right) }];
  return [left, right].flatMap(comparisonsOf);
}

function side(expr: Expr): string {
  return print(unwrapParens(expr));
}

function selectors(expr: Expr): VectorSelector[] {
  if (expr.kind === 'vector-selector') return [expr];
  if (expr.kind === 'call' && ABOUT_ABSENCE.has(expr.func.name)) return [];
  return children(expr).flatMap(selectors);
}

function neededSeries(selector: VectorSelector): NeededSeries {
  const name = selector.matchers.find(({ name: label, operator }) => label === '__name__' && operator === '=');
  const metric = name?.value ?? '';
  const plain: VectorSelector = { ...selector, offsetMs: 0 };
  const any: VectorSelector = name === undefined ? plain : { ...plain, matchers: [name] };
  const ofTarget = selector.matchers.filter(({ name: label }) => label === 'job' || label === 'instance');
  const up: VectorSelector = {
    ...plain,
    name: 'up',
    matchers: [...ofTarget, { name: '__name__', operator: '=', value: 'up' }],
  };
  const lately = (of: VectorSelector): string => `last_over_time(${print(of)}[1d])`;
  return {
    text: print(selector),
    metric,
    anyOfMetric: print(any),
    lately: lately(plain),
    anyLately: lately(any),
    up: ofTarget.length === 0 ? undefined : print(up),
  };
}
