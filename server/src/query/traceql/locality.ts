import type { Field, FieldExpr, Intrinsic, MetricsAggregate, PipelineStage } from '@trilith/lang/traceql';
import { isRootTest } from './push_spans.ts';

/** Intrinsics that other spans of the trace decide. */
const OF_THE_TRACE: ReadonlySet<Intrinsic> = new Set([
  'traceDuration',
  'rootName',
  'rootServiceName',
  'childCount',
  'nestedSetLeft',
  'nestedSetRight',
  'nestedSetParent',
]);

/** What a query needs of a trace to be evaluated. */
export interface Needs {
  /** Other spans than the one looked at. */
  readonly wholeTraces: boolean;
  readonly eventsOrLinks: boolean;
}

/** What a pipeline and the aggregate behind it need. */
export function needsOf(stages: readonly PipelineStage[], aggregate: MetricsAggregate): Needs {
  const needs = { wholeTraces: false, eventsOrLinks: false };
  const ofField = (field: Field): void => {
    if (field.kind === 'intrinsic') {
      if (OF_THE_TRACE.has(field.name)) needs.wholeTraces = true;
      if (/^(?:event|link):/.test(field.name)) needs.eventsOrLinks = true;
    } else if (field.scope !== 'span' && field.scope !== 'resource') needs.eventsOrLinks = true;
  };
  const ofExpr = (expr: FieldExpr): void => {
    if (expr.kind === 'unary' || expr.kind === 'exists') ofExpr(expr.operand);
    else if (expr.kind === 'attribute' || expr.kind === 'intrinsic') ofField(expr);
    else if (expr.kind === 'binary' && !tellsRoot(expr)) {
      ofExpr(expr.left);
      ofExpr(expr.right);
    }
  };
  for (const stage of stages) {
    if (stage.kind === 'filter') {
      if (stage.expr !== undefined) ofExpr(stage.expr);
    } else if (stage.kind !== 'select') needs.wholeTraces = true;
  }
  if (aggregate.kind === 'comparison') needs.wholeTraces = true;
  else
    for (const field of [...aggregate.by, ...(aggregate.field === undefined ? [] : [aggregate.field])]) ofField(field);
  // A pipeline over whole traces is read with all they have.
  return needs.wholeTraces ? { wholeTraces: true, eventsOrLinks: true } : needs;
}

/** A span tells by itself whether it is a root. */
function tellsRoot({ left, operator, right }: Extract<FieldExpr, { kind: 'binary' }>): boolean {
  return right.kind === 'static' && (operator === '<' || operator === '=') && isRootTest(left, operator, right.static);
}
