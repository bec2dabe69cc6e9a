import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Labels, labelsFrom, labelsToRecord, labelValue } from '../model/labels.ts';
import { createTemplateExpander } from './expand_templates.ts';
import { RuleGroup } from './group.ts';
import { hasFailed } from './ports.ts';
import { createMemoryPorts, definitionsOf, type MemoryPorts, testContext } from './test_rules.ts';

/**
 * The specification of alert generators (github.com/prometheus/compliance, alert_generator/specification.md) over its rules and
 * with the samples its four cases send, at exact times instead of within tolerances.
 */
const RULES = join(import.meta.dirname, '../../../../shared/conformance/promql/compliance/alert_generator/rules.yaml');
const skip = existsSync(RULES) ? false : 'the rules of the specification are not here';
const START = Date.UTC(2026, 0, 1);
const SAMPLE_SECONDS = 15;
const EVALUATION_SECONDS = 30;

/** A value and how many samples in a row have it. */
type Run = readonly [value: number, samples: number];

interface Case {
  readonly ports: MemoryPorts;
  readonly group: RuleGroup;
  readonly seconds: number;
}

function caseOf(
  name: string,
  series: readonly (readonly [extra: Readonly<Record<string, string>>, runs: readonly Run[]])[],
  moreSeconds = 0,
): Case {
  const definition = definitionsOf(readFileSync(RULES, 'utf8')).find((group) => group.name === name);
  assert.ok(definition);
  const ports = createMemoryPorts();
  let seconds = 0;
  for (const [extra, runs] of series) {
    const labels = labelsFrom(Object.entries({ __name__: 'alert_generator_test_suite', rulegroup: name, ...extra }));
    let at = 0;
    for (const [value, samples] of runs)
      for (let i = 0; i < samples; i++) ports.put(labels, START + SAMPLE_SECONDS * 1000 * at++, value);
    seconds = Math.max(seconds, at * SAMPLE_SECONDS);
  }
  const expand = createTemplateExpander({ externalLabels: new Map(), externalUrl: 'http://trilith' });
  return {
    ports,
    group: new RuleGroup(definition, { ...testContext(ports), expand }, false),
    seconds: seconds + moreSeconds,
  };
}

const stateOf = ({ group }: Case, alertname: string, variant: string): string => {
  const rule = group.rules.find(({ definition }) => definition.name === alertname);
  const alert = [...(rule?.active.values() ?? [])].find(({ labels }) => labelValue(labels, 'variant') === variant);
  return alert?.state ?? 'inactive';
};

/**
 * Evaluates to the end; of each alert (and variant), every change of its state with its second. ALERTS has to say the same
 * every time.
 */
async function statesOf(
  all: Case,
  ...alerts: readonly (readonly [alertname: string, variant?: string])[]
): Promise<string[][]> {
  const changes = alerts.map((): string[] => []);
  const before = alerts.map(() => 'inactive');
  for (let second = 0; second < all.seconds; second += EVALUATION_SECONDS) {
    const timeMs = START + second * 1000;
    await all.group.evaluate(timeMs, timeMs);
    for (const [i, [alertname, variant = '']] of alerts.entries()) {
      const state = stateOf(all, alertname, variant);
      if (state !== before[i]) changes[i]?.push(`${second} ${state}`);
      before[i] = state;
      const expr = `ALERTS{alertname="${alertname}",variant="${variant}"}`;
      const [series] = await all.ports.evaluate('', [{ language: 'promql', expr }], timeMs);
      assert.ok(series !== undefined && !hasFailed(series));
      const shown = series.map(({ labels, value }) => `${labelValue(labels, 'alertstate')} ${value}`);
      assert.deepEqual(shown, state === 'inactive' ? [] : [`${state} 1`]);
    }
  }
  return changes;
}

/** What alerting was told of an alert: second, start and end (seconds), and its annotations. */
const toldOf = ({ ports }: Case, alertname: string): { at: number; from: number; to: number; annotations: Labels }[] =>
  ports.sent
    .filter(({ labels }) => labelValue(labels, 'alertname') === alertname)
    .map(({ updatedAtMs, startsAtMs, endsAtMs, annotations }) => {
      const [at = 0, from = 0, to = 0] = [updatedAtMs, startsAtMs, endsAtMs].map((timeMs) => (timeMs - START) / 1000);
      return { at, from, to, annotations };
    });

