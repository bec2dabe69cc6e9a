import type { RuleFileGroup } from '../rules/index.ts';
import { type Generator, type ObjectiveRules, ruleGroups } from './burn_rules.ts';
import { type BurnWindows, DEFAULT_BURN_WINDOWS } from './burn_windows.ts';
import { type Objective, ObjectiveError } from './objective.ts';
import { runPlugins } from './plugins.ts';

export interface GenerateOptions {
  /** By period in ms; without them the periods of 30 and 28 days. */
  readonly windows?: ReadonlyMap<number, BurnWindows>;
  readonly generator: Generator;
}

/** The recording and alerting rules of an objective. Throws ObjectiveError for one that cannot be kept. */
export function objectiveRules(objective: Objective, { windows, generator }: GenerateOptions): RuleFileGroup[] {
  const found = (windows ?? DEFAULT_BURN_WINDOWS).get(objective.periodMs);
  if (found === undefined)
    throw new ObjectiveError(
      `${objective.id}: no alert windows are known for a period of ${objective.periodMs / 86_400_000} days`,
    );
  const rules: ObjectiveRules = {
    shares: { intervalMs: 0, rules: [] },
    facts: { intervalMs: 0, rules: [] },
    alerts: { intervalMs: 0, rules: [] },
  };
  runPlugins({ objective, windows: found, generator, rules });
  return ruleGroups(objective, rules);
}
