import type { SloFact } from '../model/slo_fact.ts';

/** Length of the slots that are counted, ms. */
export const SLOT_MS = 300_000;

/** A stretch of time that does not count against budgets, ms since the epoch; maintenance, a load test. */
export interface Exclusion {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What is left of a budget. All shares are 0 to 1; undefined where nothing was counted. */
export interface Budget {
  readonly bad: number;
  readonly total: number;
  /** Good events of all. */
  readonly goodShare: number | undefined;
  /** Below 0 when more than the budget is gone. */
  readonly remaining: number | undefined;
  /** Slots with a count, of those that are not excluded. */
  readonly coverage: number;
  readonly excludedSlots: number;
}

type Count = Pick<SloFact, 'slotMs' | 'bad' | 'total'>;

const isIn = (slotMs: number, { fromMs, toMs }: Period): boolean => slotMs > fromMs && slotMs <= toMs;

/** A slot is excluded when any part of it is. */
const isExcluded = (slotMs: number, exclusions: readonly Exclusion[]): boolean =>
  exclusions.some(({ fromMs, toMs }) => slotMs > fromMs && slotMs - SLOT_MS < toMs);

/**
 * The budget of a period from what its slots counted: 1 − (bad ÷ total) ÷ (1 − target). Exclusions hold for slots of the
 * past as well: nothing is forgotten, so they can be taken back.
 * @param targetPercent over 0, up to 100; at 100 one bad event is the whole budget and more
 */
export function budgetOf(
  counts: readonly Count[],
  targetPercent: number,
  period: Period,
  exclusions: readonly Exclusion[] = [],
): Budget {
  const slots = new Set<number>();
  let bad = 0;
  let total = 0;
  for (const count of counts) {
    if (!isIn(count.slotMs, period) || isExcluded(count.slotMs, exclusions)) continue;
    slots.add(count.slotMs);
    bad += count.bad;
    total += count.total;
  }
  const first = Math.floor(period.fromMs / SLOT_MS) + 1;
  const last = Math.floor(period.toMs / SLOT_MS);
  let excludedSlots = 0;
  for (let slot = first; slot <= last; slot++) if (isExcluded(slot * SLOT_MS, exclusions)) excludedSlots++;
  const expected = Math.max(0, last - first + 1 - excludedSlots);
  const badShare = total > 0 ? bad / total : undefined;
  return {
    bad,
    total,
    goodShare: badShare === undefined ? undefined : 1 - badShare,
    remaining: badShare === undefined ? undefined : 1 - burnOf(badShare, targetPercent),
    coverage: expected === 0 ? 0 : slots.size / expected,
    excludedSlots,
  };
}

/** How many times the allowed share of bad events this share is. */
function burnOf(badShare: number, targetPercent: number): number {
  const allowed = (100 - targetPercent) / 100;
  if (allowed > 0) return badShare / allowed;
  return badShare > 0 ? Number.POSITIVE_INFINITY : 0;
}

/** How fast the budget burnt over the last `windowMs` before `nowMs`; 1 spends it exactly within the period. */
export function burnRateOf(
  counts: readonly Count[],
  targetPercent: number,
  windowMs: number,
  nowMs: number,
  exclusions: readonly Exclusion[] = [],
): number | undefined {
  const { bad, total } = budgetOf(counts, targetPercent, { fromMs: nowMs - windowMs, toMs: nowMs }, exclusions);
  return total > 0 ? burnOf(bad / total, targetPercent) : undefined;
}

/** When nothing is left if it goes on burning like this, ms since the epoch; undefined when that is never. */
export function exhaustionMs(
  remaining: number | undefined,
  burnRate: number | undefined,
  periodMs: number,
  nowMs: number,
): number | undefined {
  if (remaining === undefined || burnRate === undefined) return undefined;
  if (remaining <= 0) return nowMs;
  return burnRate > 0 && Number.isFinite(burnRate) ? nowMs + (remaining * periodMs) / burnRate : undefined;
}

/** Share of the slots of a period that must have been counted. */
const MINIMUM_COVERAGE = 0.5;

/** Whether a budget rests on enough; below `minimumEvents` nothing is said: a single failed request at night is no outage. */
export const isReliable = ({ total, coverage }: Budget, minimumEvents = 0): boolean =>
  total > 0 && total >= minimumEvents && coverage >= MINIMUM_COVERAGE;

/** Points of the burn-down: what was left at the end of every `stepMs` of the period. */
export function burnDown(
  counts: readonly Count[],
  targetPercent: number,
  period: Period,
  stepMs: number,
  exclusions: readonly Exclusion[] = [],
): { timeMs: number; remaining: number | undefined }[] {
  const sorted = counts
    .filter(({ slotMs }) => isIn(slotMs, period) && !isExcluded(slotMs, exclusions))
    .sort((a, b) => a.slotMs - b.slotMs);
  const all = budgetOf(counts, targetPercent, period, exclusions).total;
  const points: { timeMs: number; remaining: number | undefined }[] = [];
  let at = 0;
  let bad = 0;
  for (let timeMs = period.fromMs + stepMs; timeMs <= period.toMs; timeMs += stepMs) {
    for (; at < sorted.length; at++) {
      const count = sorted[at];
      if (count === undefined || count.slotMs > timeMs) break;
      bad += count.bad;
    }
    // Against the events of the whole period: the line only falls, and ends at the budget that is shown.
    points.push({ timeMs, remaining: all > 0 ? 1 - burnOf(bad / all, targetPercent) : undefined });
  }
  return points;
}
