import type { Alert } from '../../model/alert.ts';
import type { Labels } from '../../model/labels.ts';

/** An alert in a notification, with what it is told as: decided when the group is flushed, not when it is rendered. */
export interface NotifiedAlert extends Alert {
  readonly resolved: boolean;
  /** Alertmanager's id of its label set, 16 hex digits. */
  readonly fingerprint: string;
  /** It began and ended while this receiver could not be reached: told once, as resolved. */
  readonly missed: boolean;
}

/** What is told to one integration of a receiver about one group of alerts. */
export interface Notification {
  readonly receiver: string;
  /** As Alertmanager writes it: `{}/{severity="page"}:{alertname="Down"}`. */
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly alerts: readonly NotifiedAlert[];
  /** When the group was flushed. */
  readonly nowMs: number;
  /** Why now, in upstream's words: `first notification`, `repeat interval elapsed` … */
  readonly reason: string;
  /** Kept with the entry of the notification log: what an integration has to remember of what it sent (a Slack timestamp). */
  readonly stored: Map<string, string>;
  /** The same at every attempt of one decision to notify, so that a receiver can tell a repetition. */
  readonly idempotencyKey: string;
}

/** How one attempt ended. */
export interface Outcome {
  /** Undefined when the provider took it. */
  readonly error?: string;
  /** Whether another attempt can succeed; only with `error`. */
  readonly retry: boolean;
  /** How long the provider asked to be left alone, ms. */
  readonly retryAfterMs?: number;
  /** The provider's status code; 0 where the transport has none or nothing came back. */
  readonly status: number;
  /** The provider's own id of what it took; may be empty. */
  readonly providerId: string;
  /** What an accepting provider did not take of it: an address of several. */
  readonly warning?: string;
}

/** Makes one attempt. Never rejects: what went wrong is the outcome. */
export type Notifier = (notification: Notification, signal: AbortSignal) => Promise<Outcome>;

/** Firing as long as one alert of it is (Alertmanager's types.Alerts.Status). */
export function statusOf(alerts: readonly NotifiedAlert[]): 'firing' | 'resolved' {
  return alerts.every(({ resolved }) => resolved) ? 'resolved' : 'firing';
}
