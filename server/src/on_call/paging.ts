import {
  attemptEvent,
  type IntegrationsOf,
  type Notification,
  type Outcome,
  type ReadyIntegration,
} from '../alerting/index.ts';
import type { Clock } from '../base/clock.ts';
import type { AttemptEvent } from '../model/alert_event.ts';

export interface PagingOptions {
  readonly integrationsOf: IntegrationsOf;
  readonly clock: Clock;
  readonly note: (events: readonly AttemptEvent[]) => void;
}

/** How telling some receivers ended. */
export interface Paged {
  /** Receivers of which an integration took it. */
  readonly accepted: ReadonlySet<string>;
  /** What the first integration that took it said; undefined when none did. */
  readonly taken: Outcome | undefined;
  /** Why the others did not, in words. */
  readonly errors: readonly string[];
  /** Whether another attempt can reach somebody who was not. */
  readonly retry: boolean;
}

/** Tells receivers of a group. */
export interface Paging {
  /** One attempt at every integration of the receivers; those that have taken the same notification before are passed over. */
  tell(notification: Notification, receivers: readonly string[], signal: AbortSignal): Promise<Paged>;
  /** The same, again and again until everybody took it, nobody can, or `untilMs`. */
  insist(
    notification: Notification,
    receivers: readonly string[],
    untilMs: number,
    signal: AbortSignal,
  ): Promise<Paged>;
}

/** Notifications of which is known who has taken them. */
const MOST_KNOWN = 10_000;
const ATTEMPT_MS = 20_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export function createPaging({ integrationsOf, clock, note }: PagingOptions): Paging {
  /** By idempotency key, the outcome of every integration that took it, and how often it was tried. */
  const known = new Map<string, { readonly taken: Map<string, Outcome>; attempts: number }>();
  const knownOf = (key: string) => {
    let found = known.get(key);
    if (found === undefined) {
      found = { taken: new Map(), attempts: 0 };
      known.set(key, found);
      const [oldest] = known.keys();
      if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    }
    return found;
  };

  const attempt = async (
    notification: Notification,
    receiver: string,
    { name, notifier, timeoutMs }: ReadyIntegration,
    attempts: number,
    signal: AbortSignal,
  ): Promise<Outcome> => {
    const startMs = clock.nowMs();
    const told = { ...notification, receiver };
    const outcome = await notifier(told, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs || ATTEMPT_MS)]));
    const latencyMs = clock.nowMs() - startMs;
    const tried = { notification: told, integration: name, attempt: attempts, timeMs: startMs, latencyMs };
    note([attemptEvent(tried, outcome)]);
    return outcome;
  };

  const tell: Paging['tell'] = async (notification, receivers, signal) => {
    const { taken, ...counted } = knownOf(notification.idempotencyKey);
    const attempts = counted.attempts + 1;
    known.set(notification.idempotencyKey, { taken, attempts });
    const resolved = notification.alerts.every((alert) => alert.resolved);
    const errors: string[] = [];
    let retry = false;
    const ofReceiver = async (receiver: string): Promise<void> => {
      // A policy that people are reached by would page itself.
      const integrations = integrationsOf(receiver).filter(({ channel }) => channel !== 'on_call');
      if (integrations.length === 0) errors.push(`receiver ${receiver} has no integrations`);
      const wanted = integrations.filter(({ sendResolved }) => !resolved || sendResolved);
      await Promise.all(
        wanted.map(async (integration) => {
          const id = `${receiver}/${integration.name}`;
          if (taken.has(id)) return;
          const outcome = await attempt(notification, receiver, integration, attempts, signal);
          if (outcome.error === undefined) taken.set(id, outcome);
          else {
            errors.push(`${receiver}: ${outcome.error}`);
            retry ||= outcome.retry;
          }
        }),
      );
    };
    await Promise.all(receivers.map(ofReceiver));
    const names = [...taken.keys()].map((id) => id.slice(0, id.lastIndexOf('/')));
    const accepted = new Set(receivers.filter((receiver) => names.includes(receiver)));
    return { accepted, taken: taken.values().next().value, errors, retry };
  };

  return {
    tell,
    async insist(notification, receivers, untilMs, signal) {
      let pauseMs = FIRST_PAUSE_MS;
      for (;;) {
        const paged = await tell(notification, receivers, signal);
        if (!paged.retry || signal.aborted || clock.nowMs() + pauseMs > untilMs) return paged;
        await new Promise<void>((resolve) => void clock.at(clock.nowMs() + pauseMs, resolve));
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      }
    },
  };
}
