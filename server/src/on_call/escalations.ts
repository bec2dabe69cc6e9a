import type { Notification, Notifier, Outcome } from '../alerting/index.ts';
import type { Clock } from '../base/clock.ts';
import type { AlertEvent } from '../model/alert_event.ts';
import type { Records } from '../state/index.ts';
import { type EscalationState, newEscalation, type StepTaken, takeStep } from './escalation.ts';
import type { OnCallConfig, Override } from './on_call_config.ts';
import type { Paged, Paging } from './paging.ts';
import type { AlertGroup, Responses } from './responses.ts';

export interface EscalationsOptions {
  readonly config: () => OnCallConfig;
  readonly overrides: () => readonly Override[];
  readonly records: Records<EscalationState>;
  readonly tenant: string;
  readonly clock: Clock;
  readonly paging: Paging;
  readonly group: (groupKey: string) => AlertGroup | undefined;
  readonly responses: Pick<Responses, 'acknowledgedBy'>;
  readonly note: (events: readonly AlertEvent[]) => void;
  /** A state could not be kept on disk; escalation goes on, from memory. */
  readonly onError: (error: unknown) => void;
}

/** Groups whose alerts go from one person to the next until somebody acknowledges. */
export interface Escalations {
  /** What stands behind a receiver's `on_call_configs`. */
  notifier(policy: string): Notifier;
  /** Nobody further is asked about the group. */
  acknowledged(groupKey: string): void;
  /** Goes on with what an earlier process began. Throws StateUnavailable, StoreError. */
  resume(): Promise<void>;
  /** Those that run, and those that ended since the start. */
  all(): readonly EscalationState[];
  /** The last one of a group. */
  of(groupKey: string): EscalationState | undefined;
  close(): void;
}

/** After a restart alerts come back when their rule is evaluated: so long a group is waited for. */
const WAIT_FOR_GROUP_MS = 15 * 60_000;
const LOOK_AGAIN_MS = 30_000;
/** A step without a wait that ends it is insisted on for this long. */
const LAST_STEP_MS = 30 * 60_000;
const MOST_KEPT = 2_000;

export const ESCALATION_RECORDS = { name: 'alert_escalation', most: MOST_KEPT };

