import { LogqlParseError } from '@trilith/lang/logql';
import { PromqlParseError, quote } from '@trilith/lang/promql';
import { type Labels, labelValue } from '../../model/labels.ts';
import { hasFailed, type RuleAnswer, type RuleQuery, type RuleSample } from '../../rules/index.ts';
import { hasLabels } from '../state_timeline.ts';
import { type Comparison, type ExpressionParts, logqlParts, type NeededSeries, promqlParts } from './expression.ts';
import type { LoadedRule, WhyPorts } from './ports.ts';
import { hop, labelsText, number, stop, type Verdict } from './verdict.ts';

type Hops = Verdict['hops'];

/** Asks queries and gives the answer of each. */
type Answers = (query: string) => RuleAnswer;

/** Other values named in a sentence. */
const MOST_NAMED = 5;

/**
 * Why a rule whose alert was neither firing nor pending was not: its series, then its comparisons, at the time asked about.
 * @param labels what the alert was to have
 */
export async function whyQuiet(
  rule: LoadedRule,
  labels: Labels,
  atMs: number,
  { evaluate, hops }: { readonly evaluate: WhyPorts['evaluate']; readonly hops: Hops },
): Promise<Verdict> {
  const parts = partsOrNone(rule);
  const names = labels.filter((_, i) => i % 2 === 0 && labels[i] !== 'alertname');
  const texts = [...new Set([rule.expr, ...queriesOf(parts, names)])];
  const queries = texts.map((expr): RuleQuery => ({ language: rule.language, expr }));
  const answers = await evaluate(queries, atMs);
  const byText = new Map(texts.map((text, i) => [text, answers[i] ?? { error: 'no answer' }]));
  const ask: Answers = (query) => byText.get(query) ?? { error: 'not asked' };

  const whole = ask(rule.expr);
  if (hasFailed(whole))
    return stop('evaluation-failing', 'rule', `the expression could not be evaluated: ${whole.error}`, { hops, atMs });
  const held = whole.filter((sample) => fits(sample, labels));
  if (held.length > 0)
    return stop(
      'not-evaluated',
      'threshold',
      `the expression holds (${said(held[0])}), but no evaluation has seen it yet: the next one is within ${rule.intervalMs / 1_000} s`,
      { hops, atMs },
    );
  for (const series of parts.needed) {
    const missing = missingSeries(series, names, labels, ask);
    if (missing !== undefined) return stop(missing.cause, 'series', missing.sentence, { hops, atMs });
  }
  const seen = parts.needed.map(({ text }) => hop('series', 'passed', `series of ${text} exist`, atMs));
  const passed = [...hops, ...seen];
  for (const comparison of parts.comparisons) {
    const sentence = unmet(comparison, labels, ask);
    if (sentence !== undefined) return stop('below-threshold', 'threshold', sentence, { hops: passed, atMs });
  }
  const condition = parts.conditions.find(({ kind, text }) => isEmpty(ask(text), labels) === (kind === 'and'));
  const sentence =
    condition === undefined
      ? whole.length > 0
        ? `the expression holds for ${labelsText(whole[0]?.labels ?? [])}, not for ${labelsText(labels)}`
        : `the expression gives nothing: ${rule.expr}`
      : condition.kind === 'and'
        ? `the comparison holds, but "and" finds nothing of ${condition.text}`
        : `the comparison holds, but "unless" takes it away: ${condition.text} gives something`;
  return stop('condition-unmet', 'threshold', sentence, { hops: passed, atMs });
}

const NO_PARTS: ExpressionParts = { comparisons: [], needed: [], conditions: [] };

/** What cannot be taken apart is asked about as a whole. */
function partsOrNone({ language, expr }: LoadedRule): ExpressionParts {
  try {
    return language === 'promql' ? promqlParts(expr) : logqlParts(expr);
  } catch (error) {
    if (error instanceof PromqlParseError || error instanceof LogqlParseError) return NO_PARTS;
    throw error;
  }
}

