import type { BinaryExpr } from '@trilith/lang/promql';
import { type FloatHistogram, HINT_GAUGE } from '../../../model/histogram.ts';
import { addHistograms, subtractHistograms } from '../../../model/histogram_add.ts';
import { compact, divide, equalHistograms, scale } from '../../../model/histogram_buckets.ts';
import { trim } from '../../../model/histogram_trim.ts';
import type { EvaluationContext } from '../context.ts';
import { histogramRemarks } from '../histogram_remarks.ts';
import { histogramAt, type VectorSeries } from '../values.ts';

/** One side of an operation at one step. */
export type Element = number | FloatHistogram;

export const elementAt = (series: VectorSeries, step: number): Element =>
  histogramAt(series, step) ?? (series.values[step] as number);

/** A histogram, whether a comparison holds, or nothing; and what is to be said. */
export interface ElementOutcome {
  readonly value?: FloatHistogram | boolean;
  readonly remark?: () => void;
}

export const isTrim = (operator: string): boolean => operator === '</' || operator === '>/';

/**
 * An operation of which one side at least is a histogram, or which is made for histograms (upstream's vectorElemBinop).
 * What does not go together gives nothing, with a remark.
 */
export function operateOnElements(
  context: EvaluationContext,
  expr: BinaryExpr,
  left: Element,
  right: Element,
): ElementOutcome {
  const { operator } = expr;
  if (typeof left !== 'number' && typeof right !== 'number') return operateOnHistograms(context, expr, left, right);
  if (typeof left !== 'number' && typeof right === 'number') {
    if (operator === '*') return { value: compact(scale(left, right)) };
    if (operator === '/') return { value: compact(divide(left, right)) };
    if (isTrim(operator)) return { value: trim(left, right, operator === '</') };
  }
  if (typeof left === 'number' && typeof right !== 'number' && operator === '*')
    return { value: compact(scale(right, left)) };
  return incompatible(context, expr, left, right);
}

function incompatible(context: EvaluationContext, expr: BinaryExpr, left: Element, right: Element): ElementOutcome {
  const kind = (element: Element): string => (typeof element === 'number' ? 'float' : 'histogram');
  const shown = [kind(left), expr.operator, kind(right)] as const;
  return { remark: () => histogramRemarks.incompatibleTypes(context, shown, expr) };
}

function operateOnHistograms(
  context: EvaluationContext,
  expr: BinaryExpr,
  left: FloatHistogram,
  right: FloatHistogram,
): ElementOutcome {
  const { operator } = expr;
  if (operator === '==') return { value: equalHistograms(left, right) };
  if (operator === '!=') return { value: !equalHistograms(left, right) };
  if (operator !== '+' && operator !== '-') return incompatible(context, expr, left, right);
  const operation = operator === '+' ? 'addition' : 'subtraction';
  const combined = operator === '+' ? addHistograms(left, right) : subtractHistograms(left, right);
  if (combined === undefined) return { remark: () => histogramRemarks.incompatibleBuckets(context, operator, expr) };
  // Upstream gives no result for contradicting hints.
  if (combined.collision) return { remark: () => histogramRemarks.collision(context, operation, expr) };
  const value = compact(operator === '+' ? combined.histogram : { ...combined.histogram, hint: HINT_GAUGE });
  return combined.reconciled
    ? { value, remark: () => histogramRemarks.reconciled(context, operation, expr) }
    : { value };
}

/** The last remark of each step: upstream says one for each. */
export class StepRemarks {
  readonly #last: ((() => void) | undefined)[] = [];

  note(step: number, remark: (() => void) | undefined): void {
    if (remark !== undefined) this.#last[step] = remark;
  }

  say(): void {
    for (const remark of this.#last) remark?.();
  }
}