export function createEscalations(options: EscalationsOptions): Escalations {
  const { config, overrides, records, tenant, clock, paging, group, responses, note, onError } = options;
  const states = new Map<string, EscalationState>();
  const notifications = new Map<string, Notification>();
  const timers = new Map<string, () => void>();
  const stop = new AbortController();
  /** By group, what ends the attempts of a step. */
  const insisting = new Map<string, AbortController>();

  const keep = (state: EscalationState): void => {
    states.delete(state.groupKey);
    states.set(state.groupKey, state);
    for (const [key, { state: how }] of states) {
      if (states.size <= MOST_KEPT) break;
      if (how !== 'running') forget(key);
    }
    records.put(tenant, state.groupKey, state, 'escalation').catch(onError);
  };
  const forget = (groupKey: string): void => {
    states.delete(groupKey);
    notifications.delete(groupKey);
  };
  const schedule = (groupKey: string, atMs: number | null): void => {
    timers.get(groupKey)?.();
    timers.delete(groupKey);
    if (atMs === null || stop.signal.aborted) return;
    timers.set(
      groupKey,
      clock.at(atMs, () => {
        timers.delete(groupKey);
        due(groupKey).catch(onError);
      }),
    );
  };

  const noteStep = ({ state, recipients, unreached }: StepTaken, labels: AlertGroup['labels']): void => {
    const base = {
      kind: 'response',
      timeMs: clock.nowMs(),
      groupKey: state.groupKey,
      action: 'escalated',
      labels,
    } as const;
    const who = recipients.map(({ person, receivers }) => person || receivers.join(', '));
    const events: AlertEvent[] = unreached.map((reason) => ({ ...base, person: '', note: reason }));
    if (who.length > 0) events.push({ ...base, person: who.join(', '), note: `step ${state.step} of ${state.policy}` });
    note(events);
  };

  /** Takes steps until one reaches somebody. */
  const step = async (
    before: EscalationState,
    notification: Notification,
    tell: (receivers: readonly string[], untilMs: number) => Promise<Paged>,
  ): Promise<Paged> => {
    let state = before;
    const errors: string[] = [];
    for (;;) {
      const policy = config().policies.get(state.policy);
      if (policy === undefined) errors.push(`no escalation policy is named ${state.policy}`);
      const taken =
        policy === undefined
          ? undefined
          : takeStep(state, policy, { config: config(), overrides: overrides(), nowMs: clock.nowMs() });
      if (taken === undefined) return { ...NOBODY, errors };
      noteStep(taken, notification.groupLabels);
      state = taken.state;
      keep(state);
      schedule(state.groupKey, state.nextAtMs);
      errors.push(...taken.unreached);
      if (taken.recipients.length === 0) return { ...NOBODY, errors };
      const receivers = taken.recipients.flatMap((recipient) => recipient.receivers);
      const paged = await tell([...new Set(receivers)], state.nextAtMs ?? clock.nowMs() + LAST_STEP_MS);
      // Whom nothing reaches is not waited for.
      const isOver = states.get(state.groupKey) !== state || state.nextAtMs === null;
      if (paged.accepted.size > 0 || paged.retry || isOver) return { ...paged, errors: [...errors, ...paged.errors] };
      errors.push(...paged.errors);
    }
  };

  /** The wait of a step is over. */
  const due = async (groupKey: string): Promise<void> => {
    const state = states.get(groupKey);
    if (state === undefined || state.state !== 'running') return;
    const now = group(groupKey);
    if (now === undefined) {
      // A group this process has told of and that is gone is over; after a restart its alerts may be on their way.
      const waitedMs = clock.nowMs() - (state.nextAtMs ?? state.startedAtMs);
      if (notifications.has(groupKey) || waitedMs > WAIT_FOR_GROUP_MS) end(groupKey, 'resolved');
      else schedule(groupKey, clock.nowMs() + LOOK_AGAIN_MS);
      return;
    }
    const { firing } = now;
    if (firing.length > 0 && responses.acknowledgedBy(groupKey, firing) !== undefined) {
      end(groupKey, 'acknowledged');
      return;
    }
    if (firing.length === 0 || now.isSuppressed) {
      // It may fire again, or come out of a silence, before its end is told.
      schedule(groupKey, clock.nowMs() + LOOK_AGAIN_MS);
      return;
    }
    const nowMs = clock.nowMs();
    const notification: Notification = {
      groupLabels: now.labels,
      stored: new Map(),
      ...notifications.get(groupKey),
      receiver: '',
      groupKey,
      alerts: firing,
      nowMs,
      reason: 'escalated',
      idempotencyKey: `${groupKey}/${state.startedAtMs}/${state.step + 1}`,
    };
    const ended = new AbortController();
    insisting.set(groupKey, ended);
    const signal = AbortSignal.any([stop.signal, ended.signal]);
    await step(state, notification, (receivers, untilMs) => paging.insist(notification, receivers, untilMs, signal));
  };

  const end = (groupKey: string, how: 'acknowledged' | 'resolved'): void => {
    const state = states.get(groupKey);
    schedule(groupKey, null);
    insisting.get(groupKey)?.abort();
    insisting.delete(groupKey);
    if (state === undefined || state.state === 'resolved') return;
    keep({ ...state, state: how, nextAtMs: null });
    if (how === 'resolved') notifications.delete(groupKey);
  };

  /** By group, the notification its escalation was begun by. */
  const attempted = new Map<string, string>();
  const isRepeated = ({ groupKey, idempotencyKey }: Notification): boolean =>
    attempted.get(groupKey) === idempotencyKey;

  const notify = async (policy: string, notification: Notification, signal: AbortSignal): Promise<Outcome> => {
    const { groupKey } = notification;
    const running = states.get(groupKey);
    const firing = notification.alerts.filter(({ resolved }) => !resolved);
    const tell = (receivers: readonly string[]): Promise<Paged> => paging.tell(notification, receivers, signal);
    if (firing.length === 0) {
      end(groupKey, 'resolved');
      const told = running === undefined ? [] : running.told;
      return outcomeOf(await tell(told), told.length === 0);
    }
    notifications.set(groupKey, notification);
    // An attempt that is made again goes to those of the same step.
    const goesOn = running?.state === 'running' || (running?.state === 'exhausted' && isRepeated(notification));
    if (running !== undefined && goesOn && running.policy === policy) return outcomeOf(await tell(running.told), false);
    attempted.set(groupKey, notification.idempotencyKey);
    return outcomeOf(await step(newEscalation(groupKey, policy, clock.nowMs()), notification, tell), false);
  };
  return {
    notifier: (policy) => (notification, signal) => notify(policy, notification, signal),
    acknowledged: (groupKey) => end(groupKey, 'acknowledged'),
    async resume() {
      for (const state of (await records.all(tenant)).values()) {
        if (states.has(state.groupKey)) continue;
        states.set(state.groupKey, state);
        if (state.state === 'running') schedule(state.groupKey, Math.max(state.nextAtMs ?? 0, clock.nowMs()));
      }
    },
    all: () => [...states.values()],
    of: (groupKey) => states.get(groupKey),
    close() {
      stop.abort();
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}

const NOBODY: Paged = { accepted: new Set(), taken: undefined, errors: [], retry: false };

function outcomeOf({ accepted, taken, errors, retry }: Paged, nothingToDo: boolean): Outcome {
  if (accepted.size > 0 && taken !== undefined) return { ...taken, retry: false };
  if (nothingToDo || (errors.length === 0 && !retry)) return { retry: false, status: 0, providerId: '' };
  return { error: errors.join('; ') || 'nobody could be told', retry, status: 0, providerId: '' };
}
