import { type AggregateExpr, formatNumberShort } from '@trilith/lang/promql';
import { xxhash64 } from '../../../base/xxhash64.ts';
import type { Labels } from '../../../model/labels.ts';
import type { EvaluationContext } from '../context.ts';
import { PromqlError } from '../promql_error.ts';
import { hasPoints, type VectorValue } from '../values.ts';

/**
 * limit_ratio: the share of the series whose label sets hash below the ratio; of a negative ratio the complement, so
 * that `limit_ratio(r, v)` and `limit_ratio(-(1 - r), v)` are all of `v` and have nothing in common.
 */
export async function limitRatio(
  context: EvaluationContext,
  expr: AggregateExpr,
  input: VectorValue,
  param: Float64Array,
): Promise<VectorValue> {
  if (param.every((ratio) => ratio === 0)) return { kind: 'vector', series: [] };
  checkRatios(context, expr, param);
  const series = [];
  for (const [i, one] of input.series.entries()) {
    if ((i & 63) === 0 && context.due()) await context.pause();
    const offset = sampleOffset(one.labels);
    const chosen = {
      ...one,
      present: one.present.map((mark, step) => (isWithin(param[step] as number, offset) ? mark : 0)),
    };
    if (hasPoints(chosen)) series.push(chosen);
  }
  return { kind: 'vector', series };
}

function checkRatios(context: EvaluationContext, { param: expr }: AggregateExpr, ratios: Float64Array): void {
  let max = Number.NEGATIVE_INFINITY;
  let min = Number.POSITIVE_INFINITY;
  for (const ratio of ratios) {
    if (Number.isNaN(ratio)) throw new PromqlError('execution', 'Ratio value is NaN');
    if (ratio > max) max = ratio;
    if (ratio < min) min = ratio;
  }
  const remark = (ratio: number, cap: number): void =>
    context.annotations.warn(
      `ratio value should be between -1 and 1, got ${formatNumberShort(ratio)}, capping to ${cap}`,
      expr?.range,
    );
  if (max > 1) remark(max, 1);
  if (min < -1) remark(min, -1);
}

function isWithin(ratio: number, offset: number): boolean {
  if (ratio === 0) return false;
  return ratio > 0 ? offset < Math.min(ratio, 1) : offset >= 1 + Math.max(ratio, -1);
}

const encoder = new TextEncoder();
const MAX_UINT64 = 2 ** 64;

/** Where a label set lies in [0, 1]: upstream's hash of it (xxHash64 of its `stringlabels` encoding) over 2^64. */
function sampleOffset(labels: Labels): number {
  const parts = labels.map((text) => encoder.encode(text));
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length + (length < 255 ? 1 : 4), 0));
  let at = 0;
  for (const part of parts) {
    const { length } = part;
    if (length < 255) bytes[at++] = length;
    else {
      bytes[at++] = 255;
      bytes[at++] = length;
      bytes[at++] = length >> 8;
      bytes[at++] = length >> 16;
    }
    bytes.set(part, at);
    at += length;
  }
  return Number(xxhash64(bytes)) / MAX_UINT64;
}
