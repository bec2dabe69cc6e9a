import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConfigError, loadConfig, settings, splitAddress } from './config.ts';
import { OTHER_VARIABLES } from './environment.ts';

const folder = mkdtempSync(join(tmpdir(), 'trilith-config-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

function withFile(text: string): string {
  const path = join(folder, `${files++}.yaml`);
  writeFileSync(path, text);
  return path;
}

test('defaults are complete without any configuration', () => {
  const config = loadConfig([], {});
  assert.equal(config.listen, '127.0.0.1:3000');
  assert.equal(config.retention.metrics_days, 30);
  assert.equal(config.retention.logs_days, 14);
  assert.equal(config.retention.traces_days, 7);
  assert.equal(config.limits.ingest_mib_per_second, 20);
});

test('flags win over the environment, the environment over the file', () => {
  const file = withFile('data: /from/file\nlisten: 127.0.0.1:1\nretention:\n  logs_days: 3\n');
  const config = loadConfig(['--config', file, '--data=/from/flag'], {
    TRILITH_LISTEN: '127.0.0.1:2',
    TRILITH_DATA: '/from/env',
  });
  assert.equal(config.data, '/from/flag');
  assert.equal(config.listen, '127.0.0.1:2');
  assert.equal(config.retention.logs_days, 3);
});

const refused: readonly (readonly [string, RegExp])[] = [
  ['listen: 127.0.0.1:3000\nlisten_on: x\n', /:2: unknown key listen_on/],
  ['retention:\n  metrics_days: 30\n  log_days: 3\n', /:3: unknown key retention\.log_days/],
  ['retention:\n  metrics_days: many\n', /:2: retention\.metrics_days: /],
  ['listen: [\n', /:\d+: /],
  ['- a\n', /must be a mapping/],
];
for (const [text, message] of refused) {
  test(`refuses ${JSON.stringify(text)} naming the line`, () => {
    const file = withFile(text);
    assert.throws(
      () => loadConfig(['--config', file], {}),
      (error) => error instanceof ConfigError && message.test(error.message),
    );
  });
}

test('a misspelt variable or flag is an error, not a silence', () => {
  assert.throws(() => loadConfig([], { TRILITH_LISTN: 'x' }), /unknown environment variable TRILITH_LISTN/);
  assert.throws(() => loadConfig(['--listn', 'x'], {}), /unknown flag --listn/);
});

test('variables of tests are nobody’s setting', () => {
  assert.deepEqual(loadConfig([], { TRILITH_TEST_LOKI: '/usr/bin/loki', TRILITH_TEST_FULL: '1' }), loadConfig([], {}));
});

test('addresses split into host and port', () => {
  assert.deepEqual(splitAddress('[::1]:80'), { host: '::1', port: 80 });
  assert.deepEqual(splitAddress(':9090'), { host: '0.0.0.0', port: 9090 });
});

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../../docs/configuration.md'), 'utf8');
const ROWS = new Map(
  [...DOCUMENT.matchAll(/^\| `([^`]+)` +\| (.*?) +\| (.*?) +\| (.*?) +\| (.*?) +\|$/gm)].map(([, key, ...cells]) => [
    key,
    cells,
  ]),
);

test('the document names every setting with its variable, its flag and its default, and no other', () => {
  for (const { key, variable, fallback } of settings()) {
    const [ofVariable, ofFlag, ofDefault, meaning] = ROWS.get(key) ?? [];
    assert.equal(ofVariable, variable === undefined ? 'none' : `\`${variable}\``, key);
    const flag = variable?.slice('TRILITH_'.length).toLowerCase().replaceAll('_', '-');
    assert.equal(ofFlag, flag === undefined ? 'none' : `\`--${flag}\``, key);
    if (fallback === '') assert.equal(ofDefault, 'empty', key);
    else if (fallback === undefined || Array.isArray(fallback))
      assert.ok(['none', 'required'].includes(ofDefault ?? ''), key);
    else assert.equal(ofDefault, `\`${fallback}\``, key);
    assert.notEqual(meaning ?? '', '', key);
  }
  assert.deepEqual(
    [...ROWS.keys()].sort(),
    settings()
      .map(({ key }) => key)
      .sort(),
  );
});

test('the document names every other variable', () => {
  for (const variable of OTHER_VARIABLES) assert.ok(DOCUMENT.includes(`\`${variable}\``), variable);
});
