import { isLegacyLabelName, formatDuration as windowText } from '@trilith/lang/promql';
import { formatFloat } from '@trilith/lang/template';
import type { Rule, RuleFileGroup } from '../rules/index.ts';
import { type BurnWindow, type BurnWindows, burnRate, windowLengths } from './burn_windows.ts';
import { countsAtWindow } from './event_counts.ts';
import { atWindow } from './expression.ts';
import type { AlertPlan, Objective } from './objective.ts';

/**
 * Rules of an objective under the names that Sloth gave them (github.com/slok/sloth), so that dashboards made for its
 * rules go on working: the share of bad events per window, the objective as series, and alerts on several windows and
 * burn rates (SRE Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts").
 */
export interface ObjectiveRules {
  shares: GroupOfRules;
  facts: GroupOfRules;
  alerts: GroupOfRules;
}

export interface GroupOfRules {
  /** Ms; 0: the configuration's. */
  intervalMs: number;
  rules: Rule[];
}

/** What made the rules, as labels of the series `sloth_slo_info`. */
export interface Generator {
  readonly version: string;
  readonly mode: string;
  readonly spec: string;
}

/** The series of the share of bad events in a window of so many ms. */
const shareMetric = (windowMs: number): string => `slo:sli_error:ratio_rate${windowText(windowMs)}`;

type Pairs = Iterable<readonly [string, string]>;

export const identity = ({ id, name, service }: Objective): [string, string][] => [
  ['sloth_id', id],
  ['sloth_service', service],
  ['sloth_slo', name],
];

