import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { ConfigFileError } from '../../../base/yaml_reader.ts';
import { configFingerprint, loadPrometheusConfig } from './load.ts';
import { parsePrometheusConfig } from './prometheus_config.ts';

test('a scrape configuration is read with its defaults and the global ones', () => {
  const config = parsePrometheusConfig(`
global:
  scrape_interval: 1m30s
  sample_limit: 1500
scrape_configs:
  - job_name: payments
    scrape_timeout: 5s
    body_size_limit: 15MB
    params: {module: [http_2xx], "match[]": [a, b]}
    static_configs:
      - targets: ['a:1', 'b:2']
        labels: {env: prod, shard: 7}
    metric_relabel_configs:
      - source_labels: [__name__]
        regex: go_.*
        action: drop
  - job_name: other
    scheme: https
    metrics_path: /m
    scrape_interval: 500ms
`);
  const [payments, other] = config.jobs;
  assert.deepEqual(
    [payments?.intervalMs, payments?.timeoutMs, payments?.sampleLimit, payments?.bodySizeLimit, payments?.metricsPath],
    [90_000, 5_000, 1500, 15 * 1024 * 1024, '/metrics'],
  );
  assert.deepEqual(payments?.params, [
    ['module', 'http_2xx'],
    ['match[]', 'a'],
    ['match[]', 'b'],
  ]);
  assert.deepEqual(
    payments?.groups.map(({ targets, labels }) => [targets, { ...labels }]),
    [[['a:1', 'b:2'], { env: 'prod', shard: '7' }]],
  );
  assert.equal(payments?.metricRelabel[0]?.action, 'drop');
  assert.deepEqual([other?.scheme, other?.metricsPath, other?.intervalMs, other?.timeoutMs], ['https', '/m', 500, 500]);
  assert.deepEqual(config.notices, []);
});

test('a mistake names its line', () => {
  for (const [source, message] of [
    ['global:\n  scrape_intervl: 5s\n', /^ConfigFileError: line 2: unknown key "scrape_intervl" in global$/],
    [
      'scrape_configs:\n  - job_name: a\n    honor_labels: maybe\n',
      /line 3: scrape_configs\[0\]\.honor_labels: expected true or false/,
    ],
    ['scrape_configs:\n  - job_name: a\n  - job_name: a\n', /line 3: found multiple scrape configs with job name "a"/],
    [
      'scrape_configs:\n  - job_name: a\n    relabel_configs:\n      - regex: "(a"\n        target_label: b\n',
      /line 4: .*is not RE2/,
    ],
    [
      'scrape_configs:\n  - job_name: a\n    scrape_timeout: 2m\n',
      /line 3: .*scrape timeout greater than scrape interval/,
    ],
    ['global: {a: 1\n', /line \d+: /],
    ['- a\n', /line 1: expected a mapping/],
  ] as const) {
    assert.throws(() => parsePrometheusConfig(source), message, source);
  }
});

test('what is not supported yet is named with its line and hinders nothing', () => {
  const config = parsePrometheusConfig(`rule_files: [a.yml]
remote_write:
  - url: http://x/
scrape_configs:
  - job_name: a
    consul_sd_configs:
      - server: c:8500
    static_configs:
      - targets: [b]
`);
  assert.equal(config.jobs[0]?.groups.length, 1);
  assert.deepEqual(config.ruleFiles, ['a.yml']);
  assert.deepEqual(
    config.notices.map(({ message }) => message),
    [
      'remote_write is not used yet (line 2)',
      'consul_sd_configs is not run by Trilith: job "a" scrapes only what its other discoveries find (line 6)',
    ],
  );
});

test('secrets of the file are not shown by inspection or JSON', () => {
  const config = parsePrometheusConfig(
    'scrape_configs:\n  - job_name: a\n    basic_auth: {username: u, password: hunter2}\n  - job_name: b\n    authorization: {credentials: hunter2}\n',
  );
  assert.equal(inspect(config, { depth: 9 }).includes('hunter2'), false);
  assert.equal(JSON.stringify(config).includes('hunter2'), false);
});

const EXAMPLES = new URL('../../../../../../shared/conformance/rules/prometheus-config-examples/', import.meta.url);
const CONFIGS = new URL('../../../../../../shared/conformance/rules/prometheus-config/', import.meta.url);
const absent = (path: URL) => (existsSync(path) ? false : `the conformance inputs are not at ${path.pathname}`);

test('upstream’s example configurations are accepted', { skip: absent(EXAMPLES) }, () => {
  const names = readdirSync(EXAMPLES).filter((name) => name.startsWith('prometheus') && name.endsWith('.yml'));
  assert.equal(names.length > 15, true);
  for (const name of names) {
    const config = parsePrometheusConfig(readFileSync(new URL(name, EXAMPLES), 'utf8'));
    assert.equal(config.jobs.length > 0 || name === 'prometheus-otlp.yml', true, name);
  }
});

/** Faults that are not of the file alone: files it includes, and job names across them. */
const OF_OTHER_FILES = /^scrape_config_files_(?:double_import|duplicate|global|global_duplicate)\.bad\.yml$/;

test('upstream’s test configurations: good ones are accepted, bad ones are refused', { skip: absent(CONFIGS) }, () => {
  const wrong: string[] = [];
  let [accepted, refused] = [0, 0];
  for (const name of readdirSync(CONFIGS).filter((file) => /\.(good|bad)\.yml$/.test(file))) {
    const good = name.endsWith('.good.yml');
    if (OF_OTHER_FILES.test(name)) continue;
    try {
      parsePrometheusConfig(readFileSync(new URL(name, CONFIGS), 'utf8'));
      if (good) accepted++;
      else wrong.push(`${name} was accepted`);
    } catch (error) {
      if (!(error instanceof ConfigFileError)) throw error;
      if (good) wrong.push(`${name}: ${error.message}`);
      else refused++;
    }
  }
  assert.deepEqual(wrong, []);
  assert.equal(accepted > 50 && refused > 130, true, `${accepted} accepted, ${refused} refused`);
});

test('files of jobs are included, and a change in any of them is seen', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'trilith-config-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const main = join(folder, 'prometheus.yml');
  writeFileSync(
    main,
    'global: {scrape_interval: 7s}\nscrape_config_files: [jobs/*.yml]\nscrape_configs: [{job_name: a}]\n',
  );
  mkdirSync(join(folder, 'jobs'));
  writeFileSync(join(folder, 'jobs/b.yml'), 'scrape_configs: [{job_name: b}]\n');
  const { jobs } = loadPrometheusConfig(main);
  assert.deepEqual(
    jobs.map(({ name, intervalMs, directory }) => [name, intervalMs, directory]),
    [
      ['a', 7_000, folder],
      ['b', 7_000, join(folder, 'jobs')],
    ],
  );
  const before = configFingerprint(main);
  assert.equal(configFingerprint(main), before);
  writeFileSync(join(folder, 'jobs/c.yml'), 'scrape_configs: [{job_name: a}]\n');
  assert.notEqual(configFingerprint(main), before);
  assert.throws(() => loadPrometheusConfig(main), /jobs\/c\.yml: found multiple scrape configs with job name "a"/);
});
