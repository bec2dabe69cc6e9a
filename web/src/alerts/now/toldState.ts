import type { AlertGroupNow, ResponsesAnswer } from '@trilith/contract';

/**
 * What is told of a group next: `at` once (a first time, something new, again), or why nothing is. The moment is null where
 * none is known.
 */
export interface ToldState {
  readonly kind: 'nobody' | 'muted' | 'silenced' | 'inhibited' | 'acknowledged' | 'first' | 'new' | 'again';
  readonly atMs: number | null;
}

type Alert = AlertGroupNow['alerts'][number];

export const isHeld = ({ silencedBy, inhibitedBy }: Alert): boolean => silencedBy.length + inhibitedBy.length > 0;

/** When and why a group's receiver hears of it next. Alertmanager's order: inhibition, time intervals, silences, repetition. */
export function toldState(
  group: AlertGroupNow,
  response: Pick<ResponsesAnswer['responses'][number], 'holds'> | undefined,
): ToldState {
  const { alerts, integrations, mutedBy, nextMs, repeatMs, toldMs } = group;
  if (integrations.length === 0) return { kind: 'nobody', atMs: null };
  if (alerts.every(({ inhibitedBy }) => inhibitedBy.length > 0)) return { kind: 'inhibited', atMs: null };
  if (mutedBy.length > 0) return { kind: 'muted', atMs: null };
  if (alerts.every(isHeld)) return { kind: 'silenced', atMs: null };
  if (toldMs === null) return { kind: 'first', atMs: nextMs };
  if (alerts.some((alert) => !alert.told && !isHeld(alert))) return { kind: 'new', atMs: nextMs };
  if (response?.holds === true) return { kind: 'acknowledged', atMs: null };
  return { kind: 'again', atMs: repeatMs === null ? null : Math.max(repeatMs, nextMs ?? repeatMs) };
}
