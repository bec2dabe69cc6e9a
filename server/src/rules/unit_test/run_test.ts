import { formatDuration } from '@trilith/lang/promql';
import { durationText, formatFloat } from '@trilith/lang/template';
import { histogramText } from '../../model/histogram_text.ts';
import { type Labels, labelsFrom } from '../../model/labels.ts';
import type { GroupDefinition } from '../definition.ts';
import { createTemplateExpander } from '../expand_templates.ts';
import { RuleGroup } from '../group.ts';
import type { RulePorts } from '../ports.ts';
import { answerOfQuery } from '../query_answer.ts';
import { judgeExpr } from './judge_expr.ts';
import { lineDifferences } from './line_differences.ts';
import { alertsText, compareLabels, indented, labelsText, type ShownAlert } from './shown.ts';
import type { AlertTest, TestGroup } from './test_file.ts';
import { createTestMemory, type TestFeatures, type TestMemory } from './test_memory.ts';

/** What one test needs besides itself. */
export interface TestSurroundings {
  /** In the order they are evaluated. */
  readonly groups: readonly GroupDefinition[];
  readonly evaluationIntervalMs: number;
  readonly features: TestFeatures;
  readonly fuzzyCompare: boolean;
  /** Differences instead of both sides. */
  readonly diff: boolean;
  /** Told of everything that is in memory at the end. */
  readonly dump?: (text: string) => void;
}

/**
 * Runs one test of a file: groups are evaluated at every interval from its start to the last time anything is asked for.
 * @returns what is wrong, in promtool's words; nothing when it passes
 */
