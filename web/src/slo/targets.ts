import type { SloSummary } from '@trilith/contract';

/** Events of a period that count. */
export type Events = Pick<SloSummary, 'bad' | 'total'>;

/** Targets people promise, per cent. */
const usual = [90, 95, 98, 99, 99.5, 99.7, 99.8, 99.9, 99.95, 99.97, 99.98, 99.99, 99.995, 99.999];
/** Steps of one per cent in which targets are told. */
const steps = 1000;

/** The highest target that the events kept, per cent, rounded down to thousandths; null without events. */
export function keptTarget({ bad, total }: Events): number | null {
  // Shares that are whole thousandths must not lose one to binary fractions.
  return total > 0 ? Math.max(0, Math.floor((1 - bad / total) * 100 * steps + 1e-6) / steps) : null;
}

/** The targets that can be tried, the lowest first: the usual ones, the one that is promised, the one that was kept. */
export function targetsToTry(promised: number, events: Events): readonly number[] {
  const kept = keptTarget(events) ?? 0;
  const all = [...usual, promised, ...(kept > 0 ? [kept] : [])];
  return [...new Set(all)].sort((a, b) => a - b);
}

/**
 * The budget there would be with a target (per cent): how many events might be bad, and the share of that which is left,
 * 1 − (bad ÷ total) ÷ (1 − target), below 0 when more is gone; null without events, or where nothing may be bad.
 */
export function budgetAt(
  targetPercent: number,
  { bad, total }: Events,
): { readonly allowed: number; readonly remaining: number | null } {
  const allowed = ((100 - targetPercent) / 100) * total;
  return { allowed, remaining: allowed > 0 ? 1 - bad / allowed : null };
}
