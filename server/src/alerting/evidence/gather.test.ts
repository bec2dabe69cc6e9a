import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { labelValue } from '../../model/labels.ts';
import { exampleAlert, exampleNotification, START_MS } from '../notify/fake_provider.ts';
import type { EvidencePiece } from '../templates/evidence_data.ts';
import { createEvidence, type EvidenceSources } from './gather.ts';
import { openPictures } from './pictures.ts';

const ANSWERS: Readonly<Record<string, unknown>> = {
  '/api/v1/query_range': {
    data: {
      result: [
        {
          metric: { service: 'checkout' },
          values: [
            [START_MS / 1000 - 60, '0.1'],
            [START_MS / 1000, 'NaN'],
          ],
        },
        { metric: { service: 'other' }, values: [[START_MS / 1000, '5']] },
      ],
    },
  },
  '/loki/api/v1/query_range': {
    data: {
      result: [
        {
          stream: { service: 'checkout', detected_level: 'error' },
          values: [[`${START_MS - 2000}000000`, 'older\nline']],
        },
        { stream: { service: 'checkout', level: 'FATAL' }, values: [[`${START_MS - 1000}000000`, 'newer']] },
      ],
    },
  },
  '/api/logs/patterns': {
    fromMs: 0,
    toMs: 1,
    stepMs: 1,
    total: 2,
    sampled: false,
    patterns: ['new', 'steady'].map((state) => ({
      pattern: `declined <_> ${state}`,
      service: 'checkout',
      level: 'ERROR',
      count: 1,
      previousCount: 0,
      state,
      counts: [1],
      filter: '',
    })),
    notes: { partial: false, warnings: [], elapsedMs: 1, scannedRows: 1, scannedBytes: 1 },
  },
  '/api/changes': {
    changes: [
      {
        id: 'a',
        timeMs: START_MS - 60_000,
        endMs: null,
        service: 'checkout',
        environment: '',
        kind: 'deploy',
        title: 'deploy checkout',
        version: '1.4.2',
        commit: '',
        url: 'https://ci.example/7',
        author: '',
      },
    ],
  },
  '/api/v1/query_exemplars': {
    data: [
      {
        exemplars: [
          { labels: { trace_id: 'old' }, timestamp: 1 },
          { labels: { trace_id: 'abc' }, timestamp: 2 },
        ],
      },
    ],
  },
};

const notification = exampleNotification({
  alerts: [
    exampleAlert({
      generatorUrl: `/graph?g0.expr=${encodeURIComponent('rate(errors_total[5m]) > 0.05')}&g0.tab=1`,
      annotations: ['runbook_url', 'https://runbooks.example/latency'],
    }),
  ],
});

function evidenceOf(ask: EvidenceSources['ask']) {
  const counted: string[] = [];
  const queries: Record<string, string>[] = [];
  const gather = createEvidence({
    ask: (path, query, signal) => {
      queries.push({ path, ...query });
      return ask(path, query, signal);
    },
    externalUrl: () => 'https://trilith.example',
    keep: async () => 'f'.repeat(32),
    runbookOf: ({ annotations }) => labelValue(annotations, 'runbook_url'),
    counted: (piece: EvidencePiece, outcome) => void counted.push(`${piece} ${outcome}`),
  });
  return { gather, counted, queries };
}

test('a page carries graph, lines, patterns, changes, a trace and the runbook', async () => {
  const { gather, counted, queries } = evidenceOf(async (path) => ANSWERS[path]);
  const found = await gather(notification);
  assert.equal(found.graphUrl, `https://trilith.example/api/alerts/evidence/${'f'.repeat(32)}.png`);
  assert.deepEqual([...(found.graphPng ?? [])].slice(1, 4), [80, 78, 71]);
  assert.deepEqual(
    found.logLines.map(({ level, text }) => `${level} ${text}`),
    ['FATAL newer', 'ERROR older line'],
  );
  assert.deepEqual(found.newPatterns, ['declined <_> new']);
  assert.deepEqual(
    found.changes.map(({ title, url }) => [title, url]),
    [['deploy checkout 1.4.2', 'https://ci.example/7']],
  );
  assert.equal(found.traceUrl, 'https://trilith.example/trace/abc');
  assert.equal(found.runbookUrl, 'https://runbooks.example/latency');
  assert.ok(counted.every((line) => line.endsWith(' found')));
  assert.equal(queries.find(({ path }) => path === '/api/v1/query_range')?.query, 'rate(errors_total[5m])');
});

