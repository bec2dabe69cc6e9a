import type { Clock } from '../base/clock.ts';
import type { AlertEvent, HeldEvent } from '../model/alert_event.ts';
import type { Labels } from '../model/labels.ts';
import type { AggregationGroup } from './aggregation_group.ts';
import type { DeliveryTurns } from './delivery_turns.ts';
import type { HeldAlert } from './held_alert.ts';
import type { HoldPorts } from './hold.ts';
import type { IntegrationsOf, ReadyIntegration } from './integrations.ts';
import type { NotificationLog, NotificationTarget } from './notification_log.ts';
import type { NotifiedAlert } from './notify/notifier.ts';
import type { ReceiverHealth } from './receiver_health.ts';
import type { DeliveryResult } from './retry.ts';

/** What flushes of all groups share. */
export interface FlushPorts extends HoldPorts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: NotificationLog;
  readonly integrationsOf: IntegrationsOf;
  readonly turns: DeliveryTurns;
  readonly health: ReceiverHealth;
  /** Undefined: nobody is told instead. */
  readonly fallback: FallbackReceiver | undefined;
  readonly note: (events: readonly AlertEvent[]) => void;
  /** Who acknowledged an alert of a group; undefined for nobody. */
  readonly acknowledgedBy: (groupKey: string, labels: Labels) => string | undefined;
  /** How a notification ended; `elsewhere`: it was not the receiver that was told. */
  readonly onDelivered: (
    target: NotificationTarget,
    channel: string,
    result: DeliveryResult & { readonly elsewhere: boolean },
    seconds: number,
  ) => void;
  /** Alerts that were held. */
  readonly onHeld: (reason: HeldEvent['reason'], count: number) => void;
}

/** An alert of a flush: firing or resolved is decided when it begins and holds to its end. */
export type FlushedAlert = HeldAlert & NotifiedAlert;

/** Who is told instead when every integration of a receiver fails. */
export interface FallbackReceiver {
  readonly receiver: string;
  /** For how long they all have to fail, ms. A refusal that another attempt cannot change counts at once. */
  readonly afterMs: number;
}

/** How telling ended; `refused`: another attempt with the same could not succeed either. */
export type Told = 'told' | 'failed' | 'refused';

export interface Telling {
  readonly group: AggregationGroup;
  readonly receiver: string;
  /** The group's own receiver, when this one is told instead of it. */
  readonly fallbackFor?: string;
  readonly integration: ReadyIntegration;
  readonly alerts: readonly FlushedAlert[];
  readonly nowMs: number;
  readonly signal: AbortSignal;
  /** Whether what was told is told again after `repeat_interval`. */
  readonly repeats: boolean;
}
