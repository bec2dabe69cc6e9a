import type { Clock } from '../base/clock.ts';
import type { NotificationTarget } from './notification_log.ts';

/** Since when integrations have taken nothing. What was not tried for a while is not known to fail any more. */
export interface ReceiverHealth {
  /** An attempt that began at `startedMs` has ended now. */
  attempted(target: Pick<NotificationTarget, 'receiver' | 'integration'>, accepted: boolean, startedMs: number): void;
  /** The receiver is another than before: nothing is known of it. */
  forget(receiver: string): void;
  /**
   * Whether every one of these integrations of a receiver fails for `afterMs`, as soon as they do; false when `until`,
   * which never rejects, resolves before.
   */
  failing(
    receiver: string,
    integrations: readonly string[],
    afterMs: number,
    until: Promise<unknown>,
  ): Promise<boolean>;
}

interface Failing {
  /** When the first attempt began that nothing was taken after. */
  readonly sinceMs: number;
  /** When the last one ended. */
  readonly lastMs: number;
}

/** @param forgetMs after how long without an attempt nothing is known; at least the time between attempts, and any `afterMs` */
export function createReceiverHealth(clock: Clock, forgetMs: () => number): ReceiverHealth {
  const failures = new Map<string, Failing>();
  const watching = new Map<string, Set<() => void>>();
  const nameOf = (receiver: string, integration: string): string => `${receiver}\u0000${integration}`;
  return {
    attempted({ receiver, integration }, accepted, startedMs) {
      const name = nameOf(receiver, integration);
      const lastMs = clock.nowMs();
      const known = failures.get(name);
      const goesOn = known !== undefined && startedMs - known.lastMs <= forgetMs();
      if (accepted) failures.delete(name);
      else failures.set(name, { sinceMs: goesOn ? known.sinceMs : startedMs, lastMs });
      // Whoever watches has seen it already.
      const isSeen = goesOn && lastMs - known.lastMs <= forgetMs();
      if (accepted ? known === undefined : isSeen) return;
      for (const look of watching.get(receiver) ?? []) look();
    },
    forget(receiver) {
      for (const name of failures.keys()) if (name.startsWith(nameOf(receiver, ''))) failures.delete(name);
    },
    failing(receiver, integrations, afterMs, until) {
      return new Promise((resolve) => {
        const watchers = watching.get(receiver) ?? new Set();
        watching.set(receiver, watchers);
        let cancel = (): void => undefined;
        const settle = (isFailing: boolean): void => {
          cancel();
          watchers.delete(look);
          resolve(isFailing);
        };
        const look = (): void => {
          cancel();
          const failing = integrations.flatMap((integration) => failures.get(nameOf(receiver, integration)) ?? []);
          const isKnown = failing.every(({ lastMs }) => clock.nowMs() - lastMs <= forgetMs());
          if (failing.length < integrations.length || !isKnown) return;
          const sinceMs = Math.max(...failing.map((one) => one.sinceMs));
          cancel = clock.at(sinceMs + afterMs, () => settle(true));
        };
        watchers.add(look);
        look();
        void until.then(() => settle(false));
      });
    },
  };
}
