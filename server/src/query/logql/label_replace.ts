import type { LabelReplace } from '@trilith/lang/logql';
import { expandReferences } from '@trilith/lang/template';
import { type Labels, labelsFrom, labelValue } from '../../model/labels.ts';
import { LogqlError } from './query_error.ts';
import { type Pattern, searchPattern } from './regex.ts';
import type { Matrix } from './series.ts';

/** @throws LogqlError when the pattern does not compile */
export function replacePattern({ pattern }: LabelReplace): Pattern {
  try {
    return searchPattern(`^(?:${pattern})$`);
  } catch (error) {
    if (!(error instanceof LogqlError)) throw error;
    throw new LogqlError('execution', `parse error : invalid regex in label_replace: ${error.message}`, {
      cause: error,
    });
  }
}

/** `label_replace`: sets a label from another by an anchored pattern; series that do not match stay as they are. */
export function replaceLabels(expr: LabelReplace, inner: Matrix): Matrix {
  const pattern = replacePattern(expr);
  return {
    kind: 'matrix',
    series: inner.series.map((series) => ({ ...series, labels: replaced(expr, pattern, series.labels) })),
  };
}

function replaced(expr: LabelReplace, pattern: Pattern, labels: Labels): Labels {
  const matcher = pattern.matcher(labelValue(labels, expr.source));
  if (!matcher.find()) return labels;
  const value = expandReferences(expr.replacement, pattern, matcher);
  const pairs: [string, string][] = [];
  for (let i = 0; i < labels.length; i += 2) pairs.push([labels[i] ?? '', labels[i + 1] ?? '']);
  return labelsFrom([...pairs, [expr.target, value]]);
}
