import type { Clock } from '../../base/clock.ts';
import type { Alert } from '../../model/alert.ts';
import { labelsKey, labelsToRecord } from '../../model/labels.ts';

/** Alerts that wait to be told to one Alertmanager outside. */
export interface AlertQueue {
  /** Never throws and never waits. */
  put(alerts: readonly Alert[]): void;
  /** Those nobody knows to be taken yet, in the newest state of each; what is being sent is among them. */
  waiting(): readonly Alert[];
  stop(): void;
}

export interface AlertQueueOptions {
  readonly clock: Clock;
  /** Rejects when it was not taken; `isFinal` of what it throws says whether another attempt could change that. */
  readonly send: (alerts: readonly Alert[]) => Promise<void>;
  readonly isFinal: (error: unknown) => boolean;
  readonly onSent: (alerts: number) => void;
  readonly onFailed: (alerts: number, error: unknown) => void;
  /** Alerts that are given up. */
  readonly onDropped: (alerts: number) => void;
}

/** Upstream's bounds (notifier.Options.QueueCapacity, MaxBatchSize). */
export const QUEUE_CAPACITY = 10_000;
const MOST_AT_ONCE = 64;
/** Waits after a failed attempt, ms; doubled up to the longest. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * Tells alerts in batches, in their order, until each is taken. Of an alert that waits only the newest state is kept, so
 * that an outage of any length does not fill the queue; upstream does not try again and counts on the next telling.
 */
export function createAlertQueue(options: AlertQueueOptions): AlertQueue {
  const { clock } = options;
  let waiting = new Map<string, Alert>();
  let sending: ReadonlyMap<string, Alert> = new Map();
  let isStopped = false;
  let isRunning = false;
  let waitMs = FIRST_WAIT_MS;
  let cancel = (): void => undefined;

  const drop = (): void => {
    const most = waiting.size - QUEUE_CAPACITY;
    if (most <= 0) return;
    for (const key of [...waiting.keys()].slice(0, most)) waiting.delete(key);
    options.onDropped(most);
  };
  const run = async (): Promise<void> => {
    isRunning = true;
    while (waiting.size > 0 && !isStopped) {
      const batch = [...waiting].slice(0, MOST_AT_ONCE);
      for (const [key] of batch) waiting.delete(key);
      sending = new Map(batch);
      try {
        await options.send(batch.map(([, alert]) => alert));
        sending = new Map();
        options.onSent(batch.length);
        waitMs = FIRST_WAIT_MS;
      } catch (error) {
        sending = new Map();
        options.onFailed(batch.length, error);
        if (options.isFinal(error)) options.onDropped(batch.length);
        else {
          // What was told meanwhile of the same alerts is newer.
          waiting = new Map([...batch.filter(([key]) => !waiting.has(key)), ...waiting]);
          drop();
          await new Promise<void>((resolve) => {
            cancel = clock.at(clock.nowMs() + waitMs, resolve);
          });
          waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
        }
      }
    }
    isRunning = false;
  };
  return {
    put(alerts) {
      for (const alert of alerts) {
        const key = labelsKey(alert.labels);
        waiting.delete(key);
        waiting.set(key, alert);
      }
      drop();
      if (!isRunning && !isStopped) void run();
    },
    waiting: () => [...new Map([...sending, ...waiting]).values()],
    stop() {
      isStopped = true;
      cancel();
    },
  };
}

/** The body of `POST /api/v2/alerts`. */
export function alertsBody(alerts: readonly Alert[]): string {
  return JSON.stringify(
    alerts.map(({ labels, annotations, startsAtMs, endsAtMs, generatorUrl }) => ({
      labels: labelsToRecord(labels),
      annotations: labelsToRecord(annotations),
      startsAt: new Date(startsAtMs).toISOString(),
      endsAt: new Date(endsAtMs).toISOString(),
      generatorURL: generatorUrl,
    })),
  );
}
