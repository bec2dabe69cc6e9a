import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CommandError } from './http.ts';
import { testCommand } from './test_rules.ts';

const RULES = `
groups:
  - name: shop
    rules:
      - {record: 'job:up:sum', expr: sum by (job) (up)}
      - alert: Down
        expr: up == 0
        for: 2m
        keep_firing_for: 2m
        labels: {severity: page}
        annotations: {summary: '{{ $labels.instance }} of {{ $externalLabels.dc }} since {{ query "time()" | first | value | humanizeDuration }}'}
      - {alert: Many, expr: 'job:up:sum > 1', limit: 0}
`.replace(', limit: 0', '');

const TESTS = (expected: string): string => `
rule_files: ['rules*.yml']
evaluation_interval: 1m
tests:
  - name: a host goes down and comes back
    interval: 1m
    external_labels: {dc: north}
    input_series:
      - {series: 'up{job="web",instance="a"}', values: '1 0x6 1x10'}
      - {series: 'up{job="web",instance="b"}', values: '1x20'}
    alert_rule_test:
      - {eval_time: 2m, alertname: Down, exp_alerts: []}
      - eval_time: 3m
        alertname: Down
        exp_alerts: [{exp_labels: {severity: page, job: web, instance: a}, exp_annotations: {summary: ${expected}}}]
      - eval_time: 8m
        alertname: Down
        exp_alerts: [{exp_labels: {severity: page, job: web, instance: a}, exp_annotations: {summary: a of north since 7m 0s}}]
      - {eval_time: 12m, alertname: Down, exp_alerts: []}
      - {eval_time: 0m, alertname: Many, exp_alerts: [{exp_labels: {job: web}}]}
    promql_expr_test:
      - {expr: 'job:up:sum', eval_time: 3m, exp_samples: [{labels: 'job:up:sum{job="web"}', value: 1}]}
      - {expr: 'ALERTS{alertname="Down"}', eval_time: 2m, exp_samples: [{labels: 'ALERTS{alertname="Down",alertstate="pending",instance="a",job="web",severity="page"}', value: 1}]}
  - name: histograms
    interval: 1m
    input_series:
      - {series: latency, values: '{{schema:0 count:2 sum:3 buckets:[1 1]}}+{{count:1 sum:1 buckets:[1]}}x3'}
    promql_expr_test:
      - {expr: latency, eval_time: 1m, exp_samples: [{labels: latency, histogram: '{{count:3 sum:4 counter_reset_hint:not_reset buckets:[2 1]}}'}]}
      - {expr: histogram_count(latency), eval_time: 3m, exp_samples: [{value: 5}]}
`;

function files(t: TestContext, contents: Readonly<Record<string, string>>): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'trilith-test-rules-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(folder, name), text);
  return (name) => join(folder, name);
}

async function run(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await testCommand(args, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

test('a file whose expectations hold passes: states, templates, recorded series, histograms', async (t) => {
  const at = files(t, { 'rules.yml': RULES, 'tests.yml': TESTS('a of north since 3m 0s') });
  assert.deepEqual(await run(['rules', at('tests.yml')]), { code: 0, out: '  SUCCESS\n', err: '' });
});

test('what does not hold fails, in promtool’s words, on the terminal and as JUnit', async (t) => {
  const at = files(t, { 'rules.yml': RULES, 'tests.yml': TESTS('wrong') });
  const { code, out, err } = await run(['rules', `--junit=${at('report.xml')}`, at('tests.yml')]);
  assert.deepEqual([code, out], [1, '']);
  assert.equal(
    err,
    `  FAILED:
    name: a host goes down and comes back,
    alertname: Down, time: 3m, 
        exp:[
            0:
              Labels:{alertname="Down", instance="a", job="web", severity="page"}
              Annotations:{summary="wrong"}
            ], 
        got:[
            0:
              Labels:{alertname="Down", instance="a", job="web", severity="page"}
              Annotations:{summary="a of north since 3m 0s"}
            ]
`,
  );
  const report = readFileSync(at('report.xml'), 'utf8');
  assert.match(report, /^<testsuites><testsuite name="[^"]+" tests="2" failures="1" errors="0" skipped="0"/);
  assert.match(report, /<testcase name="a host goes down and comes back"><failure>.*Labels:\{alertname=&#34;Down&#34;/);
  assert.match(report, /<testcase name="histograms"><\/testcase>/);
  assert.match(
    (await run(['rules', '--diff', at('tests.yml')])).err,
    /^-.*summary="wrong"\}\n\+.*summary="a of north since 3m 0s"\}\n {13}\]$/m,
  );
  const debug = await run(['rules', '--debug', '--run=histograms', at('tests.yml')]);
  assert.match(debug.err, /\{__name__="latency"\} =>\n\{count:3, sum:4, \(0\.5,1\]:2, \(1,2\]:1\} @\[60000\]\n/);
});

test('--run chooses tests by name, and a file that cannot be used fails as a whole', async (t) => {
  const at = files(t, {
    'rules.yml': RULES,
    'tests.yml': TESTS('wrong'),
    'broken.yml': 'tests: [{nome: x}]\n',
    'twice.yml': 'group_eval_order: [a, a]\n',
    'orphan.yml':
      'rule_files: [none.yml]\ntests: [{promql_expr_test: [{expr: "1", eval_time: 0, exp_samples: [{value: 1}]}]}]\n',
  });
  assert.equal((await run(['rules', '--run=^histo', at('tests.yml')])).code, 0);
  assert.match((await run(['rules', at('broken.yml')])).err, /unknown key "nome" in tests\[0\]/);
  assert.match((await run(['rules', at('twice.yml')])).err, /group name repeated in evaluation order: a/);
  assert.match((await run(['rules', '--run=(', at('tests.yml')])).err, /missing closing \)/);
  const orphan = await run(['rules', at('orphan.yml')]);
  assert.deepEqual([orphan.code, orphan.err], [0, `  WARNING: no file match pattern ${at('none.yml')}`]);
});

test('wrong usage says how to use it', async () => {
  await assert.rejects(run(['rules']), CommandError);
  await assert.rejects(run(['rules', '--rum=x', 'a.yml']), /unknown flag --rum=x/);
  assert.match((await run(['--help'])).out, /^usage: trilith test rules/);
});

test('a series that repeats without end is refused, not written into memory', async (t) => {
  const at = files(t, {
    'tests.yml':
      'tests: [{input_series: [{series: x, values: "1x99999999999"}], promql_expr_test: [{expr: x, eval_time: 0}]}]\n',
  });
  assert.match((await run(['rules', at('tests.yml')])).err, /repeats a point more than/);
});
