import type { NotificationEntry } from './notification_log.ts';

/** Why a notification goes out, in upstream's words (notify.NotifyReason), and one of our own. */
export type NotifyReason =
  | 'first notification'
  | 'new alerts added'
  | 'some alerts resolved'
  | 'all alerts resolved'
  | 'repeat interval elapsed'
  /** Alerts fired and ended while the receiver could not be reached: upstream stays silent about them. */
  | 'missed alerts';

export interface DedupQuestion {
  /** What was told last; undefined for nothing. */
  readonly entry: NotificationEntry | undefined;
  /** Fingerprints. */
  readonly firing: ReadonlySet<string>;
  readonly resolved: ReadonlySet<string>;
  /** Whether alerts have ended that the integration should have heard of as firing and never did. */
  readonly missed: boolean;
  readonly sendResolved: boolean;
  readonly repeatIntervalMs: number;
  readonly nowMs: number;
}

/** Whether and why an integration is to be told about a group now (notify/dedup_stage.go, needsUpdate); undefined: it is not. */
export function notifyReason(question: DedupQuestion): NotifyReason | undefined {
  return upstreamReason(question) ?? (question.missed ? 'missed alerts' : undefined);
}

function upstreamReason(question: DedupQuestion): NotifyReason | undefined {
  const { entry, firing, resolved, nowMs } = question;
  if (entry === undefined) return firing.size > 0 ? 'first notification' : undefined;
  if (!isSubset(firing, entry.firing)) return entry.firing.length === 0 ? 'first notification' : 'new alerts added';
  // Whether resolutions are told or not: the log has to lose the alerts that fired.
  if (firing.size === 0) return entry.firing.length > 0 ? 'all alerts resolved' : undefined;
  if (question.sendResolved && !isSubset(resolved, entry.resolved)) return 'some alerts resolved';
  return entry.timeMs < nowMs - question.repeatIntervalMs ? 'repeat interval elapsed' : undefined;
}

function isSubset(part: ReadonlySet<string>, whole: readonly string[]): boolean {
  const known = new Set(whole);
  for (const item of part) if (!known.has(item)) return false;
  return true;
}
