import type { SloDetail, SloPreview, SloSummary } from '@trilith/contract';
import {
  type Budget,
  budgetOf,
  burnDown,
  burnRateOf,
  type Exclusion,
  exhaustionMs,
  isReliable,
  type Period,
  SLOT_MS,
} from './budget.ts';
import { type BurnWindow, burnRate, windowLengths } from './burn_windows.ts';
import type { NamedExclusion } from './exclusions.ts';
import type { Counted } from './keeper.ts';
import type { LoadedObjective } from './load.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Steps of the burn-down that are drawn. */
const STEPS = 240;

interface Known {
  readonly loaded: LoadedObjective;
  readonly counted: Counted;
  readonly exclusions: readonly NamedExclusion[];
  readonly nowMs: number;
}

/** The period that ends with the last slot that was counted, or now. */
function periodOf({ loaded, counted, nowMs }: Known): Period {
  const toMs = counted.untilMs ?? Math.floor(nowMs / SLOT_MS) * SLOT_MS;
  return { fromMs: toMs - loaded.objective.periodMs, toMs };
}

/** A window as long as the slots can tell. */
const rateOver = ({ loaded, counted, exclusions }: Known, windowMs: number, toMs: number): number | undefined =>
  burnRateOf(counted.facts, loaded.objective.targetPercent, Math.max(windowMs, SLOT_MS), toMs, exclusions);

const portable = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));

/** A moment as dates can hold it; null for one beyond (8.64e15 ms, ECMA-262). */
const wholeMs = (ms: number | undefined): number | null =>
  ms === undefined || !(Math.abs(ms) <= 8.64e15) ? null : Math.round(ms);

/** What is left of an objective's budget, from what was counted. */
export function sloSummaryOf(known: Known): SloSummary {
  const { loaded, counted, exclusions } = known;
  const { objective, format } = loaded;
  const period = periodOf(known);
  const budget = budgetOf(counted.facts, objective.targetPercent, period, exclusions);
  const lengths = windowLengths(loaded.windows);
  const lastHour = rateOver(known, HOUR_MS, period.toMs);
  return {
    name: objective.id,
    service: objective.service,
    description: objective.description,
    format,
    targetPercent: objective.targetPercent,
    periodDays: objective.periodMs / DAY_MS,
    labels: Object.fromEntries(objective.labels),
    ...numbersOf(budget),
    burn: lengths.map((windowMs) => ({
      windowSeconds: windowMs / 1000,
      rate: portable(rateOver(known, windowMs, period.toMs)),
    })),
    exhaustedAtMs: wholeMs(exhaustionMs(budget.remaining, lastHour, objective.periodMs, period.toMs)),
    coverage: budget.coverage,
    reliable: isReliable(budget, objective.minimumEvents),
    minEvents: objective.minimumEvents,
    countedUntilMs: counted.untilMs ?? null,
    progress: counted.progress,
    problem: counted.problem,
  };
}

const numbersOf = ({ goodShare, remaining, bad, total }: Budget) => ({
  goodShare: portable(goodShare),
  remaining: portable(remaining),
  bad,
  total,
});

/** What the budget would be with these exclusions instead of those that are kept. */
export function sloPreviewOf(known: Known, exclusions: readonly Exclusion[]): SloPreview {
  const { loaded, counted } = known;
  const budget = budgetOf(counted.facts, loaded.objective.targetPercent, periodOf(known), exclusions);
  return { ...numbersOf(budget), coverage: budget.coverage };
}

/** Everything about an objective for its page. */
export function sloDetailOf(known: Known): SloDetail {
  const { loaded, counted, exclusions } = known;
  const { objective } = loaded;
  const { indicator, targetPercent } = objective;
  const period = periodOf(known);
  const stepMs = Math.max(1, Math.ceil(objective.periodMs / STEPS / SLOT_MS)) * SLOT_MS;
  return {
    ...sloSummaryOf(known),
    file: loaded.file,
    expressions:
      indicator.kind === 'events'
        ? { bad: indicator.bad, total: indicator.total }
        : { bad: indicator.badShare, total: null },
    burnDown: burnDown(counted.facts, targetPercent, period, stepMs, exclusions).map(({ timeMs, remaining }) => ({
      timeMs,
      remaining: portable(remaining),
    })),
    steps: stepsOf(counted, period, stepMs),
    alerts: alertsOf(known, period.toMs),
    dimensions: dimensionsOf(counted, targetPercent, period, exclusions),
    exclusions: [...exclusions],
    groups: loaded.groups.map(({ name }) => name),
  };
}

function stepsOf({ facts }: Counted, { fromMs, toMs }: Period, stepMs: number): SloDetail['steps'] {
  const steps = Array.from({ length: Math.floor((toMs - fromMs) / stepMs) }, (_, i) => ({
    timeMs: fromMs + (i + 1) * stepMs,
    bad: 0,
    total: 0,
  }));
  for (const { slotMs, bad, total } of facts) {
    const step = steps[Math.ceil((slotMs - fromMs) / stepMs) - 1];
    if (step === undefined) continue;
    step.bad += bad;
    step.total += total;
  }
  return steps;
}

function alertsOf(known: Known, toMs: number): SloDetail['alerts'] {
  const { periodMs, page, ticket, targetPercent, minimumEvents } = known.loaded.objective;
  const { windows, groups } = known.loaded;
  const one = (severity: 'page' | 'ticket', condition: BurnWindow): SloDetail['alerts'][number] => {
    const alert = (severity === 'page' ? page : ticket)?.name ?? '';
    const group = groups.find(({ rules }) => rules.some(({ kind, name }) => kind === 'alert' && name === alert));
    const [shortRate, longRate] = [condition.shortMs, condition.longMs].map((ms) => rateOver(known, ms, toMs));
    const threshold = burnRate(periodMs, condition);
    const long = { fromMs: toMs - Math.max(condition.longMs, SLOT_MS), toMs };
    const isEnough = budgetOf(known.counted.facts, targetPercent, long, known.exclusions).total >= minimumEvents;
    return {
      severity,
      alert,
      group: group?.name ?? '',
      shortSeconds: condition.shortMs / 1000,
      longSeconds: condition.longMs / 1000,
      threshold,
      shortRate: portable(shortRate),
      longRate: portable(longRate),
      isBurning: isEnough && (shortRate ?? 0) > threshold && (longRate ?? 0) > threshold,
    };
  };
  return [
    ...(page === undefined ? [] : [one('page', windows.pageQuick), one('page', windows.pageSlow)]),
    ...(ticket === undefined ? [] : [one('ticket', windows.ticketQuick), one('ticket', windows.ticketSlow)]),
  ];
}

function dimensionsOf(
  { facts }: Counted,
  targetPercent: number,
  period: Period,
  exclusions: readonly Exclusion[],
): SloDetail['dimensions'] {
  const byDimension = Map.groupBy(facts, ({ dimension }) => dimension);
  byDimension.delete('');
  const found = [...byDimension].map(([dimension, of]) => {
    const { bad, total } = budgetOf(of, targetPercent, period, exclusions);
    // Written by the keeper from a label set.
    return { labels: JSON.parse(dimension) as Record<string, string>, bad, total };
  });
  const allBad = found.reduce((sum, { bad }) => sum + bad, 0);
  return found
    .map((one) => ({ ...one, shareOfBad: allBad === 0 ? 0 : one.bad / allBad }))
    .sort((a, b) => b.bad - a.bad);
}
