import { compileMatcher, type Expr, walk } from '@trilith/lang/promql';
import type { Matcher } from '../model/labels.ts';

/** What the order of rules in a group depends on. */
export interface RuleInputs {
  readonly kind: 'record' | 'alert';
  readonly name: string;
  /** Undefined for LogQL, which reads nothing that rules make. */
  readonly expr: Expr | undefined;
}

/** Indexes of rules that may be evaluated together, in the order the batches have to be evaluated. */
export type RuleBatches = readonly (readonly number[])[];

const ALERT_SERIES = ['ALERTS', 'ALERTS_FOR_STATE'];

/**
 * Splits a group so that every rule sees what rules before it have made: first all that read nothing of the group, then
 * one by one those that read and are read, at last those that are not read (upstream's buildDependencyMap and
 * SplitGroupIntoBatches). With a selector that has no name anything may be read, and rules go one by one.
 */
export function batchesOf(rules: readonly RuleInputs[]): RuleBatches {
  const readBy = rules.map(() => false);
  const reads = rules.map(() => false);
  for (const [i, rule] of rules.entries()) {
    const inputs = inputsOf(rule);
    if (inputs === undefined) return rules.map((_, at) => [at]);
    for (const isInput of inputs) {
      for (let other = 0; other < i; other++) {
        if (!isInput(rules[other] as RuleInputs)) continue;
        readBy[other] = true;
        reads[i] = true;
      }
    }
  }
  const indexes = rules.map((_, i) => i);
  const first = indexes.filter((i) => reads[i] === false);
  const last = indexes.filter((i) => reads[i] === true && readBy[i] === false);
  const between = indexes.filter((i) => reads[i] === true && readBy[i] === true);
  return [first, ...between.map((i) => [i]), last].filter((batch) => batch.length > 0);
}

/** For each selector of a rule, whether it may select what another rule makes; undefined when it may select anything. */
function inputsOf({ expr }: RuleInputs): ((other: RuleInputs) => boolean)[] | undefined {
  const inputs: ((other: RuleInputs) => boolean)[] = [];
  let anything = false;
  if (expr === undefined) return inputs;
  walk(expr, (node) => {
    if (node.kind !== 'vector-selector') return;
    const name = node.matchers.find((matcher) => matcher.name === '__name__');
    if (name === undefined) anything = true;
    else inputs.push(inputOf(name, node.matchers));
  });
  return anything ? undefined : inputs;
}

function inputOf(name: Matcher, matchers: readonly Matcher[]): (other: RuleInputs) => boolean {
  const ofName = compileMatcher(name);
  const readsAlerts = ALERT_SERIES.some((series) => ofName.matches(series));
  const alertName = matchers.find((matcher) => matcher.name === 'alertname');
  const ofAlert = alertName === undefined ? undefined : compileMatcher(alertName);
  return (other) =>
    ofName.matches(other.name) ||
    (readsAlerts && other.kind === 'alert' && (ofAlert === undefined || ofAlert.matches(other.name)));
}
