import type { Clock } from '../base/clock.ts';
import { type Alert, HEARTBEAT_ALERT } from '../model/alert.ts';
import { labelsFrom } from '../model/labels.ts';
import type { Notification, Outcome } from './notify/notifier.ts';
import { ownNotification } from './notify/own_notification.ts';

/** A notification on a schedule, so that somebody outside notices when none comes. */
export interface HeartbeatSettings {
  readonly receiver: string;
  readonly everyMs: number;
}

/** How telling one integration ended. */
export interface Told {
  /** `slack[0]`. */
  readonly integration: string;
  readonly outcome: Outcome;
}

export interface HeartbeatPorts {
  readonly clock: Clock;
  /** One attempt at every integration of a receiver; none where there is no such receiver. */
  readonly deliver: (receiver: string, notification: Notification, signal: AbortSignal) => Promise<readonly Told[]>;
  readonly alert: (alerts: readonly Alert[]) => void;
  readonly sent: (accepted: boolean) => void;
  /** What between a sample and a notification does not work, in words; empty when all of it does. Never rejects. */
  readonly broken: () => Promise<string>;
  /** One is due and cannot go out, for what `broken` said; told again while that lasts. */
  readonly withheld: (reason: string) => void;
}

export interface Heartbeat {
  /** Undefined ends it. */
  set(settings: HeartbeatSettings | undefined): void;
}

const ATTEMPT_MS = 20_000;
/** One that was withheld goes out this soon after alerting works again, ms. */
const LOOK_AGAIN_MS = 10_000;

/**
 * Begins with `set`; the first notification goes out at once. None goes out while alerting does not work, so that it is missed
 * outside. A failed one is an alert until one gets through.
 */
export function createHeartbeat({ clock, deliver, alert, sent, broken, withheld }: HeartbeatPorts): Heartbeat {
  let current: HeartbeatSettings | undefined;
  let cancel = (): void => undefined;
  let failingSinceMs: number | undefined;

  const beat = async (settings: HeartbeatSettings): Promise<void> => {
    const { receiver, everyMs } = settings;
    const nowMs = clock.nowMs();
    cancel = clock.at(nowMs + everyMs, () => void beat(settings));
    const reason = await broken();
    if (current !== settings) return;
    if (reason !== '') {
      cancel();
      cancel = clock.at(nowMs + Math.min(everyMs, LOOK_AGAIN_MS), () => void beat(settings));
      withheld(reason);
      return;
    }
    const notification = ownNotification(
      {
        receiver,
        alertname: HEARTBEAT_ALERT,
        labels: { receiver, severity: 'none' },
        summary: `Alerting works. The next of these comes in ${everyMs / 1000} s.`,
        resolved: false,
        reason: 'heartbeat',
      },
      nowMs,
    );
    const told = await deliver(receiver, notification, AbortSignal.timeout(ATTEMPT_MS));
    if (current !== settings) return;
    const failed = told.filter(({ outcome }) => outcome.error !== undefined);
    const reasons = failed.map(({ integration, outcome }) => `${integration}: ${outcome.error}`);
    if (told.length === 0) reasons.push('there is no such receiver, or it has no integrations');
    sent(reasons.length === 0);
    if (reasons.length > 0) {
      failingSinceMs ??= nowMs;
      alert([failing(settings, failingSinceMs, clock.nowMs() + 3 * everyMs, reasons, clock.nowMs())]);
    } else if (failingSinceMs !== undefined) {
      alert([failing(settings, failingSinceMs, clock.nowMs(), [], clock.nowMs())]);
      failingSinceMs = undefined;
    }
  };

  return {
    set(settings) {
      if (settings?.receiver === current?.receiver && settings?.everyMs === current?.everyMs) return;
      cancel();
      if (current !== undefined && failingSinceMs !== undefined)
        alert([failing(current, failingSinceMs, clock.nowMs(), [], clock.nowMs())]);
      failingSinceMs = undefined;
      current = settings;
      if (settings !== undefined) cancel = clock.at(clock.nowMs(), () => void beat(settings));
    },
  };
}

function failing(
  { receiver }: HeartbeatSettings,
  startsAtMs: number,
  endsAtMs: number,
  reasons: readonly string[],
  nowMs: number,
): Alert {
  return {
    labels: labelsFrom([
      ['alertname', 'TrilithHeartbeatFailing'],
      ['receiver', receiver],
      ['severity', 'critical'],
    ]),
    annotations: labelsFrom([
      ['summary', `The heartbeat does not get through to ${receiver}`],
      ['description', reasons.join('; ')],
    ]),
    startsAtMs,
    endsAtMs,
    updatedAtMs: nowMs,
    generatorUrl: '',
  };
}