/** A selector's matchers, `{a="b", c="d"}`, sorted by name. */
export function matchers(labels: Pairs): string {
  const sorted = [...new Map(labels)].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`;
}

export function recording(name: string, expr: string, ...labels: readonly Pairs[]): Rule {
  const all = new Map(labels.flatMap((pairs) => [...pairs]));
  return { ...UNLABELLED, kind: 'record', name, expr, labels: all };
}

const UNLABELLED = { forMs: 0, keepFiringForMs: 0, annotations: new Map<string, string>(), line: 0 };

/** The share over one window from the indicator's own expressions. */
function share(objective: Objective, windowMs: number): Rule {
  const { indicator } = objective;
  const template =
    indicator.kind === 'ratio' ? `(${indicator.badShare})` : `(${indicator.bad})\n/\n(${indicator.total})\n`;
  return shareRule(objective, windowMs, atWindow(template, windowText(windowMs)));
}

export function shareRule(objective: Objective, windowMs: number, expr: string): Rule {
  return recording(
    shareMetric(windowMs),
    expr,
    identity(objective),
    [['sloth_window', windowText(windowMs)]],
    objective.labels,
  );
}

/** The share over the whole period as the mean of the shares over the shortest window: cheap, and near enough. */
export function meanShare(objective: Objective, shortMs: number): string {
  const series = `${shareMetric(shortMs)}${matchers(identity(objective))}`;
  const period = windowText(objective.periodMs);
  return `sum_over_time(${series}[${period}])\n/ ignoring (sloth_window)\ncount_over_time(${series}[${period}])\n`;
}

/** Shares of bad events over every window of the alerts, and over the period. */
export function shareRules(objective: Objective, windows: BurnWindows, exactPeriod: boolean): Rule[] {
  const { periodMs } = objective;
  const shortMs = windows.pageQuick.shortMs;
  return [
    ...windowLengths(windows).map((windowMs) => share(objective, windowMs)),
    exactPeriod ? share(objective, periodMs) : shareRule(objective, periodMs, meanShare(objective, shortMs)),
  ];
}

/** What is known of the objective, as series: its target, its budget, how fast it burns and what is left. */
export function factRules(objective: Objective, windows: BurnWindows, generator: Generator): Rule[] {
  const labels = [...identity(objective), ...objective.labels];
  const of = matchers(identity(objective));
  const target = formatFloat(objective.targetPercent / 100);
  const burning = (metric: string): string =>
    `${metric}${of}\n/ on(sloth_id, sloth_slo, sloth_service) group_left\nslo:error_budget:ratio${of}\n`;
  return [
    recording('slo:objective:ratio', `vector(${target})`, labels),
    recording('slo:error_budget:ratio', `vector(1-${target})`, labels),
    recording('slo:time_period:days', `vector(${formatFloat(objective.periodMs / 86_400_000)})`, labels),
    recording('slo:current_burn_rate:ratio', burning(shareMetric(windows.pageQuick.shortMs)), labels),
    recording('slo:period_burn_rate:ratio', burning(shareMetric(objective.periodMs)), labels),
    recording('slo:period_error_budget_remaining:ratio', `1 - slo:period_burn_rate:ratio${of}`, labels),
    recording('sloth_slo_info', 'vector(1)', labels, [
      ['sloth_version', generator.version],
      ['sloth_mode', generator.mode],
      ['sloth_spec', generator.spec],
      ['sloth_objective', String(objective.targetPercent)],
    ]),
  ];
}

/** The alerts an objective asks for: a page and a ticket, each when the budget burns fast or steadily. */
export function alertRules(objective: Objective, windows: BurnWindows): Rule[] {
  const rules: Rule[] = [];
  const { page, ticket } = objective;
  if (page !== undefined) rules.push(alert(objective, page, 'page', windows.pageQuick, windows.pageSlow));
  if (ticket !== undefined) rules.push(alert(objective, ticket, 'ticket', windows.ticketQuick, windows.ticketSlow));
  return rules;
}

function alert(
  objective: Objective,
  plan: AlertPlan,
  severity: 'page' | 'ticket',
  quick: BurnWindow,
  slow: BurnWindow,
): Rule {
  const budget = formatFloat((100 - objective.targetPercent) / 100);
  const of = matchers(identity(objective));
  const over = (windowMs: number, condition: BurnWindow): string => {
    const rate = formatFloat(burnRate(objective.periodMs, condition));
    return `    max(${shareMetric(windowMs)}${of} > (${rate} * ${budget})) without (sloth_window)`;
  };
  const both = (condition: BurnWindow): string =>
    `(\n${over(condition.shortMs, condition)}\n    and\n${over(condition.longMs, condition)}\n${enough(objective, condition)})\n`;
  const named = '{{$labels.sloth_service}} {{$labels.sloth_slo}} SLO error budget burn rate is';
  return {
    ...UNLABELLED,
    kind: 'alert',
    name: plan.name,
    expr: `${both(quick)}or\n${both(slow)}`,
    labels: new Map([['sloth_severity', severity], ...plan.labels]),
    annotations: new Map([
      ['title', `(${severity}) ${named} too fast.`],
      ['summary', `${named} over expected.`],
      ...plan.annotations,
    ]),
  };
}

/**
 * The part of a condition that is only true when the long window had events enough: then a few bad ones of hardly any do not
 * page. Of an objective that is counted by label every series has to have them. Empty when the objective asks for none.
 */
function enough(objective: Objective, { longMs }: BurnWindow): string {
  const { indicator, minimumEvents, labels } = objective;
  const counts = indicator.kind === 'events' ? indicator : indicator.counts;
  if (minimumEvents === 0 || counts === undefined) return '';
  // What the rules add to the labels of the indicator.
  const added = [...new Map([...identity(objective), ...labels]).keys()].map((name) =>
    isLegacyLabelName(name) ? name : JSON.stringify(name),
  );
  return `    and ignoring (${added.join(', ')})\n    (${countsAtWindow(counts.total, longMs)}) >= ${minimumEvents}\n`;
}

/** The rules as groups of a rule file; groups without rules are left out. */
export function ruleGroups({ id }: Objective, { shares, facts, alerts }: ObjectiveRules): RuleFileGroup[] {
  const named: [string, GroupOfRules][] = [
    ['sloth-slo-sli-recordings-', shares],
    ['sloth-slo-meta-recordings-', facts],
    ['sloth-slo-alerts-', alerts],
  ];
  return named
    .filter(([, { rules }]) => rules.length > 0)
    .map(([prefix, { intervalMs, rules }]) => ({
      name: `${prefix}${id}`,
      intervalMs,
      queryOffsetMs: undefined,
      limit: 0,
      labels: new Map(),
      rules,
    }));
}
