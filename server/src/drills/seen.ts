import type { Clock } from '../base/clock.ts';
import { DRILL_LABEL } from '../model/alert.ts';
import type { AlertEvent, AttemptEvent, HeldEvent, ResponseEvent, RoutedEvent } from '../model/alert_event.ts';
import { labelValue } from '../model/labels.ts';
import type { EvidenceName } from './drill_file.ts';

/** What a notification of the drill carried. */
export interface SeenEvidence {
  readonly runbookUrl: string;
  readonly pieces: ReadonlySet<EvidenceName>;
  /** Looked for, but not found in time. */
  readonly late: ReadonlySet<EvidenceName>;
}

/** What has been seen of one drill's alerts on their way. */
export interface Seen {
  readonly routed: readonly RoutedEvent[];
  readonly held: readonly HeldEvent[];
  /** Only those with a drilled alert in them. */
  readonly attempts: readonly AttemptEvent[];
  /** What people and escalations did about groups the alerts came to. */
  readonly responses: readonly ResponseEvent[];
  readonly evidence: readonly SeenEvidence[];
  hear(events: readonly AlertEvent[]): void;
  hearEvidence(evidence: SeenEvidence): void;
  /** What `find` finds, asked again whenever something is seen; undefined when the time is over. Rejects when the signal is aborted. */
  until<Found>(find: () => Found | undefined, deadlineMs: number, signal: AbortSignal): Promise<Found | undefined>;
}

/** Events kept of one drill. */
const MOST = 5_000;

/** @param changed told of every event that is the drill's */
export function createSeen(drillId: string, clock: Clock, changed: (event: AlertEvent) => void): Seen {
  const routed: RoutedEvent[] = [];
  const held: HeldEvent[] = [];
  const attempts: AttemptEvent[] = [];
  const responses: ResponseEvent[] = [];
  const evidence: SeenEvidence[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const look of [...waiting]) look();
  };
  const take = <Event extends AlertEvent>(list: Event[], event: Event): boolean => {
    if (list.length >= MOST) return false;
    list.push(event);
    changed(event);
    return true;
  };
  const isOwn = (labels: readonly string[]): boolean => labelValue(labels, DRILL_LABEL) === drillId;
  const hear = (event: AlertEvent): boolean => {
    switch (event.kind) {
      case 'routed':
        return isOwn(event.labels) && take(routed, event);
      case 'held':
        return isOwn(event.labels) && take(held, event);
      case 'attempt':
        return event.alerts.some(({ labels }) => isOwn(labels)) && take(attempts, event);
      case 'response':
        return routed.some(({ groupKey }) => groupKey === event.groupKey) && take(responses, event);
      default:
        return false;
    }
  };
  return {
    routed,
    held,
    attempts,
    responses,
    evidence,
    hear(events) {
      if (events.map(hear).includes(true)) wake();
    },
    hearEvidence(found) {
      evidence.push(found);
      wake();
    },
    until(find, deadlineMs, signal) {
      return new Promise((resolve, reject) => {
        const end = (): void => {
          cancel();
          waiting.delete(look);
          signal.removeEventListener('abort', stop);
        };
        const look = (): void => {
          const found = find();
          if (found === undefined) return;
          end();
          resolve(found);
        };
        const stop = (): void => {
          end();
          reject(signal.reason);
        };
        const cancel = clock.at(deadlineMs, () => {
          end();
          resolve(find());
        });
        waiting.add(look);
        signal.addEventListener('abort', stop, { once: true });
        if (signal.aborted) stop();
        else look();
      });
    },
  };
}
