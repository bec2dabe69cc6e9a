/** Alerts now, as Prometheus, Alertmanager and our own API tell them. */
import { type AlertsNowAnswer, alertsNowAnswer } from '@trilith/contract';
import * as v from 'valibot';
import { getJson } from './http.ts';

const labels = v.record(v.string(), v.string());

const ruleCommon = {
  name: v.string(),
  query: v.string(),
  language: v.optional(v.picklist(['promql', 'logql']), 'promql'),
  labels: v.optional(labels, {}),
  health: v.string(),
  lastError: v.optional(v.string(), ''),
  /** Seconds. */
  evaluationTime: v.optional(v.number(), 0),
  lastEvaluation: v.optional(v.string(), ''),
};
const alertingRule = v.object({
  ...ruleCommon,
  type: v.literal('alerting'),
  state: v.string(),
  /** Seconds. */
  duration: v.number(),
  /** Seconds. */
  keepFiringFor: v.optional(v.number(), 0),
  annotations: v.optional(labels, {}),
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
const recordingRule = v.object({ ...ruleCommon, type: v.literal('recording') });
const ruleGroup = v.object({
  name: v.string(),
  file: v.string(),
  /** Seconds. */
  interval: v.optional(v.number(), 0),
  rules: v.array(v.variant('type', [alertingRule, recordingRule])),
});
const rulesAnswer = v.object({ data: v.object({ groups: v.array(ruleGroup) }) });

export type RuleGroup = v.InferOutput<typeof ruleGroup>;
export type Rule = RuleGroup['rules'][number];
export type AlertingRule = v.InferOutput<typeof alertingRule>;
export type RuleGroups = readonly RuleGroup[];

/** Rules and their alerts; those of a name in a group of a file when these are given. */
export async function fetchRules(
  signal?: AbortSignal,
  only: { readonly file?: string; readonly group?: string; readonly rule?: string } = {},
): Promise<RuleGroups> {
  const params = { 'file[]': only.file, 'rule_group[]': only.group, 'rule_name[]': only.rule };
  return (await getJson('/prometheus/api/v1/rules', params, rulesAnswer, signal)).data.groups;
}

export interface AlertFilter {
  /** `name="value"`, `name=~"pattern"` and so on. */
  readonly matchers: readonly string[];
  /** Part of a label or an annotation. */
  readonly text: string;
}

/** Groups of alerts that fire, who is told of each, and when. */
export function fetchAlertsNow(filter: AlertFilter, signal?: AbortSignal): Promise<AlertsNowAnswer> {
  return getJson('/api/alerts/now', { filter: filter.matchers, text: filter.text }, alertsNowAnswer, signal);
}
