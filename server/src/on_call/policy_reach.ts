import { type EscalationState, newEscalation, type Recipient, recipients, takeStep } from './escalation.ts';
import type { OnCallConfig, Override } from './on_call_config.ts';

interface Moment {
  readonly config: OnCallConfig;
  readonly overrides: readonly Override[];
  /** ms since the epoch. */
  readonly nowMs: number;
}

/** Whom the steps of a policy tell, all of them together. */
export interface PolicyReach {
  /** Receivers of alertmanager.yml. */
  readonly receivers: readonly string[];
  /** Targets that reach nobody, in words. */
  readonly unreached: readonly string[];
}

/** Whom a policy can tell, as the schedules are at a moment. */
export function policyReach(name: string, moment: Moment): PolicyReach {
  const policy = moment.config.policies.get(name);
  if (policy === undefined) return { receivers: [], unreached: [`no escalation policy is named ${name}`] };
  const steps = policy.steps.map(({ targets }) => recipients(targets, moment));
  return {
    receivers: [...new Set(steps.flatMap((step) => step.recipients.flatMap(({ receivers }) => receivers)))],
    unreached: [...new Set(steps.flatMap(({ unreached }) => unreached))],
  };
}

/** Who is asked about a group of alerts, by name: people, and receivers that are nobody's. */
export interface EscalationOutlook {
  /** Asked already; before the first step, those it will ask. */
  readonly asked: readonly string[];
  /** Who is asked next when nobody acknowledges, and when, ms since the epoch; nobody and null when nobody further is. */
  readonly next: readonly string[];
  readonly nextAtMs: number | null;
}

/**
 * Where an escalation stands and what comes next, as the schedules will be then.
 * @param state the group's escalation; undefined when there was none
 * @param moment now, or when the group is told first
 */
export function escalationOutlook(name: string, state: EscalationState | undefined, moment: Moment): EscalationOutlook {
  const { config } = moment;
  const policy = config.policies.get(name);
  if (policy === undefined) return { asked: [], next: [], nextAtMs: null };
  const names = (found: readonly Recipient[]): string[] => [
    ...new Set(
      found.flatMap(({ person, receivers }) =>
        person === '' ? receivers : [config.people.get(person)?.name ?? person],
      ),
    ),
  ];
  const after = ({ nextAtMs, ...now }: EscalationState): Pick<EscalationOutlook, 'next' | 'nextAtMs'> => {
    if (now.state !== 'running' || nextAtMs === null) return { next: [], nextAtMs: null };
    const next = names(takeStep({ ...now, nextAtMs }, policy, { ...moment, nowMs: nextAtMs }).recipients);
    return { next, nextAtMs: next.length === 0 ? null : nextAtMs };
  };
  if (state !== undefined && state.policy === name && state.state !== 'resolved')
    return { asked: names(state.told.map((receiver) => ownerOf(receiver, config))), ...after(state) };
  const first = takeStep(newEscalation('', name, moment.nowMs), policy, moment);
  return { asked: names(first.recipients), ...after(first.state) };
}

function ownerOf(receiver: string, { people }: OnCallConfig): Recipient {
  const person = [...people.values()].find(({ receivers }) => receivers.includes(receiver));
  return { person: person?.id ?? '', receivers: [receiver] };
}