test('PendingAndFiringAndResolved: an alert waits, fires, is told again with new values, resolves, and all of it once more', {
  skip,
}, async () => {
  const name = 'PendingAndFiringAndResolved';
  const alertname = `${name}_SimpleAlert`;
  const runs: Run[] = [
    [3, 1],
    [5, 3],
    [9, 4],
    [11, 13],
    [15, 32],
    [19, 16],
    [9, 20],
    [15, 45],
    [8, 16],
  ];
  const all = caseOf(name, [[{ alertname }, runs]]);
  assert.deepEqual((await statesOf(all, [alertname]))[0], [
    '120 pending',
    '480 firing',
    '1050 inactive',
    '1350 pending',
    '1710 firing',
    '2010 inactive',
  ]);
  const told = toldOf(all, alertname);
  assert.deepEqual(
    told.slice(0, 2).map(({ at, from, to }) => [at, from, to]),
    [
      [480, 480, 720],
      [570, 480, 810],
    ],
  );
  for (const { at, from, to, annotations } of told) {
    const isFiring = (at >= 480 && at < 1050) || (at >= 1710 && at < 2010);
    const start = at < 1700 ? 480 : 1710;
    assert.deepEqual([from, to], [start, isFiring ? at + 240 : at < 1700 ? 1050 : 2010]);
    const value = at < 810 || at >= 1350 ? 15 : 19;
    assert.equal(labelValue(annotations, 'summary'), `The value is ${value} ${value}`);
  }
  assert.ok(
    told.every(({ at }) => at < 1350 || at >= 1710),
    'nothing is told while it is pending',
  );
});

test('PendingAndResolved_AlwaysInactive: what never fires is never told', { skip }, async () => {
  const name = 'PendingAndResolved_AlwaysInactive';
  const [pending, inactive] = [`${name}_PendingAlert`, `${name}_InactiveAlert`];
  const runs: Run[] = [
    [3, 1],
    [5, 3],
    [9, 4],
    [12, 10],
    [9, 20],
  ];
  const all = caseOf(name, [
    [{ alertname: pending }, runs],
    [{ alertname: inactive }, runs],
  ]);
  assert.deepEqual(await statesOf(all, [pending], [inactive]), [['120 pending', '270 inactive'], []]);
  assert.deepEqual(all.ports.sent, []);
});

test('ZeroFor_SmallFor: without `for` an alert fires at once, with a short one at the next evaluation; templates say what upstream’s do', {
  skip,
}, async () => {
  const name = 'ZeroFor_SmallFor';
  const [zero, small] = [`${name}_ZeroFor`, `${name}_SmallFor`];
  const runs: Run[] = [
    [3, 1],
    [5, 3],
    [9, 4],
    [15, 13],
    [9, 72],
    [11, 13],
    [9, 1],
  ];
  const templates = [1, 2, 3].map(
    (i) =>
      [
        { for: 'template', id: `${100 + i}` },
        [
          [i, 28],
          [2 * i, 100],
        ] as Run[],
      ] as const,
  );
  const all = caseOf(name, [[{ alertname: zero }, runs], [{ alertname: small }, runs], ...templates], 300);
  assert.deepEqual(await statesOf(all, [zero], [small]), [
    ['120 firing', '330 inactive', '1410 firing', '1590 inactive'],
    ['120 pending', '150 firing', '330 inactive'],
  ]);
  const told = toldOf(all, zero);
  assert.deepEqual(labelsToRecord(told[0]?.annotations ?? []), {
    __proto__: null,
    description: 'This should immediately fire',
    template_query_test: 'Args are: foo bar 99. first_id:101,101:1,102:2,103:3,',
    template_test: '1.049M 1Mi 2m 15s 95.9% 2022-01-25 12:36:43 +0000 UTC',
  });
  const again = told.find(({ from }) => from === 1410);
  assert.match(labelValue(again?.annotations ?? [], 'template_query_test'), /101:2,102:4,103:6,$/);
  const text = 'This Part IS TESTING the strings. ::1 127.0.0.1. 7815. replaced text. .';
  assert.equal(labelValue(toldOf(all, small)[0]?.annotations ?? [], 'template_test'), text);
  const lastResolved = told.filter(({ from }) => from === 120).at(-1);
  assert.ok((lastResolved?.at ?? 0) <= 330 + 900, 'resolved is told for 15 minutes');
});

test('NewAlerts_OrderCheck: alerts of one rule live by themselves, and a rule sees the ALERTS of one before it at once', {
  skip,
}, async () => {
  const name = 'NewAlerts_OrderCheck';
  const [first, second] = [`${name}_Rule1`, `${name}_Rule2`];
  const one: Run[] = [
    [1, 8],
    [11, 65],
    [9, 21],
  ];
  const two: Run[] = [
    [1, 32],
    [11, 33],
    [9, 21],
  ];
  const all = caseOf(name, [
    [{ alertname: first, variant: 'one' }, one],
    [{ alertname: first, variant: 'two' }, two],
  ]);
  assert.deepEqual(await statesOf(all, [first, 'one'], [first, 'two'], [second]), [
    ['120 pending', '300 firing', '1110 inactive'],
    ['480 pending', '660 firing', '990 inactive'],
    ['660 firing', '990 inactive'],
  ]);
  const [told] = toldOf(all, second);
  assert.equal(
    labelValue(told?.annotations ?? [], 'description'),
    `Based on ALERTS. Old alertname was ${first}. foo was bar.`,
  );
});
