import type { Clock } from '../base/clock.ts';
import type { NotificationTarget } from './notification_log.ts';

/** Since when integrations have taken nothing. */
export interface ReceiverHealth {
  /** An attempt that began at `startedMs` has ended. */
  attempted(target: Pick<NotificationTarget, 'receiver' | 'integration'>, accepted: boolean, startedMs: number): void;
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

export function createReceiverHealth(clock: Clock): ReceiverHealth {
  /** When the first attempt began that nothing was taken after. */
  const failingSince = new Map<string, number>();
  const watching = new Map<string, Set<() => void>>();
  const nameOf = (receiver: string, integration: string): string => `${receiver}\u0000${integration}`;
  return {
    attempted({ receiver, integration }, accepted, startedMs) {
      const name = nameOf(receiver, integration);
      if (accepted !== failingSince.has(name)) return;
      if (accepted) failingSince.delete(name);
      else failingSince.set(name, startedMs);
      for (const look of watching.get(receiver) ?? []) look();
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
          const since = integrations.map((integration) => failingSince.get(nameOf(receiver, integration)));
          if (since.includes(undefined)) return;
          cancel = clock.at(Math.max(...since.map(Number)) + afterMs, () => settle(true));
        };
        watchers.add(look);
        look();
        void until.then(() => settle(false));
      });
    },
  };
}
