import type { Plotted } from '@trilith/lang/plotted';
import { queryLogRange } from '../../data/loki.ts';
import { type MatrixAnswer, queryRange } from '../../data/prometheus.ts';
import type { Range } from '../../time/range.ts';

/** What a rule looks at, over a range; the ends should lie on the step's grid (ms). */
export function queryPlotted(
  { language, expr }: Pick<Plotted, 'language' | 'expr'>,
  range: Range,
  stepMs: number,
  signal?: AbortSignal,
): Promise<MatrixAnswer> {
  return (language === 'promql' ? queryRange : queryLogRange)(expr, range, stepMs, signal);
}
