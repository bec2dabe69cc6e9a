import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFakeClock } from '../base/clock.ts';
import { parseRuleFile } from '../rules/index.ts';
import { budgetOf, SLOT_MS } from './budget.ts';
import { windowsFor } from './burn_windows.ts';
import { objectiveRules } from './generate.ts';
import { createFactKeeper } from './keeper.ts';
import { parseObjectiveFile } from './objective_file.ts';

const DEMO = join(import.meta.dirname, '../../../demo');
const objectives = parseObjectiveFile(readFileSync(join(DEMO, 'slo.yaml'), 'utf8')).flatMap((one) => one.objectives);
const DAY = 86_400_000;
const START = 1_790_000_000_000 - (1_790_000_000_000 % SLOT_MS);

test('every objective of the demo becomes rules', () => {
  const generator = { version: '0', mode: 'test', spec: 'test' };
  assert.equal(objectives.length, 9);
  for (const objective of objectives)
    assert.equal(objectiveRules(objective, { windows: windowsFor(objective.periodMs), generator }).length, 3);
});

test('the log lines that the demo counts can be counted', () => {
  const { groups, problems } = parseRuleFile(readFileSync(join(DEMO, 'log-rules.yml'), 'utf8'), { language: 'logql' });
  assert.deepEqual(problems, []);
  const recorded = groups.flatMap(({ rules }) => rules.map(({ name }) => name));
  assert.deepEqual(recorded, ['antifraud:log_lines:count1m', 'antifraud:log_lines_error:count1m']);
});

/** What is asked about each slot; of 2,000 events of each one is bad. */
const ANSWERS: readonly (readonly [id: string, total: RegExp, bad: RegExp])[] = [
  [
    'payments-api-api-availability',
    /^\(sum by \(path\) \(rate\(http_requests_total\{job="payments"\}\[5m\]\)\)\) \* 300$/,
    /status=~"5\.\."\}\[5m\]\)\)\) \* 300$/,
  ],
  [
    'antifraud-service-error-lines',
    /^sum\(sum_over_time\(antifraud:log_lines:count1m\[5m\]\)\)$/,
    /^sum\(sum_over_time\(antifraud:log_lines_error:count1m\[5m\]\)\)$/,
  ],
  [
    'antifraud-service-checks',
    /^\(sum\(rate\(traces_spanmetrics_calls_total\{.*\}\[5m\]\)\)\) \* 300$/,
    /^\(sum\(rate\(traces_spanmetrics_calls_total\{.*status_code="STATUS_CODE_ERROR"\}\[5m\]\)\) or vector\(0\)\) \* 300$/,
  ],
];

for (const [id, total, bad] of ANSWERS)
  test(`from counts to the budget: ${id}`, async () => {
    const objective = objectives.find((one) => one.id === id);
    assert.ok(objective !== undefined);
    const clock = createFakeClock(START + DAY + 60_000);
    const asked = new Set<string>();
    const keeper = createFactKeeper({
      clock,
      ports: {
        async range({ expr, startMs, endMs, stepMs }) {
          asked.add(expr);
          const times = Array.from({ length: (endMs - startMs) / stepMs + 1 }, (_, i) => startMs + i * stepMs);
          return [{ labels: [], times, values: times.map(() => (bad.test(expr) ? 1 : 2_000)) }];
        },
        keep: async () => undefined,
        facts: async () => [],
        definition: async () => undefined,
        define: async () => undefined,
      },
    });
    keeper.update([{ ...objective, periodMs: DAY }]);
    keeper.begin();
    await clock.advanceTo(clock.nowMs());
    const [askedTotal = '', askedBad = ''] = asked;
    assert.match(askedTotal, total);
    assert.match(askedBad, bad);
    const budget = budgetOf(keeper.of(id).facts, objective.targetPercent, { fromMs: START, toMs: START + DAY });
    assert.deepEqual([budget.bad, budget.total], [288, 288 * 2_000]);
    const spent = 1 / 2_000 / (1 - objective.targetPercent / 100);
    assert.ok(Math.abs((budget.remaining ?? 0) - (1 - spent)) < 1e-9, String(budget.remaining));
  });
