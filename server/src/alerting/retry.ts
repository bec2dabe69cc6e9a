import type { Clock } from '../base/clock.ts';
import type { AttemptEvent } from '../model/alert_event.ts';
import { attemptEvent } from './attempt_event.ts';
import type { Notification, Notifier, Outcome } from './notify/notifier.ts';

/** First wait after a failed attempt, what it grows by, and the longest, ms. Upstream's longest is a minute. */
const FIRST_WAIT_MS = 500;
const GROWTH = 1.5;
const LONGEST_WAIT_MS = 10_000;
/** Part of a wait that chance decides, to both sides. */
const JITTER = 0.5;
/** No more than this is between two attempts while a delivery goes on, ms, unless the receiver asks for more. */
export const LONGEST_BACKOFF_MS = LONGEST_WAIT_MS * (1 + JITTER);
/** What one attempt may take, ms, where the integration says nothing. */
const ATTEMPT_MS = 20_000;

export interface Delivery {
  readonly notification: Notification;
  readonly notifier: Notifier;
  /** `slack[0]`. */
  readonly integration: string;
  /** The integration's own timeout, ms; undefined or 0: none. */
  readonly timeoutMs: number | undefined;
  /** No attempt begins after this. */
  readonly deadlineMs: number;
  /** Aborted when the pipeline stops. */
  readonly signal: AbortSignal;
  /** The receiver that should have been told; undefined where it is the one that is. */
  readonly fallbackFor?: string | undefined;
}

export interface DeliveryPorts {
  readonly clock: Clock;
  /** 0 ≤ value < 1. */
  readonly random: () => number;
  readonly onAttempt: (event: AttemptEvent) => void;
  /** The first attempt failed. */
  readonly onFirstFailure: () => void;
  /** Waits until the integration has time for an attempt; undefined when it has none before the delivery ends. */
  readonly turn: () => Promise<(() => void) | undefined>;
}

export interface DeliveryResult {
  readonly delivered: boolean;
  readonly attempts: number;
  readonly error: string;
  /** Another attempt with the same could not succeed either. */
  readonly permanent: boolean;
}

/** Attempts until the receiver takes it, refuses it for good, or time is up (notify/retry_stage.go). */
export async function deliver(delivery: Delivery, ports: DeliveryPorts): Promise<DeliveryResult> {
  const { clock } = ports;
  let error = 'no attempt was made';
  for (let attempt = 1, waitMs = FIRST_WAIT_MS; ; attempt++, waitMs = Math.min(waitMs * GROWTH, LONGEST_WAIT_MS)) {
    const isOver = delivery.signal.aborted || clock.nowMs() >= delivery.deadlineMs;
    const endTurn = isOver ? undefined : await ports.turn();
    if (endTurn === undefined) return { delivered: false, attempts: attempt - 1, error, permanent: false };
    const startedMs = clock.nowMs();
    const outcome = await attemptOnce(delivery, clock);
    endTurn();
    const endedMs = clock.nowMs();
    const { notification, integration, fallbackFor } = delivery;
    const tried = { notification, integration, fallbackFor, attempt, timeMs: endedMs, latencyMs: endedMs - startedMs };
    ports.onAttempt(attemptEvent(tried, outcome));
    if (outcome.error === undefined) return { delivered: true, attempts: attempt, error: '', permanent: false };
    error = outcome.error;
    if (attempt === 1) ports.onFirstFailure();
    if (!outcome.retry) return { delivered: false, attempts: attempt, error, permanent: true };
    const jittered = waitMs * (1 - JITTER + 2 * JITTER * ports.random());
    const untilMs = clock.nowMs() + Math.max(jittered, outcome.retryAfterMs ?? 0);
    await sleep(clock, Math.min(untilMs, delivery.deadlineMs), delivery.signal);
  }
}

async function attemptOnce({ notifier, notification, ...delivery }: Delivery, clock: Clock): Promise<Outcome> {
  const abort = new AbortController();
  const ownMs = delivery.timeoutMs === undefined || delivery.timeoutMs === 0 ? ATTEMPT_MS : delivery.timeoutMs;
  const untilMs = Math.min(clock.nowMs() + ownMs, delivery.deadlineMs);
  const givenUp = Promise.withResolvers<Outcome>();
  const giveUp = (reason: string): void => {
    abort.abort(new Error(reason));
    givenUp.resolve({ error: reason, retry: true, status: 0, providerId: '' });
  };
  const stop = (): void => giveUp('the pipeline stopped');
  // An answer that came while this thread was busy counts: it is read before what `setImmediate` runs.
  const cancel = clock.at(untilMs, () => void setImmediate(giveUp, `no answer within ${ownMs} ms`));
  delivery.signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([notifier(notification, abort.signal), givenUp.promise]);
  } catch (error) {
    // A notifier's own fault: told as its outcome, so that the group goes on.
    return { error: error instanceof Error ? error.message : String(error), retry: false, status: 0, providerId: '' };
  } finally {
    cancel();
    delivery.signal.removeEventListener('abort', stop);
  }
}

function sleep(clock: Clock, untilMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = (): void => {
      cancel();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.at(untilMs, wake);
    signal.addEventListener('abort', wake, { once: true });
  });
}