test('alerts without a label of a service are of the one service whose series their expression reads', async () => {
  const expr = 'sum(rate(errors_total{job="pay"}[5m])) / sum(rate(calls_total[5m])) > 0.05';
  const generatorUrl = `/explore/metrics?q=${encodeURIComponent(expr)}`;
  const summed = exampleNotification({ alerts: [exampleAlert({ labels: ['alertname', 'Errors'], generatorUrl })] });
  const logsAsked = async (services: readonly string[]): Promise<string | undefined> => {
    const { gather, queries } = evidenceOf(async (path, query) => {
      if (path !== '/api/v1/query') return ANSWERS[path];
      const own = query.query?.includes('(errors_total{job="pay"})') ? services : [];
      return { data: { result: own.map((service) => ({ metric: { service } })) } };
    });
    await gather(summed);
    return queries.find(({ path }) => path === '/loki/api/v1/query_range')?.query;
  };
  assert.match((await logsAsked(['payments-api'])) ?? '', /service="payments-api"/);
  assert.equal(await logsAsked(['payments-api', 'ledger']), undefined);
});

test('attempts and integrations of one flush share what was gathered', async () => {
  const { gather, queries } = evidenceOf(async (path) => ANSWERS[path]);
  await gather(notification);
  const asked = queries.length;
  await gather({ ...notification, idempotencyKey: 'another' });
  assert.equal(queries.length, asked);
});

test('pieces that fail or are no answer are left out and counted, the others stay', async () => {
  const { gather, counted } = evidenceOf(async (path) => {
    if (path === '/api/v1/query_range') throw new Error('store down');
    if (path === '/api/logs/patterns') return { nonsense: true };
    if (path === '/api/changes') return { changes: [] };
    return ANSWERS[path];
  });
  const found = await gather(notification);
  assert.equal(found.graphUrl, '');
  assert.equal(found.logLines.length, 2);
  assert.deepEqual(counted.toSorted(), [
    'changes empty',
    'graph failed',
    'log_lines found',
    'patterns failed',
    'trace found',
  ]);
});

test('a source that never answers does not hold the page beyond the deadline', async () => {
  const { gather, counted } = evidenceOf((path) =>
    path === '/api/changes' ? Promise.resolve(ANSWERS[path]) : new Promise(() => undefined),
  );
  const startMs = performance.now();
  const found = await gather(notification);
  assert.ok(performance.now() - startMs < 15_000);
  assert.equal(found.changes.length, 1);
  assert.ok(counted.includes('graph late') && counted.includes('changes found'));
  assert.deepEqual(found.late.toSorted(), ['graph', 'log_lines', 'patterns', 'trace']);
});

test('a service that nobody can name in time holds up only what needs it', async () => {
  const generatorUrl = `/explore/metrics?q=${encodeURIComponent('sum(rate(errors_total[5m])) > 0.05')}`;
  const unnamed = exampleNotification({ alerts: [exampleAlert({ labels: ['alertname', 'Errors'], generatorUrl })] });
  const { gather, counted } = evidenceOf((path) =>
    path === '/api/v1/query' ? new Promise(() => undefined) : Promise.resolve(ANSWERS[path]),
  );
  const found = await gather(unnamed);
  assert.deepEqual(counted.toSorted(), [
    'changes found',
    'graph found',
    'log_lines late',
    'patterns late',
    'trace found',
  ]);
  assert.deepEqual([found.changes.length, found.traceId], [1, 'abc']);
});

test('pictures are read by their id only, and old ones go', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'trilith-pictures-'));
  try {
    const nowMs = Date.now();
    const pictures = openPictures(join(directory, 'evidence'), () => nowMs);
    const id = await pictures.keep(new Uint8Array([1, 2]));
    assert.deepEqual(await pictures.read(id), new Uint8Array([1, 2]));
    for (const other of ['', '../config', `${id}.png`, 'a'.repeat(32)])
      assert.equal(await pictures.read(other), undefined);
    const old = (nowMs - 40 * 86_400_000) / 1000;
    await utimes(join(directory, 'evidence', `${id}.png`), old, old);
    for (let i = 0; i < 100; i++) await pictures.keep(new Uint8Array([i]));
    assert.ok(!(await readdir(join(directory, 'evidence'))).includes(`${id}.png`));
  } finally {
    await rm(directory, { recursive: true });
  }
});
