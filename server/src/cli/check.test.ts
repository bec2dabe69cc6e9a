import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import * as v from 'valibot';
import { maskingSchema } from '../ingest/index.ts';
import { checkCommand } from './check.ts';
import { CommandError } from './http.ts';

async function check(args: readonly string[], input = ''): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await checkCommand(args, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    stdin: () => new TextEncoder().encode(input),
    masking: () => v.parse(maskingSchema, {}),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

function files(t: TestContext, contents: Readonly<Record<string, string>>): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'trilith-check-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return (name) => join(folder, name);
}

const RULES = 'groups:\n  - name: a\n    rules:\n      - {record: x, expr: up}\n';

test('a configuration is checked with the files it names', async (t) => {
  const at = files(t, {
    'good.yml':
      'rule_files: [rules/*.yml]\nscrape_config_files: [more.yml]\nscrape_configs:\n  - job_name: a\n    file_sd_configs: [{files: [sd.json, none.yml]}]\n',
    'more.yml': 'scrape_configs: [{job_name: b}]\n',
    'sd.json': '[{"targets": ["x:1"]}]',
    'rules/a.yml': RULES,
    'twice.yml': 'scrape_config_files: [more.yml]\nscrape_configs: [{job_name: b}]\n',
    'absent.yml': 'rule_files: [nowhere.yml]\n',
    'sd.yml': 'scrape_configs:\n  - job_name: a\n    file_sd_configs: [{files: [bad.json]}]\n',
    'bad.json': '[{"targets": ["http://x/"]}]',
    'tls.yml': 'scrape_configs:\n  - job_name: a\n    tls_config: {ca_file: nowhere.pem}\n',
  });
  const good = await check(['config', at('good.yml')]);
  assert.equal(good.code, 0, good.err);
  assert.match(good.out, /SUCCESS: 1 rule files found/);
  assert.match(good.out, /is valid prometheus config file syntax/);
  assert.match(good.out, /WARNING: file ".*none\.yml" for file_sd in scrape job "a" does not exist/);
  assert.match(good.out, /SUCCESS: 1 rules found/);
  for (const [name, message] of [
    ['twice.yml', /found multiple scrape configs with job name "b", first found in main config file/],
    ['absent.yml', /does not point to an existing file/],
    ['sd.yml', /"http:\/\/x\/" is not a valid hostname/],
    ['tls.yml', /error checking CA file "nowhere\.pem"/],
    ['missing.yml', /ENOENT/],
  ] as const) {
    const { code, err } = await check(['config', at(name)]);
    assert.equal(code, 1, name);
    assert.match(err, message);
  }
  assert.equal((await check(['config', '--syntax-only', at('tls.yml')])).code, 0);
  assert.equal((await check(['config', '--agent', at('absent.yml')])).code, 1);
});

test('lint problems fail only when they are fatal', async (t) => {
  const at = files(t, {
    'twice.yml': `${RULES}      - {record: x, expr: down}\n`,
    'slow.yml': 'global: {scrape_interval: 10m}\nscrape_configs: [{job_name: a}]\n',
  });
  const twice = await check(['rules', at('twice.yml')]);
  assert.equal(twice.code, 0);
  assert.match(twice.err, /1 duplicate rule\(s\) found/);
  assert.equal((await check(['rules', '--lint-fatal', at('twice.yml')])).code, 3);
  assert.equal((await check(['rules', '--lint=none', '--lint-fatal', at('twice.yml')])).code, 0);
  assert.equal((await check(['config', '--lint=too-long-scrape-interval', '--lint-fatal', at('slow.yml')])).code, 3);
});

test('rules are read from standard input too, with features switched on by name', async () => {
  assert.match((await check(['rules'], RULES)).out, /SUCCESS: 1 rules found/);
  const experimental = 'groups: [{name: a, rules: [{record: x, expr: "mad_over_time(up[5m])"}]}]';
  assert.equal((await check(['rules'], experimental)).code, 1);
  assert.equal((await check(['rules', '--enable-feature=promql-experimental-functions'], experimental)).code, 0);
});

test('metrics: errors fail, habits are lint problems, cardinality is a table', async () => {
  assert.equal((await check(['metrics'], '# HELP a_total A.\n# TYPE a_total counter\na_total 1\n')).code, 0);
  const lint = await check(['metrics'], '# TYPE aB gauge\naB{le="1"} 1\nx_total 1\n# TYPE t_ms gauge\nt_ms 2\n');
  assert.equal(lint.code, 3);
  assert.deepEqual(lint.err.split('\n'), [
    "aB metric names should be written in 'snake_case' not 'camelCase'",
    'aB no help text',
    'aB non-histogram metrics should not have "le" label',
    't_ms metric names should not contain abbreviated units',
    't_ms no help text',
    'x_total no help text',
  ]);
  const broken = await check(['metrics'], 'a{b="c" 1\n');
  assert.deepEqual([broken.code, /line 1/.test(broken.err)], [1, true]);
  const table = (await check(['metrics', '--extended', '--lint=none'], 'a{x="1"} 1\na{x="2"} 1\nb 1\n')).out;
  assert.match(table, /^a +2 +66\.67%$/m);
  const exemplar = '# TYPE a counter\na_total 1 # {x="y"} 1\n# EOF\n';
  assert.match((await check(['metrics'], exemplar)).err, /--format=openmetrics/);
  assert.equal((await check(['metrics', '--format=openmetrics'], exemplar)).code, 0);
});

