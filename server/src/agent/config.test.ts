import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { builtinJob, loadPrometheusConfig } from '../receive/scrape/index.ts';
import { AgentConfigError, describeVariables, loadAgentConfig, settingKeys } from './config.ts';
import { onNode } from './scraping.ts';

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'trilith-agent-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

function load(t: TestContext, yaml: string, env: Record<string, string> = {}) {
  const path = join(directory(t), 'agent.yaml');
  writeFileSync(path, yaml);
  return loadAgentConfig(path, env);
}

test('without a file and variables there is a configuration that works', () => {
  const config = loadAgentConfig(undefined, {});
  assert.equal(config.server.url, 'http://127.0.0.1:3000');
  assert.ok(config.containers !== false && config.containers.paths.length > 0);
});

test('variables win over the file', (t) => {
  const yaml = 'server: { url: "http://a:1", key: k }\nbuffer: { logs_mib: 5 }\n';
  const config = load(t, yaml, { TRILITH_URL: 'https://b', TRILITH_AGENT_HOST_METRICS: 'off', NODE_NAME: 'n1' });
  assert.deepEqual(
    [config.server.url, config.server.key, config.buffer.logs_mib, config.host_metrics, config.kubernetes.node],
    ['https://b', 'k', 5, false, 'n1'],
  );
});

for (const [yaml, message] of [
  ['servr: {}', /unknown key servr/],
  ['server: { url: ftp://x }', /server\.url: must be an http/],
  ['files: [{ paths: [relative.log] }]', /files\.0\.paths\.0: must be an absolute path/],
  ['files: [{ paths: [] }]', /needs at least one path/],
  ['files: [{ paths: [/a], encoding: utf-16le }]', /encoding/],
  ['files: [{ paths: [/a], encoding: klingon }]', /encoding/],
  ['files: [{ paths: [/a], multiline: { first_line: "(" } }]', /multiline/],
  ['listen: here', /must be host:port/],
  ['a: [', /agent\.yaml:\d+: /],
  ['[]', /must be a mapping/],
] as const) {
  test(`a mistake is named: ${yaml}`, (t) => {
    assert.throws(
      () => load(t, yaml),
      (error) => error instanceof AgentConfigError && message.test(error.message),
    );
  });
}

test('variables of the wrong kind are named', () => {
  assert.throws(() => loadAgentConfig(undefined, { TRILITH_AGENT_BUFFER_LOGS_MIB: 'many' }), /must be a number/);
  assert.throws(() => loadAgentConfig(undefined, { TRILITH_AGENT_HOST_METRICS: 'perhaps' }), /must be true or false/);
});

test('docs/agent.md lists every setting and variable, and none that is not there', () => {
  const text = readFileSync(new URL('../../../docs/agent.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([a-z_.[\]]+)` +\| (?:`([A-Z_]+)`|none) /gm)];
  assert.deepEqual(new Set(rows.map(([, key]) => key)), new Set([...settingKeys(), 'containers']));
  const variables = new Set(
    describeVariables()
      .match(/^ {2}[A-Z_]+/gm)
      ?.map((name) => name.trim()),
  );
  assert.deepEqual(new Set(rows.flatMap(([, , variable]) => (variable === undefined ? [] : [variable]))), variables);
});

test('the manifest for Kubernetes is YAML, and the configuration in it is one', (t) => {
  const text = readFileSync(new URL('../../../docs/kubernetes/agent.yaml', import.meta.url), 'utf8');
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>);
  const kinds = documents.map(({ kind }) => kind);
  assert.deepEqual(kinds, [
    'Namespace',
    'ServiceAccount',
    'ClusterRole',
    'ClusterRoleBinding',
    'ConfigMap',
    'DaemonSet',
  ]);
  const { data } = documents[4] as { data: Record<'agent.yaml' | 'prometheus.yml', string> };
  assert.equal(load(t, data['agent.yaml']).proc, '/host/proc');
  const path = join(directory(t), 'prometheus.yml');
  writeFileSync(path, data['prometheus.yml']);
  const [job] = loadPrometheusConfig(path).jobs;
  assert.ok(job);
  const [found] = onNode(job, 'node-1').discovery;
  assert.ok(found?.kind === 'kubernetes');
  assert.deepEqual(found.selectors, [{ role: 'pod', label: '', field: 'spec.nodeName=node-1' }]);
});

test('jobs of other roles, with selectors of their own or without a node stay as they are', () => {
  const job = builtinJob('x', 1000, '/metrics', 'h:1');
  assert.equal(onNode(job, ''), job);
  assert.deepEqual(onNode(job, 'n'), job);
});
