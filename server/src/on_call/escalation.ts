import * as v from 'valibot';
import type { EscalationPolicy, EscalationTarget, OnCallConfig, Override } from './on_call_config.ts';
import { onCall } from './schedule.ts';

/** A group that people are asked about, one step after the other, until somebody acknowledges; a record. */
const escalationState = v.object({
  groupKey: v.string(),
  policy: v.string(),
  startedAtMs: v.number(),
  /** Steps taken so far, over all rounds. */
  step: v.number(),
  /** When the next one is due; null when there is none. */
  nextAtMs: v.nullable(v.number()),
  /** Receivers told so far. */
  told: v.array(v.string()),
  state: v.picklist(['running', 'acknowledged', 'resolved', 'exhausted']),
});
export type EscalationState = v.InferOutput<typeof escalationState>;

/** A state back from JSON; undefined for what cannot be read. */
export function escalationOf(json: unknown): EscalationState | undefined {
  const read = v.safeParse(escalationState, json);
  return read.success ? read.output : undefined;
}

/** Somebody a step tells, and how. */
export interface Recipient {
  /** Empty for a receiver that is nobody's. */
  readonly person: string;
  /** Receivers of alertmanager.yml. */
  readonly receivers: readonly string[];
}

/** A step that was taken: who is to be told now. */
export interface StepTaken {
  readonly state: EscalationState;
  readonly recipients: readonly Recipient[];
  /** Targets that reach nobody now, in words. */
  readonly unreached: readonly string[];
}

/** An escalation before its first step. */
export function newEscalation(groupKey: string, policy: string, nowMs: number): EscalationState {
  return { groupKey, policy, startedAtMs: nowMs, step: 0, nextAtMs: nowMs, told: [], state: 'running' };
}

/**
 * Takes the next step that reaches somebody; steps that reach nobody are not waited for. Without such a step nobody is told
 * and the escalation is exhausted.
 */
export function takeStep(
  before: EscalationState,
  policy: EscalationPolicy,
  { config, overrides, nowMs }: { config: OnCallConfig; overrides: readonly Override[]; nowMs: number },
): StepTaken {
  const steps = policy.steps.length * (policy.repeat + 1);
  const unreached: string[] = [];
  for (let step = before.step; step < steps; step++) {
    const { targets, waitMs } = policy.steps[step % policy.steps.length] ?? { targets: [], waitMs: 0 };
    const reached = recipients(targets, { config, overrides, nowMs });
    unreached.push(...reached.unreached);
    if (reached.recipients.length === 0) continue;
    const last = step + 1 >= steps;
    const told = new Set([...before.told, ...reached.recipients.flatMap(({ receivers }) => receivers)]);
    return {
      state: {
        ...before,
        step: step + 1,
        nextAtMs: last ? null : nowMs + waitMs,
        told: [...told],
        state: last ? 'exhausted' : 'running',
      },
      recipients: reached.recipients,
      unreached,
    };
  }
  return { state: { ...before, step: steps, nextAtMs: null, state: 'exhausted' }, recipients: [], unreached };
}

/** Whom targets reach at a moment, each person once. */
export function recipients(
  targets: readonly EscalationTarget[],
  { config, overrides, nowMs }: { config: OnCallConfig; overrides: readonly Override[]; nowMs: number },
): { readonly recipients: Recipient[]; readonly unreached: string[] } {
  const found = new Map<string, Recipient>();
  const unreached: string[] = [];
  const add = (id: string): void => {
    const person = config.people.get(id);
    if (person === undefined || person.receivers.length === 0) unreached.push(`${id} has no receivers`);
    else found.set(`person ${id}`, { person: id, receivers: person.receivers });
  };
  for (const { kind, name } of targets) {
    if (kind === 'receiver') found.set(`receiver ${name}`, { person: '', receivers: [name] });
    else if (kind === 'person') add(name);
    else {
      const schedule = config.schedules.get(name);
      const people = schedule === undefined ? [] : onCall(schedule, overrides, nowMs).people;
      if (people.length === 0) unreached.push(`nobody is on call in schedule ${name}`);
      for (const id of people) add(id);
    }
  }
  return { recipients: [...found.values()], unreached };
}
