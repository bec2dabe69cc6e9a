import type { RuleFileGroup } from '../rules/index.ts';
import { type Generator, type ObjectiveRules, ruleGroups } from './burn_rules.ts';
import type { BurnWindows } from './burn_windows.ts';
import type { Objective } from './objective.ts';
import { runPlugins } from './plugins.ts';

export interface GenerateOptions {
  readonly windows: BurnWindows;
  readonly generator: Generator;
}

/** The recording and alerting rules of an objective. Throws ObjectiveError for one that makes no sense. */
export function objectiveRules(objective: Objective, { windows, generator }: GenerateOptions): RuleFileGroup[] {
  const rules: ObjectiveRules = {
    shares: { intervalMs: 0, rules: [] },
    facts: { intervalMs: 0, rules: [] },
    alerts: { intervalMs: 0, rules: [] },
  };
  runPlugins({ objective, windows, generator, rules });
  return ruleGroups(objective, rules);
}
