import type {
  AggregateExpr,
  BinaryExpr,
  DurationNode,
  Expr,
  LabelMatcher,
  MatrixSelector,
  SubqueryExpr,
  TimeModifiers,
  VectorSelector,
} from './ast.ts';
import { formatDuration } from './duration.ts';
import { formatNumber, formatNumberShort } from './number.ts';
import { isLegacyLabelName, isLegacyMetricName, quote } from './quote.ts';

/** The query as upstream prints it; parsing the text again gives the same tree (positions aside). */
export function print(expr: Expr): string {
  switch (expr.kind) {
    case 'aggregate':
      return aggregate(expr);
    case 'binary':
      return `${print(expr.left)} ${operatorText(expr)} ${print(expr.right)}`;
    case 'call':
      return `${expr.func.name}(${expr.args.map(print).join(', ')})`;
    case 'matrix-selector':
      return matrix(expr);
    case 'number':
      if (!expr.duration) return formatNumber(expr.value);
      return expr.value < 0 ? `-${formatDuration(-expr.value * 1000)}` : formatDuration(expr.value * 1000);
    case 'paren':
      return `(${print(expr.expr)})`;
    case 'string':
      return quote(expr.value);
    case 'subquery':
      return print(expr.expr) + subquerySuffix(expr);
    case 'unary':
      return expr.operator + print(expr.expr);
    case 'vector-selector':
      return selectorText(expr) + atText(expr) + extended(expr) + offsetText(expr);
  }
}

const names = (labels: readonly string[]): string =>
  labels.map((label) => (isLegacyLabelName(label) ? label : quote(label))).join(', ');

function aggregate(node: AggregateExpr): string {
  const param = node.param === undefined ? '' : `${print(node.param)}, `;
  return `${aggregateHead(node)}(${param}${print(node.expr)})`;
}

/** An aggregation up to its parenthesis. */
export function aggregateHead(node: AggregateExpr): string {
  if (node.without) return `${node.operator} without (${names(node.grouping)}) `;
  return node.grouping.length > 0 ? `${node.operator} by (${names(node.grouping)}) ` : node.operator;
}

/** A binary operator with all that belongs to it. */
export const operatorText = (node: BinaryExpr): string =>
  `${node.operator}${node.returnBool ? ' bool' : ''}${matching(node)}`;

function matching(node: BinaryExpr): string {
  const m = node.matching;
  if (m === undefined) return '';
  const grouped = m.card === 'many-to-one' || m.card === 'one-to-many';
  let text = '';
  if (m.labels.length > 0 || m.on || grouped) text += ` ${m.on ? 'on' : 'ignoring'} (${names(m.labels)})`;
  if (grouped) text += ` group_${m.card === 'many-to-one' ? 'left' : 'right'} (${names(m.include)})`;
  if (m.fillLeft !== undefined && m.fillLeft === m.fillRight) return `${text} fill (${formatNumberShort(m.fillLeft)})`;
  if (m.fillLeft !== undefined) text += ` fill_left (${formatNumberShort(m.fillLeft)})`;
  if (m.fillRight !== undefined) text += ` fill_right (${formatNumberShort(m.fillRight)})`;
  return text;
}

function matcher({ name, operator, value }: LabelMatcher): string {
  return `${isLegacyLabelName(name) ? name : quote(name)}${operator}${quote(value)}`;
}

function selectorText(node: VectorSelector): string {
  const bare = node.name !== '' && isLegacyMetricName(node.name);
  const shown = node.matchers.filter(
    (m) => !(m.name === '__name__' && m.operator === '=' && m.value === node.name && m.value !== ''),
  );
  const parts = shown.map(matcher).sort();
  if (node.name !== '' && !bare) parts.unshift(quote(node.name));
  return (bare ? node.name : '') + (parts.length > 0 || !bare ? `{${parts.join(',')}}` : '');
}

function matrix(node: MatrixSelector): string {
  const range = node.rangeExpr === undefined ? formatDuration(node.rangeMs) : printDuration(node.rangeExpr);
  return `${selectorText(node.selector)}[${range}]${extended(node.selector)}${atText(node.selector)}${offsetText(node.selector)}`;
}

/** Range, step and modifiers of a subquery. */
export function subquerySuffix(node: SubqueryExpr): string {
  const range = node.rangeExpr === undefined ? formatDuration(node.rangeMs) : printDuration(node.rangeExpr);
  const step =
    node.stepExpr === undefined ? (node.stepMs === 0 ? '' : formatDuration(node.stepMs)) : printDuration(node.stepExpr);
  return `[${range}:${step}]${atText(node)}${offsetText(node)}`;
}

const extended = (node: VectorSelector): string => (node.anchored ? ' anchored' : node.smoothed ? ' smoothed' : '');

function atText(node: TimeModifiers): string {
  if (node.atMs !== undefined) return ` @ ${(node.atMs / 1000).toFixed(3)}`;
  return node.atPreprocessor === undefined ? '' : ` @ ${node.atPreprocessor}()`;
}

function offsetText(node: TimeModifiers): string {
  if (node.offsetExpr !== undefined) return ` offset ${printDuration(node.offsetExpr)}`;
  if (node.offsetMs > 0) return ` offset ${formatDuration(node.offsetMs)}`;
  return node.offsetMs < 0 ? ` offset -${formatDuration(-node.offsetMs)}` : '';
}

/** A duration expression as text. */
export function printDuration(node: DurationNode): string {
  if (node.kind === 'number') return print(node);
  const text = durationBody(node);
  return node.wrapped ? `(${text})` : text;
}

function durationBody(node: Exclude<DurationNode, { kind: 'number' }>): string {
  const left = node.left === undefined ? '' : printDuration(node.left);
  const right = node.right === undefined ? '' : printDuration(node.right);
  switch (node.operator) {
    case 'step':
    case 'range':
      return `${node.operator}()`;
    case 'min_of':
    case 'max_of':
      return `${node.operator}(${left}, ${right})`;
    default:
      if (node.left !== undefined) return `${left} ${node.operator} ${right}`;
      return node.operator === '-' ? `-${right}` : right;
  }
}
