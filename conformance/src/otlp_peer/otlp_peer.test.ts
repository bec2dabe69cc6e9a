import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { findPrometheus, startPrometheus } from '../promql_peer/prometheus.ts';
import { eventually, startServer } from '../running_server.ts';
import { otlpRequests } from './requests.ts';

const found = findPrometheus();
const knows = (word: string): boolean =>
  found !== undefined && spawnSync(found.binary, ['--help'], { encoding: 'utf8' }).stdout.includes(word);
const missing = !knows('web.enable-otlp-receiver')
  ? 'no Prometheus 3 to compare with (TRILITH_TEST_PROMETHEUS names one)'
  : !knows('otlp-deltatocumulative')
    ? 'this Prometheus does not make deltas cumulative'
    : false;

/** Features both run with; with the last settings series say their type and unit in labels too. */
const FEATURES = 'otlp-deltatocumulative,exemplar-storage';
const TYPED = ',type-and-unit-labels';
const WITHIN_MS = 15_000;
const folder = await mkdtemp(join(tmpdir(), 'trilith-otlp-peer-'));
after(() => rm(folder, { recursive: true, force: true }));

/** `otlp` blocks, each of which both servers are started with. */
const SETTINGS: Readonly<Record<string, string>> = {
  defaults: '{}',
  'promoted attributes, scopes, custom buckets': `
  promote_resource_attributes: [k8s.pod.name, service.name, _private]
  keep_identifying_resource_attributes: true
  convert_histograms_to_nhcb: true
  promote_scope_metadata: true`,
  'underscores without suffixes': `
  translation_strategy: UnderscoreEscapingWithoutSuffixes
  promote_all_resource_attributes: true
  ignore_resource_attributes: [service.name]
  label_name_underscore_sanitization: false
  label_name_preserve_multiple_underscores: false`,
  'names as they are, with suffixes': `
  translation_strategy: NoUTF8EscapingWithSuffixes
  promote_scope_metadata: true`,
  'no translation': `
  translation_strategy: NoTranslation
  promote_all_resource_attributes: true`,
};

describe('OTLP metrics, the same bytes to Prometheus and to us', { skip: missing }, () => {
  for (const [name, block] of Object.entries(SETTINGS)) {
    test(name, async () => {
      const features = name === 'no translation' ? FEATURES + TYPED : FEATURES;
      const config = `storage: { tsdb: { out_of_order_time_window: 1h } }\notlp: ${block}\n`;
      const path = join(folder, 'prometheus.yml');
      await writeFile(path, config);
      const peer = await startPrometheus({
        binary: found?.binary ?? '',
        config,
        flags: ['--web.enable-otlp-receiver', `--enable-feature=${features}`],
      });
      const server = await startServer({ env: { TRILITH_PROMETHEUS_CONFIG: path, TRILITH_ENABLE_FEATURE: features } });
      try {
        const endMs = Math.floor(Date.now() / 1000) * 1000 - 10_000;
        for (const request of otlpRequests(endMs, !block.includes('nhcb'))) {
          const body = JSON.stringify(request);
          for (const url of [peer.url, server.url]) {
            const headers = { 'content-type': 'application/json' };
            const answer = await fetch(`${url}/api/v1/otlp/v1/metrics`, { method: 'POST', headers, body });
            assert.equal(answer.status, 200, await answer.text());
          }
        }
        const time = endMs / 1000 + 1;
        const theirs = await everything(peer.url, time);
        assert.ok(theirs.length > 20, `${theirs.length} series of Prometheus`);
        await eventually('the same series', WITHIN_MS, async () => {
          assert.deepEqual(await everything(`${server.url}/prometheus`, time), theirs);
        });
        assert.deepEqual(await exemplars(`${server.url}/prometheus`, time), await exemplars(peer.url, time));
      } finally {
        await Promise.all([peer.stop(), server.stop()]);
      }
    });
  }
});

interface Series {
  readonly metric: Readonly<Record<string, string>>;
}

const byLabels = <T>(rows: readonly T[], labels: (row: T) => Readonly<Record<string, string>>): T[] =>
  rows
    .map((row) => ({ row, key: JSON.stringify(Object.entries(labels(row)).sort()) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ row }) => row);

/** All samples and histograms of the last half hour, by labels. */
async function everything(url: string, time: number): Promise<Series[]> {
  const query = new URLSearchParams({ query: '{__name__=~".+"}[30m]', time: String(time) });
  const answer = await fetch(`${url}/api/v1/query?${query}`);
  const body = (await answer.json()) as { data?: { result: Series[] } };
  assert.ok(body.data !== undefined, JSON.stringify(body));
  return byLabels(body.data.result, ({ metric }) => metric);
}

interface Exemplars {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly unknown[];
}

async function exemplars(url: string, time: number): Promise<Exemplars[]> {
  const query = new URLSearchParams({ query: '{__name__=~".+"}', start: String(time - 1800), end: String(time) });
  const answer = await fetch(`${url}/api/v1/query_exemplars?${query}`);
  const body = (await answer.json()) as { data?: Exemplars[] };
  assert.ok(body.data !== undefined, JSON.stringify(body));
  // Prometheus loses the exemplars of deltas but the first.
  const kept = body.data.filter(({ seriesLabels }) => !/delta/.test(seriesLabels.__name__ ?? ''));
  return byLabels(kept, ({ seriesLabels }) => seriesLabels);
}
