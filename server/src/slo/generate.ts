import type { RuleFileGroup } from '../rules/index.ts';
import { type Generator, type ObjectiveRules, ruleGroups } from './burn_rules.ts';
import { type BurnWindows, DEFAULT_BURN_WINDOWS, proportionalWindows } from './burn_windows.ts';
import type { Objective } from './objective.ts';
import { runPlugins } from './plugins.ts';

export interface GenerateOptions {
  /** By period in ms, before those that are built in. */
  readonly windows?: ReadonlyMap<number, BurnWindows>;
  readonly generator: Generator;
}

/** The recording and alerting rules of an objective. Throws ObjectiveError for one that makes no sense. */
export function objectiveRules(objective: Objective, { windows, generator }: GenerateOptions): RuleFileGroup[] {
  const { periodMs } = objective;
  const found = windows?.get(periodMs) ?? DEFAULT_BURN_WINDOWS.get(periodMs) ?? proportionalWindows(periodMs);
  const rules: ObjectiveRules = {
    shares: { intervalMs: 0, rules: [] },
    facts: { intervalMs: 0, rules: [] },
    alerts: { intervalMs: 0, rules: [] },
  };
  runPlugins({ objective, windows: found, generator, rules });
  return ruleGroups(objective, rules);
}
