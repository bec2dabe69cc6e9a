import type { AlertingRule, RuleGroup } from '../../data/alerts.ts';

/** What somebody begins with who has no rule. */
export const firstDraft = `groups:
  - name: draft
    rules:
      - alert: TargetDown
        expr: up == 0
        for: 5m
        labels:
          severity: page
`;

/** What of an alerting rule a file says. */
type WrittenRule = Pick<AlertingRule, 'name' | 'query' | 'duration' | 'keepFiringFor' | 'labels' | 'annotations'>;

/** An alerting rule as a rule file of its own. Numbers of `rule` and `group` are seconds. */
export function draftOf(group: Pick<RuleGroup, 'name' | 'interval'>, rule: WrittenRule): string {
  const pairs = (key: string, values: Readonly<Record<string, string>>): readonly string[] =>
    Object.keys(values).length === 0
      ? []
      : [
          `        ${key}:`,
          ...Object.entries(values).map(
            ([name, value]) => `          ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
          ),
        ];
  return [
    'groups:',
    `  - name: ${JSON.stringify(group.name)}`,
    ...(group.interval > 0 ? [`    interval: ${durationText(group.interval)}`] : []),
    '    rules:',
    `      - alert: ${JSON.stringify(rule.name)}`,
    ...expressionLines(rule.query),
    ...(rule.duration > 0 ? [`        for: ${durationText(rule.duration)}`] : []),
    ...(rule.keepFiringFor > 0 ? [`        keep_firing_for: ${durationText(rule.keepFiringFor)}`] : []),
    ...pairs('labels', rule.labels),
    ...pairs('annotations', rule.annotations),
    '',
  ].join('\n');
}

function expressionLines(query: string): readonly string[] {
  return [
    '        expr: |-',
    ...query
      .trim()
      .split('\n')
      .map((line) => `          ${line}`),
  ];
}

/** A duration of Prometheus: whole milliseconds, the greatest unit that divides it. */
function durationText(seconds: number): string {
  const ms = Math.round(seconds * 1000);
  const units = [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const;
  const [unit, size] = units.find(([, each]) => ms % each === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}
