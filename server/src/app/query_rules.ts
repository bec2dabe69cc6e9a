import { parse as parseLogql } from '@trilith/lang/logql';
import type { TenantEngines } from '../api/trilith/index.ts';
import { createTurns } from '../base/turns.ts';
import type { SeriesSet } from '../query/index.ts';
import { answerOfQuery, type LastSample, type RangeSeries, type RuleAnswer } from '../rules/index.ts';
import type { LastSamplesQuery, RangeRuleQuery, RuleCall, RuleCallAnswer, TimedRuleQuery } from './query_messages.ts';

/** Queries of one call that wait for the store at once. */
const AT_ONCE = 8;
const NS_PER_MS = 1_000_000n;

/** Answers what rules ask of a query worker. A query that fails is an answer of its own; nothing is thrown for it. */
export async function answerRules(
  call: RuleCall,
  enginesOf: (tenant: string) => TenantEngines,
): Promise<RuleCallAnswer> {
  if (call.kind === 'last-samples') return { kind: 'last-samples', samples: await lastSamples(call, enginesOf) };
  if (call.kind === 'range') {
    try {
      return { kind: 'range', series: await rangeSeries(call, enginesOf(call.tenant)), error: '' };
    } catch (error) {
      return { kind: 'range', series: [], error: error instanceof Error ? error.message : String(error) };
    }
  }
  const turn = createTurns(AT_ONCE);
  const answers = await Promise.all(call.queries.map((query) => turn(() => answerOf(query, enginesOf(query.tenant)))));
  return { kind: 'evaluated', answers };
}

async function answerOf(query: TimedRuleQuery, engines: TenantEngines): Promise<RuleAnswer> {
  try {
    return await (query.language === 'promql' ? promqlSamples(query, engines) : logqlSamples(query, engines));
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

async function promqlSamples({ expr, timeMs }: TimedRuleQuery, { metrics }: TenantEngines): Promise<RuleAnswer> {
  return answerOfQuery(await metrics.query({ query: expr, startMs: timeMs, endMs: timeMs, stepMs: 0 }));
}

async function logqlSamples({ expr, timeMs }: TimedRuleQuery, { logs }: TenantEngines): Promise<RuleAnswer> {
  const endNs = BigInt(timeMs) * NS_PER_MS;
  const instant = { startNs: endNs, endNs, stepNs: NS_PER_MS, instant: true } as const;
  const result = await logs.query({ expr: parseLogql(expr), ...instant, direction: 'backward', limit: 1 });
  if (result.kind !== 'metric') return { error: 'rule result is not a vector or scalar' };
  if (result.value.kind === 'scalar') return [{ labels: [], value: result.value.value }];
  return result.value.series
    .filter(({ present }) => present[0] === 1)
    .map(({ labels, values }) => ({ labels, value: values[0] ?? Number.NaN }));
}

async function rangeSeries(query: RangeRuleQuery, engines: TenantEngines): Promise<readonly RangeSeries[]> {
  const { expr, startMs, endMs, stepMs } = query;
  if (query.language === 'promql') {
    const { series } = await engines.metrics.query({ query: expr, startMs, endMs, stepMs });
    return series.map(({ labels, times, values }) => ({ labels, times, values }));
  }
  const range = { startNs: BigInt(startMs) * NS_PER_MS, endNs: BigInt(endMs) * NS_PER_MS };
  const steps = { ...range, stepNs: BigInt(stepMs) * NS_PER_MS, instant: false } as const;
  const result = await engines.logs.query({ expr: parseLogql(expr), ...steps, direction: 'backward', limit: 1 });
  if (result.kind !== 'metric') throw new Error('rule result is not a vector or scalar');
  const at = (step: number): number => startMs + step * stepMs;
  if (result.value.kind === 'scalar') {
    const times = Array.from({ length: Math.floor((endMs - startMs) / stepMs) + 1 }, (_, step) => at(step));
    const { value } = result.value;
    return [{ labels: [], times, values: times.map(() => value) }];
  }
  return result.value.series.map(({ labels, values, present }) => {
    const steps = Array.from(values.keys()).filter((step) => present[step] === 1);
    return { labels, times: steps.map(at), values: steps.map((step) => values[step] ?? Number.NaN) };
  });
}

async function lastSamples(
  { tenant, matchers, fromMs, toMs }: LastSamplesQuery,
  enginesOf: (tenant: string) => TenantEngines,
): Promise<readonly LastSample[]> {
  const set = await enginesOf(tenant).metrics.samples(matchers, { fromMs, toMs });
  return set.labels.flatMap((labels, series) => lastOf(set, labels, series));
}

function lastOf(set: SeriesSet, labels: LastSample['labels'], series: number): LastSample[] {
  const [from, to] = [set.offsets[series] as number, set.offsets[series + 1] as number];
  const staleMs = set.stale.get(series)?.at(-1) ?? Number.NEGATIVE_INFINITY;
  const timeMs = to > from ? (set.times[to - 1] as number) : Number.NEGATIVE_INFINITY;
  const lastMs = Math.max(staleMs, timeMs);
  if (lastMs === Number.NEGATIVE_INFINITY) return [];
  return [{ labels, timeMs: lastMs, value: staleMs >= timeMs ? Number.NaN : (set.values[to - 1] as number) }];
}
