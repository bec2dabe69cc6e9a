import type { FieldExpr, PipelineStage } from '@trilith/lang/traceql';
import { ANY_SPAN, type SpanPredicate } from '../../store/index.ts';
import { isRootTest, planPipeline } from '../traceql/push_spans.ts';

/**
 * The predicate that is true of exactly the spans a pipeline selects, or undefined where the store alone cannot tell: several
 * stages, other spans of the trace, or values whose type matters.
 */
export function exactPredicate(stages: readonly PipelineStage[]): SpanPredicate | undefined {
  const [stage, ...more] = stages.filter(({ kind }) => kind !== 'select');
  if (stage === undefined) return ANY_SPAN;
  if (more.length > 0 || stage.kind !== 'filter') return undefined;
  if (stage.expr === undefined) return ANY_SPAN;
  return isExact(stage.expr) ? planPipeline([stage]) : undefined;
}

function isExact(expr: FieldExpr): boolean {
  if (expr.kind !== 'binary') return false;
  const { operator, left, right } = expr;
  if (operator === '&&' || operator === '||') return isExact(left) && isExact(right);
  if (right.kind !== 'static') return false;
  const { type, value } = right.static;
  if (left.kind === 'intrinsic') {
    if (left.name === 'name') return type === 'string' && (operator === '=' || operator === '!=' || operator === '=~');
    if (left.name === 'status' || left.name === 'kind')
      return type === left.name && (operator === '=' || operator === '!=');
    if (left.name === 'duration')
      return typeof value === 'number' && value >= 0 && /^(?:=|!=|>|>=|<|<=)$/.test(operator);
    return (operator === '<' || operator === '=') && isRootTest(left, operator, right.static);
  }
  if (left.kind !== 'attribute' || left.parent || type !== 'string') return false;
  if (left.scope === 'resource' && left.name === 'service.name') return operator === '=' || operator === '=~';
  return (left.scope === 'span' || left.scope === 'resource') && operator === '=' && isOnlyText(String(value));
}

/** Text that no number, boolean or array is stored as: values are compared as text in the store. */
function isOnlyText(text: string): boolean {
  return text !== '' && !/^(?:[-+.\d[]|true$|false$|NaN$|Infinity$)/.test(text);
}
