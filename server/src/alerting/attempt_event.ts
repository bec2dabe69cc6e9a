import type { AttemptEvent } from '../model/alert_event.ts';
import type { Notification, Outcome } from './notify/notifier.ts';

/** What was tried, and when. */
export interface Attempt {
  readonly notification: Notification;
  /** `slack[0]`. */
  readonly integration: string;
  /** Counted from 1 within one notification. */
  readonly attempt: number;
  /** What the ledger keeps it under, ms since the epoch. */
  readonly timeMs: number;
  readonly latencyMs: number;
  /** The receiver that should have been told; undefined where it is the one that is. */
  readonly fallbackFor?: string | undefined;
}

/** An attempt as the ledger keeps it. */
export function attemptEvent(
  { notification, integration, attempt, timeMs, latencyMs, fallbackFor }: Attempt,
  outcome: Outcome,
): AttemptEvent {
  const { receiver, groupKey, alerts } = notification;
  return {
    kind: 'attempt',
    timeMs,
    groupKey,
    receiver,
    integration,
    attempt,
    outcome: outcome.error === undefined ? 'accepted' : outcome.retry ? 'retried' : 'failed',
    status: outcome.status,
    providerId: outcome.providerId,
    latencyMs,
    error: outcome.error ?? outcome.warning ?? '',
    alerts: alerts.map(({ labels, resolved }) => ({ labels, resolved })),
    ...(fallbackFor === undefined ? {} : { fallbackFor }),
  };
}
