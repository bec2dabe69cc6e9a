import type { Notification, Notifier } from './notify/notifier.ts';

/** One way to reach a receiver, ready to be used. */
export interface ReadyIntegration {
  /** `slack[0]`, as upstream numbers a receiver's integrations. */
  readonly name: string;
  readonly channel: string;
  readonly sendResolved: boolean;
  /** ms; undefined: none of its own. */
  readonly timeoutMs: number | undefined;
  readonly notifier: Notifier;
  /** Whether its last attempt with this went to somebody else: then how it ended says nothing of the receiver. Absent: never. */
  readonly wentElsewhere?: (notification: Notification) => boolean;
}

/** The integrations of a receiver by its name. */
export type IntegrationsOf = (receiver: string) => readonly ReadyIntegration[];
