import type { MatrixAnswer, Statistics } from '../data/prometheus.ts';
import { queryInstant, queryRange } from '../data/prometheus.ts';
import type { Answer } from '../states/useAnswer.ts';
import { useAnswers } from '../states/useAnswers.ts';
import { alignRange, type Range, stepFor } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import type { AskedRow } from './formula.ts';
import type { GraphPart } from './graphData.ts';

/** One row's answer over one range, as the graph and the heatmap take it. */
export interface RangeAnswer {
  readonly asked: AskedRow;
  readonly part: Omit<GraphPart, 'answer'>;
  readonly answer: Answer<MatrixAnswer>;
}

const pixelsPerPoint = 2;

/** The step a row is asked with on a graph of a width. */
function stepOf(asked: AskedRow, range: Range, width: number): number {
  const points = Math.max(100, Math.floor((width || 900) / pixelsPerPoint));
  return stepFor(range, points, Math.max(1000, asked.row.minStepMs));
}

/** Asks every row over the range, `shiftMs` earlier where that is not zero. Nothing is asked before a width is known. */
export function useRangeAnswers(
  rows: readonly AskedRow[],
  width: number,
  shift: (stepMs: number) => number,
): readonly RangeAnswer[] {
  const { range } = useTime();
  const wanted = rows.flatMap((asked) => {
    const stepMs = stepOf(asked, range, width);
    const earlier = asked.row.type === 'instant' ? 0 : shift(stepMs);
    return (earlier === 0 ? [0] : [0, earlier]).map((shiftMs) => {
      const grid = alignRange({ fromMs: range.fromMs - shiftMs, toMs: range.toMs - shiftMs }, stepMs);
      return { asked, part: { row: asked.row, grid, stepMs, shiftMs } };
    });
  });
  const answers = useAnswers(
    wanted.map(({ asked: { query, row }, part: { grid, stepMs, shiftMs } }) => ({
      subject: ['graph', query, row.type, shiftMs],
      at: row.type === 'instant' ? [range.toMs] : [grid.fromMs, grid.toMs, stepMs],
      ask: (signal: AbortSignal) =>
        row.type === 'instant' ? instantMatrix(query, range.toMs, signal) : queryRange(query, grid, stepMs, signal),
      enabled: width > 0,
    })),
  );
  return wanted.flatMap((one, at) => {
    const answer = answers[at];
    return answer === undefined ? [] : [{ ...one, answer }];
  });
}

/** An instant answer in the shape of a range answer with one moment. */
async function instantMatrix(query: string, timeMs: number, signal: AbortSignal): Promise<MatrixAnswer> {
  const { data, warnings, infos, bytesRead = null } = await queryInstant(query, timeMs, signal);
  const shared = { resultType: 'matrix' as const, stats: data.stats };
  const wrap = (result: MatrixAnswer['data']['result']): MatrixAnswer => ({
    data: { ...shared, result },
    warnings,
    infos,
    bytesRead,
  });
  if (data.resultType === 'matrix') return { data, warnings, infos, bytesRead };
  if (data.resultType === 'vector') {
    return wrap(
      data.result.map(({ metric, value, histogram }) => ({
        metric,
        values: value === undefined ? [] : [value],
        histograms: histogram === undefined ? [] : [histogram],
      })),
    );
  }
  if (data.resultType === 'scalar') return wrap([{ metric: {}, values: [data.result], histograms: [] }]);
  return wrap([]);
}

/** What several answers cost together. */
export interface Cost {
  readonly samples: number;
  readonly ms: number;
  /** From the store; null when no answer says. */
  readonly bytesRead: number | null;
}

interface Costly {
  readonly data: { readonly stats?: Statistics | undefined };
  readonly bytesRead?: number | null;
}

export function costOf(answers: readonly Costly[]): Cost | null {
  const known = answers.flatMap(({ data }) => data.stats ?? []);
  if (known.length === 0) return null;
  const sum = (of: (one: Statistics) => number): number => known.reduce((total, one) => total + of(one), 0);
  const read = answers.flatMap(({ bytesRead }) => bytesRead ?? []);
  return {
    samples: sum((one) => one.samples?.totalQueryableSamples ?? 0),
    ms: sum((one) => one.timings.execTotalTime * 1000),
    bytesRead: read.length === 0 ? null : read.reduce((total, one) => total + one, 0),
  };
}
