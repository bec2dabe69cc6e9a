import {
  type BinaryExpr,
  type DurationNode,
  type Expr,
  formatNumber,
  type LabelMatcher,
  type ParseOptions,
  parse,
  printPretty,
  type TimeModifiers,
  type VectorSelector,
} from '@trilith/lang/promql';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import type { TenantMetrics } from '../../query/index.ts';

/** `/format_query`: the query as upstream formats it. */
export function formatQuery(
  { query }: HttpRequest,
  _metrics: TenantMetrics,
  _nowMs: number,
  options: ParseOptions,
): HttpResponse {
  return jsonResponse(200, { status: 'success', data: printPretty(parse(query.get('query') ?? '', options)) });
}

/** `/parse_query`: the query's tree in the shape of upstream's UI (web/api/v1/translate_ast.go). */
export function parseQuery(
  { query }: HttpRequest,
  _metrics: TenantMetrics,
  _nowMs: number,
  options: ParseOptions,
): HttpResponse {
  return jsonResponse(200, { status: 'success', data: tree(parse(query.get('query') ?? '', options)) });
}

function tree(expr: Expr): unknown {
  switch (expr.kind) {
    case 'aggregate':
      return {
        type: 'aggregation',
        op: expr.operator,
        expr: tree(expr.expr),
        param: expr.param === undefined ? null : tree(expr.param),
        grouping: expr.grouping,
        without: expr.without,
      };
    case 'binary':
      return {
        type: 'binaryExpr',
        op: expr.operator,
        lhs: tree(expr.left),
        rhs: tree(expr.right),
        matching: matching(expr),
        bool: expr.returnBool,
      };
    case 'call': {
      const { name, args, variadic, returns } = expr.func;
      return {
        type: 'call',
        func: { name, argTypes: args, variadic, returnType: returns },
        args: expr.args.map(tree),
      };
    }
    case 'matrix-selector':
      return {
        type: 'matrixSelector',
        range: expr.rangeMs,
        rangeExpr: duration(expr.rangeExpr),
        ...selector(expr.selector),
      };
    case 'subquery':
      return {
        type: 'subquery',
        expr: tree(expr.expr),
        range: expr.rangeMs,
        rangeExpr: duration(expr.rangeExpr),
        step: expr.stepMs,
        stepExpr: duration(expr.stepExpr),
        ...modifiers(expr),
      };
    case 'number':
      return { type: 'numberLiteral', val: formatNumber(expr.value) };
    case 'paren':
      return { type: 'parenExpr', expr: tree(expr.expr) };
    case 'string':
      return { type: 'stringLiteral', val: expr.value };
    case 'unary':
      return { type: 'unaryExpr', op: expr.operator, expr: tree(expr.expr) };
    case 'vector-selector':
      return { type: 'vectorSelector', ...selector(expr) };
  }
}

function selector(node: VectorSelector): object {
  return {
    name: node.name,
    matchers: node.matchers.map(matcher),
    anchored: node.anchored,
    smoothed: node.smoothed,
    ...modifiers(node),
  };
}

const matcher = ({ name, operator, value }: LabelMatcher): object => ({ name, value, type: operator });

function modifiers(node: TimeModifiers): object {
  return {
    offset: node.offsetMs,
    offsetExpr: duration(node.offsetExpr),
    timestamp: node.atMs ?? null,
    startOrEnd: node.atPreprocessor ?? null,
  };
}

function matching({ matching: node }: BinaryExpr): object | null {
  if (node === undefined) return null;
  return {
    card: node.card,
    labels: node.labels,
    on: node.on,
    include: node.include,
    fillValues: { lhs: node.fillLeft ?? null, rhs: node.fillRight ?? null },
  };
}

function duration(node: DurationNode | undefined): object | null {
  if (node === undefined) return null;
  if (node.kind === 'number') return { type: 'numberLiteral', val: formatNumber(node.value), duration: node.duration };
  return {
    type: 'durationExpr',
    op: node.operator,
    lhs: duration(node.left),
    rhs: duration(node.right),
    wrapped: node.wrapped,
  };
}
