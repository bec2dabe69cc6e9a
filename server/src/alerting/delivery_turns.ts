import type { Clock } from '../base/clock.ts';

/** Who goes first when a receiver takes less than there is: the more urgent, then the older. */
export interface Urgency {
  /** 0 is the most urgent. */
  readonly rank: number;
  /** When the oldest alert began, ms. */
  readonly sinceMs: number;
}

export interface DeliveryTurns {
  /**
   * Waits for a turn at an integration; gives back what ends the turn. Undefined when the time has come or the signal
   * was given before.
   */
  take(
    integration: string,
    urgency: Urgency,
    until: { readonly timeMs: number; readonly signal: AbortSignal },
  ): Promise<(() => void) | undefined>;
}

interface Waiting extends Urgency {
  readonly begin: () => void;
}

/** Bounds how many attempts one integration gets at once. */
export function createDeliveryTurns(clock: Clock, atOnce: number): DeliveryTurns {
  const queues = new Map<string, { running: number; readonly waiting: Waiting[] }>();
  return {
    async take(integration, urgency, { timeMs, signal }) {
      const queue = queues.get(integration) ?? { running: 0, waiting: [] };
      queues.set(integration, queue);
      const end = (): void => {
        const next = queue.waiting.shift();
        if (next !== undefined) next.begin();
        else if (--queue.running === 0) queues.delete(integration);
      };
      if (queue.running < atOnce) {
        queue.running++;
        return end;
      }
      return new Promise((resolve) => {
        const settle = (release: (() => void) | undefined): void => {
          cancel();
          signal.removeEventListener('abort', giveUp);
          resolve(release);
        };
        const waiting: Waiting = { ...urgency, begin: () => settle(end) };
        const giveUp = (): void => {
          queue.waiting.splice(queue.waiting.indexOf(waiting), 1);
          settle(undefined);
        };
        const cancel = clock.at(timeMs, giveUp);
        signal.addEventListener('abort', giveUp, { once: true });
        queue.waiting.splice(placeOf(queue.waiting, waiting), 0, waiting);
      });
    },
  };
}

/** Where somebody stands in the queue: behind everybody as urgent. */
function placeOf(waiting: readonly Waiting[], { rank, sinceMs }: Urgency): number {
  let [low, high] = [0, waiting.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = waiting[middle] as Waiting;
    if (other.rank < rank || (other.rank === rank && other.sinceMs <= sinceMs)) low = middle + 1;
    else high = middle;
  }
  return low;
}
