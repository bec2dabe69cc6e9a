import type { AlertingRule, Rule, RuleGroup, RuleGroups } from '../../data/alerts.ts';

/** How a rule is: its highest alert, `blind` when it cannot be evaluated, `recording` for those that make series. */
export type RuleStanding = 'blind' | 'firing' | 'pending' | 'unknown' | 'inactive' | 'recording';

/** In the order of the list. */
export const standings: readonly RuleStanding[] = ['blind', 'firing', 'pending', 'unknown', 'inactive', 'recording'];

export interface ListedRule {
  readonly group: RuleGroup;
  readonly rule: Rule;
  readonly standing: RuleStanding;
}

export function standingOf(rule: Rule): RuleStanding {
  if (rule.health === 'err') return 'blind';
  if (rule.type === 'recording') return 'recording';
  return standings.find((one) => one === rule.state) ?? 'unknown';
}

/** Every rule, those that need somebody first. */
export function listedRules(groups: RuleGroups): readonly ListedRule[] {
  return groups
    .flatMap((group) => group.rules.map((rule) => ({ group, rule, standing: standingOf(rule) })))
    .toSorted((a, b) => standings.indexOf(a.standing) - standings.indexOf(b.standing));
}

export interface RuleFilter {
  readonly text: string;
  readonly standing: RuleStanding | null;
  /** Name of a group; empty for all. */
  readonly group: string;
}

/** Whether a rule is asked for; words are looked for in everything that is written of it. */
export function isAskedFor({ group, rule, standing }: ListedRule, filter: RuleFilter): boolean {
  if (filter.standing !== null && standing !== filter.standing) return false;
  if (filter.group !== '' && group.name !== filter.group) return false;
  const written = [
    rule.name,
    group.name,
    group.file,
    rule.query,
    ...Object.entries(rule.labels).map((pair) => pair.join('=')),
  ];
  return filter.text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => written.some((one) => one.toLowerCase().includes(word)));
}

/** When a rule was evaluated last, ms; null before the first time. */
export function evaluatedMs({ lastEvaluation }: Pick<AlertingRule, 'lastEvaluation'>): number | null {
  const at = Date.parse(lastEvaluation);
  return Number.isFinite(at) && at > 0 ? at : null;
}
