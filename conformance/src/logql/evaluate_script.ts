import type { Expr } from '@trilith/lang/logql';
import { evaluateMetric, foldSum, type Steps, type Value } from '../../../server/src/query/index.ts';
import type { Command } from './script.ts';
import type { Streams } from './streams.ts';

export interface Answer {
  readonly steps: Steps;
  readonly value: Value;
}

/** Evaluates a metric query at the times a script names. */
export async function evaluateForScript(
  expr: Expr,
  at: Extract<Command, { kind: 'eval' }>,
  streams: Streams,
): Promise<Answer> {
  if (expr.kind === 'log' || expr.kind === 'variants') throw new Error(`${expr.kind} queries are outside the scripts`);
  const instant = at.stepNs === 0n;
  const count = instant ? 1 : Number((at.endNs - at.startNs) / at.stepNs) + 1;
  const steps = { startNs: at.startNs, stepNs: instant ? 1_000_000_000n : at.stepNs, count, instant };
  const limits = { maxSeries: 500, maxSamples: 1_000_000 };
  const value = await evaluateMetric(expr, { source: streams.source(), steps, limits, rules: [foldSum] });
  return { steps, value };
}
