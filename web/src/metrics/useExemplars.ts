import { queryExemplars } from '../data/prometheus.ts';
import { useAnswers } from '../states/useAnswers.ts';
import { alignRange } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { type Exemplar, exemplarsOf } from './exemplars.ts';
import type { AskedRow } from './formula.ts';

const mostDrawn = 60;
const gridMs = 15_000;

/** The exemplars of all queries on the page; decoration, so a failure to get them is no failure of the graph. */
export function useExemplars(rows: readonly AskedRow[], enabled: boolean): readonly Exemplar[] {
  const { range } = useTime();
  const grid = alignRange(range, gridMs);
  const ranged = rows.filter(({ row }) => row.type === 'range');
  const answers = useAnswers(
    ranged.map(({ query }) => ({
      subject: ['exemplars', query],
      at: [grid.fromMs, grid.toMs],
      ask: (signal: AbortSignal) => queryExemplars(query, grid, signal),
      enabled,
    })),
  );
  if (!enabled) return [];
  return exemplarsOf(
    answers.flatMap((answer) => answer.data ?? []),
    mostDrawn,
  );
}