function queriesOf(parts: ExpressionParts, names: readonly string[]): string[] {
  return [
    ...parts.comparisons.flatMap(({ text, left, right }) => [text, left, right]),
    ...parts.conditions.map(({ text }) => text),
    ...parts.needed.flatMap(({ text, lately, anyOfMetric, anyLately, up }) => [
      counted(text, names),
      ...[lately, anyOfMetric, anyLately].map((query) => counted(query, [])),
      ...(up === undefined ? [] : [`min(${up})`]),
    ]),
  ];
}

function counted(query: string, names: readonly string[]): string {
  return names.length === 0 ? `count(${query})` : `count by (${names.map(labelName).join(', ')}) (${query})`;
}

function labelName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : quote(name);
}

function missingSeries(
  series: NeededSeries,
  names: readonly string[],
  labels: Labels,
  ask: Answers,
): { readonly cause: Verdict['cause']; readonly sentence: string } | undefined {
  const { text, metric, lately, anyOfMetric, anyLately, up } = series;
  const found = ask(counted(text, names));
  if (hasFailed(found)) return undefined;
  if (found.length > 0) return otherLabels(text, found, labels);
  const existed = (query: string): boolean => !isEmpty(ask(counted(query, [])));
  const health = up === undefined ? [] : ask(`min(${up})`);
  const isDown = !hasFailed(health) && health.some(({ value }) => value === 0);
  if (isDown) return { cause: 'target-down', sentence: `no series of ${text}: its target is down (${up} is 0)` };
  if (existed(lately))
    return { cause: 'series-ended', sentence: `series of ${text} existed within the last day and have ended` };
  if (existed(anyOfMetric))
    return { cause: 'labels-mismatch', sentence: `the metric ${metric} exists, but no series of it matches ${text}` };
  if (existed(anyLately))
    return { cause: 'series-ended', sentence: `every series of the metric ${metric} has ended within the last day` };
  return {
    cause: 'metric-absent',
    sentence:
      metric === '' ? `there are no series of ${text}` : `there is no metric ${metric}, nor was there within a day`,
  };
}

/** Series exist; whether any has the labels asked about, as far as they have those labels at all. */
function otherLabels(
  text: string,
  found: readonly RuleSample[],
  labels: Labels,
): { readonly cause: Verdict['cause']; readonly sentence: string } | undefined {
  for (let i = 0; i < labels.length; i += 2) {
    const [name = '', wanted = ''] = [labels[i], labels[i + 1]];
    const values = [...new Set(found.map((sample) => labelValue(sample.labels, name)))].filter((value) => value !== '');
    if (values.length === 0 || values.includes(wanted)) continue;
    const named = values.slice(0, MOST_NAMED).join(', ');
    return {
      cause: 'labels-mismatch',
      sentence: `series of ${text} exist with ${name} ${named}${values.length > MOST_NAMED ? ', …' : ''}, none with ${name}="${wanted}"`,
    };
  }
  return undefined;
}

/** A sentence about a comparison that does not hold; undefined for one that does. */
function unmet({ text, left, operator, right }: Comparison, labels: Labels, ask: Answers): string | undefined {
  const whole = ask(text);
  if (hasFailed(whole) || whole.some((sample) => fits(sample, labels))) return undefined;
  const [value, threshold] = [left, right].map((side) => {
    const answer = ask(side);
    return hasFailed(answer) ? undefined : (answer.find((sample) => fits(sample, labels)) ?? answer[0]);
  });
  if (value === undefined) return `there is nothing to compare: ${left} gives no value`;
  if (threshold === undefined) return `there is nothing to compare with: ${right} gives no value`;
  return `the value of ${left} was ${number(value.value)}, and the rule asks for ${operator} ${number(threshold.value)}`;
}

function isEmpty(answer: RuleAnswer, labels: Labels = []): boolean {
  return !hasFailed(answer) && !answer.some((sample) => fits(sample, labels));
}

/** Whether a sample can be of an alert with these labels: what it does not have the rule may add. */
function fits({ labels: found }: RuleSample, labels: Labels): boolean {
  const common: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    const [name = '', value = ''] = [labels[i], labels[i + 1]];
    if (name !== 'alertname' && labelValue(found, name) !== '') common.push(name, value);
  }
  return hasLabels(found, common);
}

function said(sample: RuleSample | undefined): string {
  return sample === undefined ? '' : number(sample.value);
}
