import type { SloSummary } from '@trilith/contract';

/** How an objective stands: nothing is left, it will soon be so, it is well, or nothing can be said. */
export type BudgetState = 'gone' | 'risk' | 'well' | 'unknown';

/** Less than this is left, or it lasts less than that at the rate of the last hour (ms): at risk. */
const scarce = 0.2;
const soonMs = 3 * 86_400_000;

type Standing = Pick<SloSummary, 'remaining' | 'exhaustedAtMs' | 'reliable' | 'problem'>;

export function budgetState({ remaining, exhaustedAtMs, reliable, problem }: Standing, nowMs: number): BudgetState {
  if (remaining === null || !reliable || problem !== '') return 'unknown';
  if (remaining <= 0) return 'gone';
  return remaining < scarce || (exhaustedAtMs !== null && exhaustedAtMs - nowMs < soonMs) ? 'risk' : 'well';
}

const hourSeconds = 3600;

/** How fast the budget burns over the shortest window of an hour or more; null where nothing was counted. */
export function burnNow({ burn }: Pick<SloSummary, 'burn'>): number | null {
  return burn.find(({ windowSeconds }) => windowSeconds >= hourSeconds)?.rate ?? null;
}

/** Whether an objective is one of a team's and holds a text in its name, service or description. */
export function isWanted(
  { name, service, description, labels }: Pick<SloSummary, 'name' | 'service' | 'description' | 'labels'>,
  wanted: { readonly text: string; readonly service: string; readonly team: string },
): boolean {
  if (wanted.service !== '' && service !== wanted.service) return false;
  if (wanted.team !== '' && (labels.team ?? '') !== wanted.team) return false;
  const text = wanted.text.trim().toLowerCase();
  return [name, service, description].some((one) => one.toLowerCase().includes(text));
}
