import { expressionProblem } from './expression.ts';
import { type AlertPlan, type Objective, ObjectiveError } from './objective.ts';

const NAME = /^[A-Za-z0-9][-A-Za-z0-9_.]*[A-Za-z0-9]$/;

/** Throws ObjectiveError for an objective that Sloth would refuse (its pkg/common/validation). */
export function checkObjective(objective: Objective, { promql }: { readonly promql: boolean }): void {
  const wrong = (what: string): ObjectiveError =>
    new ObjectiveError(`invalid slo ${JSON.stringify(objective.id)}: ${what}`);
  for (const [what, name] of [
    ['SLO ID', objective.id],
    ['SLO name', objective.name],
    ['SLO service', objective.service],
  ] as const)
    if (!NAME.test(name))
      throw wrong(
        `invalid ${what}: ${name === '' ? 'required' : "name must start and end with an alphanumeric and can only contain alphanumeric, '.', '_', and '-'"}`,
      );
  const { targetPercent, indicator } = objective;
  if (!(targetPercent > 0 && targetPercent <= 100)) throw wrong('objective must >0 and <=100');
  checkTexts('SLO label', objective.labels, wrong);
  if (indicator.kind === 'events' && indicator.bad === indicator.total)
    throw wrong("invalid SLI: both error and total queries can't be the same");
  const expressions =
    indicator.kind === 'ratio'
      ? ([['sli raw query', indicator.badShare]] as const)
      : ([
          ['sli error query', indicator.bad],
          ['sli total query', indicator.total],
        ] as const);
  for (const [what, template] of expressions) {
    const problem = expressionProblem(template, promql);
    if (problem !== undefined) throw wrong(`invalid SLI: ${what}: ${problem}`);
  }
  for (const [what, plan] of [
    ['page alert', objective.page],
    ['ticket alert', objective.ticket],
  ] as const)
    if (plan !== undefined) checkAlert(what, plan, wrong);
}

function checkAlert(what: string, plan: AlertPlan, wrong: (what: string) => ObjectiveError): void {
  if (plan.name === '') throw wrong(`invalid alert: ${what}: alert name is required`);
  checkTexts(`${what} label`, plan.labels, wrong);
  checkTexts(`${what} annotation`, plan.annotations, wrong);
}

function checkTexts(what: string, texts: ReadonlyMap<string, string>, wrong: (what: string) => ObjectiveError): void {
  for (const [name, value] of texts) {
    if (name === '' || name === '__name__') throw wrong(`invalid ${what} key ${JSON.stringify(name)}`);
    if (value === '') throw wrong(`invalid ${what} ${JSON.stringify(name)}: the value is required`);
  }
}
