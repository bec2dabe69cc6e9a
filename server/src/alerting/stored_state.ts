import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/telemetry/log.ts';

/** How long stored state is waited for before alerts are told without it, ms, and between two tries. */
const WAIT_MS = 60_000;
const RETRY_MS = 1_000;

export interface StoredStateOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Throws while it cannot be read. */
  readonly load: () => Promise<void>;
  readonly isClosed: () => boolean;
}

/** Reads silences and what was told. Resolves when they are known, or were waited for long enough: then tries go on. */
export async function loadStoredState(options: StoredStateOptions): Promise<void> {
  const { clock, log } = options;
  const waited = Promise.withResolvers<'waited'>();
  const cancel = clock.at(clock.nowMs() + WAIT_MS, () => waited.resolve('waited'));
  const first = await Promise.race([tryLoading(options), waited.promise]);
  cancel();
  if (first === 'waited')
    log.error('silences and the notification log cannot be read: alerts are told without them, perhaps twice');
}

async function tryLoading({ clock, log, load, isClosed }: StoredStateOptions): Promise<void> {
  for (let tries = 1; !isClosed(); tries++) {
    try {
      return await load();
    } catch (error) {
      if (tries === 1) log.warn('the state of alerting cannot be read yet', { error });
      await new Promise<void>((resolve) => clock.at(clock.nowMs() + RETRY_MS, resolve));
    }
  }
}
