import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Labels, labelsKey } from '../../model/labels.ts';
import type { Annotations } from './annotations.ts';
import type { PlanNode } from './plan_nodes.ts';
import { PromqlError, tooManySamples } from './promql_error.ts';
import type { Selection, SeriesSet } from './source.ts';
import { copyPoint, emptySeries, type Value, type VectorSeries } from './values.ts';

/** How long evaluation may hold the thread before other queries get their turn, ms. */
const TURN_MS = 5;

/** What the operators of one query share. */
export interface EvaluationContext {
  /** Evaluates an operand: operators that need their inputs ask here, so that they need not know the evaluator. */
  readonly evaluate: (context: EvaluationContext, node: PlanNode) => Promise<Value>;
  readonly annotations: Annotations;
  readonly lookbackMs: number;
  readonly delayedNameRemoval: boolean;
  /** Whether functions see start timestamps. */
  readonly startTimestamps: boolean;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  /** Data of each fetch of the plan. */
  readonly fetched: readonly SeriesSet[];
  /** Told of every value as it is there, with the time it took with its operands; for `explain`. */
  readonly observe?: ((node: PlanNode, value: Value, elapsedMs: number) => void) | undefined;
  /** Reads samples that the plan could not know about. */
  readonly read: (selection: Selection) => Promise<SeriesSet>;
  /** Counts points held; throws PromqlError above the limit. */
  hold(points: number): void;
  /** True when it is time for {@link pause}: cheap, for inner loops. */
  due(): boolean;
  /** Lets other work run; throws PromqlError when the query was cancelled or is out of time. */
  pause(): Promise<void>;
}

export interface Limits {
  readonly maxSamples: number;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Sample accounting, time and cancellation of one query. `now` is a monotonic clock in ms. */
export function createBudget(
  { maxSamples, deadlineMs, signal }: Limits,
  now: () => number,
): Pick<EvaluationContext, 'hold' | 'due' | 'pause'> {
  let held = 0;
  let turnEnds = now() + TURN_MS;
  return {
    hold(points) {
      held += points;
      if (held > maxSamples) throw tooManySamples();
    },
    due: () => now() >= turnEnds,
    async pause() {
      await nextTurn();
      if (signal?.aborted === true)
        throw new PromqlError('canceled', 'query was canceled in expression evaluation', { cause: signal.reason });
      if (now() > deadlineMs) throw new PromqlError('timeout', 'query timed out in expression evaluation');
      turnEnds = now() + TURN_MS;
    },
  };
}

const METADATA: ReadonlySet<string> = new Set(['__name__', '__type__', '__unit__']);

/** The label set without metric name, type and unit. */
export function withoutName(labels: Labels): Labels {
  const kept: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    if (!METADATA.has(labels[i] as string)) kept.push(labels[i] as string, labels[i + 1] as string);
  }
  return kept;
}

/** The labels of a function's result: without the name now, or marked to lose it at the end. */
export function resultLabels(context: EvaluationContext, labels: Labels): Labels {
  return context.delayedNameRemoval ? labels : withoutName(labels);
}

/**
 * Joins series of equal labels into one, as happens when names are dropped. Throws PromqlError when two of them have a
 * point at the same step.
 */
export function mergeEqualLabels(series: readonly VectorSeries[]): readonly VectorSeries[] {
  if (series.length < 2) return series;
  const byKey = new Map<string, VectorSeries>();
  let merged = false;
  for (const one of series) {
    const key = labelsKey(one.labels);
    const first = byKey.get(key);
    if (first === undefined) {
      byKey.set(key, one);
      continue;
    }
    merged = true;
    byKey.set(key, joined(first, one));
  }
  return merged ? [...byKey.values()] : series;
}

function joined(a: VectorSeries, b: VectorSeries): VectorSeries {
  const out = emptySeries(a.labels, a.dropName || b.dropName, a.values.length);
  out.values.set(a.values);
  out.present.set(a.present);
  out.histograms = a.histograms?.slice();
  for (let i = 0; i < b.present.length; i++) {
    if (b.present[i] === 0) continue;
    if (out.present[i] !== 0)
      throw new PromqlError('execution', 'vector cannot contain metrics with the same labelset');
    copyPoint(b, i, out, i);
  }
  return out;
}

/** Names are dropped at once unless that is delayed; then equal label sets must not collide. */
export function settle(context: EvaluationContext, series: readonly VectorSeries[]): readonly VectorSeries[] {
  return context.delayedNameRemoval ? series : mergeEqualLabels(series);
}
