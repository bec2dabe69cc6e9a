import { groupKey } from './definition.ts';
import type { RuleGroup } from './group.ts';

type Figure = readonly [name: string, type: 'counter' | 'gauge', help: string, read: (group: RuleGroup) => number];

/** Upstream's metrics of rule groups (prometheus/rules/group.go, NewGroupMetrics). */
const FIGURES: readonly Figure[] = [
  [
    'prometheus_rule_group_iterations_total',
    'counter',
    'The total number of scheduled rule group evaluations, whether executed or missed.',
    ({ counts }) => counts.iterations,
  ],
  [
    'prometheus_rule_group_iterations_missed_total',
    'counter',
    'The total number of rule group evaluations missed due to slow rule group evaluation.',
    ({ counts }) => counts.missed,
  ],
  [
    'prometheus_rule_evaluations_total',
    'counter',
    'The total number of rule evaluations.',
    ({ counts }) => counts.evaluations,
  ],
  [
    'prometheus_rule_evaluation_failures_total',
    'counter',
    'The total number of rule evaluation failures.',
    ({ counts }) => counts.failures,
  ],
  [
    'prometheus_rule_group_interval_seconds',
    'gauge',
    'The interval of a rule group.',
    ({ definition }) => definition.intervalMs / 1000,
  ],
  [
    'prometheus_rule_group_last_evaluation_timestamp_seconds',
    'gauge',
    'The timestamp of the last rule group evaluation in seconds.',
    ({ lastEvaluationMs }) => lastEvaluationMs / 1000,
  ],
  [
    'prometheus_rule_group_last_duration_seconds',
    'gauge',
    'The duration of the last rule group evaluation.',
    ({ evaluationSeconds }) => evaluationSeconds,
  ],
  [
    'prometheus_rule_group_last_rule_duration_sum_seconds',
    'gauge',
    'The sum of time in seconds it took to evaluate each rule in the group.',
    ({ rules }) => rules.reduce((sum, rule) => sum + rule.evaluationSeconds, 0),
  ],
  [
    'prometheus_rule_group_last_restore_duration_seconds',
    'gauge',
    'The duration of the last alert rules alerts restoration using the ALERTS_FOR_STATE series.',
    ({ restoreSeconds }) => restoreSeconds,
  ],
  [
    'trilith_rule_group_last_lag_seconds',
    'gauge',
    'From the time the last rule group evaluation was for to its end.',
    ({ lagSeconds }) => lagSeconds,
  ],
  ['prometheus_rule_group_rules', 'gauge', 'The number of rules.', ({ rules }) => rules.length],
  [
    'prometheus_rule_group_last_evaluation_samples',
    'gauge',
    'The number of samples returned during the last rule group evaluation.',
    ({ counts }) => counts.samples,
  ],
];

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/**
 * The metrics of all groups in the text format; empty without groups.
 * @param blind how many rules cannot be evaluated
 */
export function ruleMetrics(groups: readonly RuleGroup[], blind: number): string {
  if (groups.length === 0 && blind === 0) return '';
  const ofBlind = `# HELP trilith_rules_blind Rules and files of rules that cannot be evaluated.\n# TYPE trilith_rules_blind gauge\ntrilith_rules_blind ${blind}\n`;
  const labels = groups.map(({ definition }) => `{rule_group="${escaped(groupKey(definition))}"}`);
  const ofGroups = FIGURES.map(([name, type, help, read]) => {
    const rows = groups.map((group, i) => `${name}${labels[i]} ${read(group)}\n`);
    return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${rows.join('')}`;
  });
  return ofBlind + ofGroups.join('');
}
