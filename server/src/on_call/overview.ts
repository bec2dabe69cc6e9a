import type { OnCallAnswer } from '@trilith/contract';
import { recipients } from './escalation.ts';
import type { OnCallConfig, Override, Schedule } from './on_call_config.ts';
import { onCall, shifts } from './schedule.ts';

const DAY_MS = 86_400_000;
/** How far ahead the next handover and the first gap are looked for. */
const NEXT_WITHIN_MS = 90 * DAY_MS;
const GAP_WITHIN_MS = 14 * DAY_MS;

/** Who is on call now, whom each step of a policy would reach now, and what will change. */
export function onCallOverview(
  config: OnCallConfig,
  overrides: readonly Override[],
  nowMs: number,
): Omit<OnCallAnswer, 'problem'> {
  const now = new Map([...config.schedules].map(([name, schedule]) => [name, onCall(schedule, overrides, nowMs)]));
  return {
    people: [...config.people.values()].map(({ id, name, zone, receivers }) => ({
      ...{ id, name, zone, receivers: [...receivers] },
      onCall: [...now].filter(([, { people }]) => people.includes(id)).map(([schedule]) => schedule),
    })),
    schedules: [...config.schedules.values()].map((schedule) => ofSchedule(schedule, overrides, nowMs)),
    policies: [...config.policies.values()].map(({ name, repeat, steps }) => ({
      ...{ name, repeat },
      steps: steps.map(({ targets, waitMs }) => ({
        notify: targets.map((target) => `${target.kind}:${target.name}`),
        waitMs,
        receivers: recipients(targets, { config, overrides, nowMs }).recipients.flatMap(({ receivers }) => receivers),
      })),
    })),
  };
}

function ofSchedule(
  schedule: Schedule,
  overrides: readonly Override[],
  nowMs: number,
): OnCallAnswer['schedules'][number] {
  const ahead = shifts(schedule, overrides, { fromMs: nowMs, toMs: nowMs + NEXT_WITHIN_MS });
  const [now, ...later] = ahead;
  const people = now?.people ?? [];
  const next = later.find((shift) => shift.people.join() !== people.join());
  const gap = ahead.find((shift) => shift.people.length === 0 && shift.fromMs < nowMs + GAP_WITHIN_MS);
  return {
    name: schedule.name,
    zone: schedule.zone,
    people: [...people],
    by: now?.by ?? { kind: 'nobody', name: '' },
    next: next === undefined ? null : { atMs: next.fromMs, people: [...next.people] },
    gap: gap === undefined ? null : { fromMs: gap.fromMs, toMs: gap.toMs },
  };
}