export async function runTest(test: TestGroup, around: TestSurroundings): Promise<readonly string[]> {
  const nameless = test.alertTests.find(({ alertname }) => alertname === '');
  if (nameless !== undefined) {
    const where = test.name === '' ? '' : ` (in TestGroup ${test.name})`;
    const at = formatDuration(nameless.evalTimeMs);
    return [`an item under alert_rule_test misses required attribute alertname at eval_time ${at}${where}`];
  }
  let memory: TestMemory;
  try {
    memory = createTestMemory(test, around.evaluationIntervalMs, around.features);
  } catch (error) {
    return [messageOf(error)];
  }
  const errors: string[] = [];
  const groups = around.groups.map((group) => ruleGroup(group, test, memory));
  const lastMs = Math.max(0, ...[...test.alertTests, ...test.exprTests].map(({ evalTimeMs }) => evalTimeMs));
  const due = [...test.alertTests].sort((a, b) => a.evalTimeMs - b.evalTimeMs);
  let next = 0;
  for (let sinceMs = 0; sinceMs <= lastMs; sinceMs += around.evaluationIntervalMs) {
    const failures = await evaluateGroups(groups, memory, test.startMs + sinceMs);
    errors.push(...failures);
    if (failures.length > 0) return errors;
    for (; (due[next]?.evalTimeMs ?? Infinity) < sinceMs + around.evaluationIntervalMs; next++) {
      const alertTest = due[next] as AlertTest;
      const wrong = judgeAlerts(alertTest, groups, test.name, around.diff);
      if (wrong !== undefined) errors.push(wrong);
    }
  }
  for (const exprTest of test.exprTests) {
    const wrong = await judgeExpr(exprTest, memory, test.startMs, around.fuzzyCompare);
    if (wrong !== undefined) errors.push(wrong);
  }
  if (around.dump !== undefined) around.dump(await dumpOf(memory, test.startMs, lastMs));
  return errors;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function ruleGroup(definition: GroupDefinition, test: TestGroup, memory: TestMemory): RuleGroup {
  const ports: RulePorts = {
    evaluate: (_tenant, queries, timeMs) =>
      Promise.all(
        queries.map(async ({ expr }) => {
          try {
            return answerOfQuery(await memory.query(expr, timeMs));
          } catch (error) {
            return { error: messageOf(error) };
          }
        }),
      ),
    append: async (_tenant, samples) => memory.append(samples),
    lastSamples: async () => [],
    alerts: () => undefined,
    note: () => undefined,
  };
  const externalLabels = labelsFrom(test.externalLabels);
  const context = {
    tenant: '',
    ports,
    expand: createTemplateExpander({ externalLabels: test.externalLabels, externalUrl: test.externalUrl }),
    externalLabels: () => externalLabels,
    linkOf: () => '',
    resendDelayMs: 0,
    blind: { evaluated: () => undefined, forget: () => undefined },
    elapsedMs: () => performance.now(),
    warn: () => undefined,
  };
  return new RuleGroup(definition, context, false);
}

/** @returns rules that could not be evaluated */
async function evaluateGroups(groups: readonly RuleGroup[], memory: TestMemory, timeMs: number): Promise<string[]> {
  const failures: string[] = [];
  try {
    memory.loadTill(timeMs);
  } catch (error) {
    return [messageOf(error)];
  }
  for (const group of groups) {
    await group.evaluate(timeMs, timeMs);
    for (const { definition, lastError } of group.rules) {
      if (lastError === '') continue;
      const time = durationText(BigInt(timeMs) * 1_000_000n);
      failures.push(`    rule: ${definition.name}, time: ${time}, err: ${lastError}`);
    }
  }
  return failures;
}

const byLabels = (a: ShownAlert, b: ShownAlert): number =>
  compareLabels(a.labels, b.labels) || compareLabels(a.annotations, b.annotations);

/** Names and values sorted by name; empty values stay, which no alert has. */
const sortedPairs = (labels: ReadonlyMap<string, string>): Labels =>
  [...labels].sort(([a], [b]) => (a < b ? -1 : 1)).flat();

function judgeAlerts(
  { alertname, evalTimeMs, expected }: AlertTest,
  groups: readonly RuleGroup[],
  testName: string,
  diff: boolean,
): string | undefined {
  const got = groups
    .flatMap(({ rules }) => rules)
    .filter(({ definition }) => definition.kind === 'alert' && definition.name === alertname)
    .flatMap(({ active }) => [...active.values()])
    .filter(({ state }) => state === 'firing')
    .map(({ labels, annotations }): ShownAlert => ({ labels, annotations }))
    .sort(byLabels);
  const wanted = expected
    .map(
      ({ labels, annotations }): ShownAlert => ({
        labels: sortedPairs(new Map([...labels, ['alertname', alertname]])),
        annotations: labelsFrom(annotations),
      }),
    )
    .sort(byLabels);
  const same = got.length === wanted.length && got.every((alert, i) => byLabels(alert, wanted[i] as ShownAlert) === 0);
  if (same) return undefined;
  const by = ' '.repeat(12);
  const [exp, was] = [indented(alertsText(wanted), by), indented(alertsText(got), by)];
  const named = testName === '' ? '' : `    name: ${testName},\n`;
  const head = `${named}    alertname: ${alertname}, time: ${formatDuration(evalTimeMs)}, \n`;
  return diff ? `${head}        diff: ${lineDifferences(exp, was)}` : `${head}        exp:${exp}, \n        got:${was}`;
}

/** Everything in memory, as promtool's `--debug` shows it. */
async function dumpOf(memory: TestMemory, startMs: number, lastMs: number): Promise<string> {
  const spanMs = Math.ceil((lastMs + 1) / 1000) * 1000;
  const answer = await memory.query(`{__name__=~".+"}[${formatDuration(spanMs)}]`, startMs + spanMs);
  const lines = answer.series.map(({ labels, times, values, histograms }) => {
    const shown = (i: number): string => {
      const histogram = histograms?.[i];
      return histogram === undefined ? formatFloat(values[i] ?? Number.NaN) : histogramText(histogram);
    };
    const points = Array.from(times, (time, i) => `${shown(i)} @[${time}]`);
    return `${labelsText(labels)} =>\n${points.join('\n')}`;
  });
  return `Dump of all data (input_series and rules) at ${formatDuration(spanMs)}:\n${lines.join('\n')}`;
}