test('masking: lines are printed as they would be stored, a pattern of one’s own is tried besides', async (t) => {
  const path = files(t, { 'a.log': 'card 4111111111111111\nnothing\norder 12\n' });
  const all = await check(['masking', '--pattern=order \\d+', '--replacement=order #', path('a.log')]);
  assert.deepEqual([all.code, all.out], [0, 'card 411111******1111\nnothing\norder #']);
  assert.equal(all.err, '2 of 3 lines changed\n  card: 1\n  test: 1');
  assert.equal((await check(['masking', '--changed'], 'nothing\nbob@example.com')).out, '***@example.com');
  await assert.rejects(() => check(['masking', '--pattern=('], ''), CommandError);
  await assert.rejects(() => check(['masking', path('none.log')]), CommandError);
});

test('wrong usage is said', async () => {
  for (const args of [
    [],
    ['weather'],
    ['config'],
    ['rules', '--colour'],
    ['metrics', '--format=json'],
    ['metrics', 'a'],
    ['runbooks'],
    ['runbooks', 'nowhere'],
    ['alertmanager', '--colour'],
  ])
    await assert.rejects(() => check(args), CommandError, args.join(' '));
});

test('rules over LogQL are checked as such when asked for', async (t) => {
  const rule = (expr: string): string => `groups: [{name: a, rules: [{alert: A, expr: '${expr}'}]}]\n`;
  const at = files(t, {
    'errors.yml': rule('sum(rate({app="shop"} |= "error" [5m])) > 1'),
    'lines.yml': rule('{app="shop"} |= "error"'),
  });
  assert.equal((await check(['rules', at('errors.yml')])).code, 1);
  assert.equal((await check(['rules', '--logql', at('errors.yml')])).code, 0);
  assert.equal((await check(['rules', '--logql', at('lines.yml')])).code, 1);
});

test('alertmanager.yml is checked with its templates, in amtool’s words', async (t) => {
  const at = files(t, {
    'good.yml': 'route: {receiver: a}\nreceivers: [{name: a}]\ntemplates: [t/*.tmpl, none/*.tmpl]\n',
    't/a.tmpl': '{{ define "x" }}{{ .Status }}{{ end }}',
    'bad.yml': 'route: {receiver: b}\nreceivers: [{name: a}]\n',
    'template.yml': 'route: {receiver: a}\nreceivers: [{name: a}]\ntemplates: [broken.tmpl]\n',
    'broken.tmpl': '{{ define "x" }}',
  });
  const good = await check(['alertmanager', at('good.yml')]);
  assert.equal(good.code, 0);
  assert.equal(
    good.out.replace(at('good.yml'), 'F'),
    `Checking 'F'  SUCCESS\nFound:\n - global config\n - route\n - 0 inhibit rules\n - 1 receivers\n - 2 templates\n  SUCCESS\n`,
  );
  const bad = await check(['alertmanager', at('bad.yml'), at('template.yml'), at('good.yml')]);
  assert.equal(bad.code, 1);
  assert.match(bad.out, /bad\.yml' {2}FAILED: .*undefined receiver "b" used in route/);
  assert.match(bad.out, / {2}FAILED: .*broken\.tmpl:1: unexpected EOF/);
  assert.equal(bad.err, 'failed to validate 2 file(s)');
  assert.equal((await check(['alertmanager'], 'route: {receiver: a}\nreceivers: [{name: a}]\n')).code, 0);
});

test('runbooks: dead links, broken queries and rules without one are found before they are needed', async (t) => {
  const at = files(t, {
    'good/down.md': '# Down\n```promql\nup{job="$labels.job"} == 0\n```\n',
    'bad/slow.md': '# Slow\nsee [that](gone.md)\n```promql\nsum(rate(\n```\n',
    'rules.yml': `groups: [{name: a, rules: [{alert: Down, expr: up == 0}, {alert: Full, expr: up == 0}]}]\n`,
    'dead.yml': `groups: [{name: a, rules: [{alert: X, expr: up == 0, annotations: {runbook: "https://r/x"}}]}]\n`,
  });
  const good = await check(['runbooks', `--rules=${at('rules.yml')}`, at('good')]);
  assert.equal(good.code, 0, good.err);
  assert.match(good.out, /SUCCESS: 1 runbooks with 1 queries and 0 images found, for 2 alerting rules/);
  assert.match(good.err, /WARNING: .*Full has no runbook/);
  assert.equal((await check(['runbooks', '--require', `--rules=${at('rules.yml')}`, at('good')])).code, 1);
  const bad = await check(['runbooks', '--base-urls=https://r/', `--rules=${at('dead.yml')}`, at('bad')]);
  assert.equal(bad.code, 1);
  assert.match(bad.err, /slow\.md:2: gone\.md: gone\.md is not in the folder/);
  assert.match(bad.err, /slow\.md:4: promql: /);
  assert.match(bad.err, /X: https:\/\/r\/x: x\.md is not in the folder of runbooks/);
});
