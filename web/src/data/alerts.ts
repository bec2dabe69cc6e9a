import { type SloList, sloList } from '@trilith/contract';
import * as v from 'valibot';
import { getJson } from './http.ts';

const labels = v.record(v.string(), v.string());

const alertingRule = v.object({
  type: v.literal('alerting'),
  name: v.string(),
  state: v.string(),
  query: v.string(),
  /** Seconds. */
  duration: v.number(),
  health: v.string(),
  lastError: v.optional(v.string(), ''),
  alerts: v.array(
    v.object({
      labels,
      annotations: labels,
      state: v.string(),
      activeAt: v.nullish(v.string(), ''),
      value: v.string(),
    }),
  ),
});
const recordingRule = v.object({
  type: v.literal('recording'),
  name: v.string(),
  health: v.string(),
  lastError: v.optional(v.string(), ''),
});
const rulesAnswer = v.object({
  data: v.object({
    groups: v.array(
      v.object({
        name: v.string(),
        file: v.string(),
        rules: v.array(v.variant('type', [alertingRule, recordingRule])),
      }),
    ),
  }),
});
export type RuleGroups = v.InferOutput<typeof rulesAnswer>['data']['groups'];

/** Rules and their alerts, as Prometheus tells them. */
export async function fetchRules(signal?: AbortSignal): Promise<RuleGroups> {
  return (await getJson('/prometheus/api/v1/rules', {}, rulesAnswer, signal)).data.groups;
}

const notifiedGroup = v.object({
  labels,
  receiver: v.object({ name: v.string() }),
  alerts: v.array(
    v.object({
      fingerprint: v.string(),
      labels,
      annotations: labels,
      startsAt: v.string(),
      generatorURL: v.optional(v.string(), ''),
      status: v.object({
        state: v.picklist(['active', 'suppressed', 'unprocessed']),
        silencedBy: v.array(v.string()),
        inhibitedBy: v.array(v.string()),
        mutedBy: v.optional(v.array(v.string()), []),
      }),
    }),
  ),
});
export type NotifiedGroup = v.InferOutput<typeof notifiedGroup>;

/** Groups of alerts and who is told of each, as Alertmanager tells them. */
export function fetchAlertGroups(signal?: AbortSignal): Promise<readonly NotifiedGroup[]> {
  return getJson('/alertmanager/api/v2/alerts/groups', {}, v.array(notifiedGroup), signal);
}

export function fetchObjectives(signal?: AbortSignal): Promise<SloList> {
  return getJson('/api/slo', {}, sloList, signal);
}
