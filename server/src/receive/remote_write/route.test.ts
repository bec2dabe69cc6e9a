import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import type { Outcome, Submission } from '../../model/ingest.ts';
import { remoteWriteRoutes } from './index.ts';

const V2 = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';
const COUNTS = { samples: 7, histograms: 2, exemplars: 1, logs: 0, spans: 0 };
const STORED: Outcome = { kind: 'stored', accepted: COUNTS, rejections: [] };

async function post(
  headers: Record<string, string>,
  outcome: Outcome = STORED,
  path = '/api/v1/write',
): Promise<{ response: HttpResponse; submitted: Submission[] }> {
  const submitted: Submission[] = [];
  const routes = remoteWriteRoutes(async (submission) => {
    submitted.push(submission);
    return outcome;
  });
  const route = routes.find((candidate) => candidate.path === path);
  assert.ok(route !== undefined && route.method === 'POST');
  const request: HttpRequest = {
    method: 'POST',
    path,
    params: {},
    query: new URLSearchParams(),
    headers,
    body: Uint8Array.of(1),
    tenant: 'trilith',
    signal: new AbortController().signal,
  };
  return { response: await route.handler(request), submitted };
}

const written = ({ headers }: HttpResponse) =>
  ['samples', 'histograms', 'exemplars'].map((kind) => headers?.[`x-prometheus-remote-write-${kind}-written`]);

test('the content type chooses the version', async () => {
  const table: readonly (readonly [string, string])[] = [
    ['application/x-protobuf', 'remote-write-1'],
    ['application/x-protobuf;proto=prometheus.WriteRequest', 'remote-write-1'],
    ['Application/X-Protobuf; proto="io.prometheus.write.v2.Request"', 'remote-write-2'],
    [V2, 'remote-write-2'],
  ];
  for (const [type, door] of table) {
    for (const path of ['/api/v1/write', '/prometheus/api/v1/write', '/api/v1/push']) {
      const { submitted } = await post({ 'content-type': type, 'content-encoding': 'snappy' }, STORED, path);
      assert.deepEqual(
        submitted.map((submission) => [submission.door, submission.encoding, submission.tenant]),
        [[door, 'snappy', 'trilith']],
      );
    }
  }
});

test('other content types and encodings are 415 and never submitted', async () => {
  const table: readonly Record<string, string>[] = [
    { 'content-type': 'application/json' },
    {},
    { 'content-type': 'application/x-protobuf;proto=some.Other' },
    { 'content-type': V2, 'content-encoding': 'gzip' },
    { 'content-type': V2, 'content-encoding': 'zstd' },
  ];
  for (const headers of table) {
    const { response, submitted } = await post(headers);
    assert.equal(response.status, 415, JSON.stringify(headers));
    assert.deepEqual([submitted.length, written(response)], [0, ['0', '0', '0']]);
  }
});

const OUTCOMES: readonly (readonly [string, Outcome, number, readonly string[], string?])[] = [
  ['stored', STORED, 204, ['7', '2', '1']],
  [
    'partly refused',
    { kind: 'stored', accepted: COUNTS, rejections: [{ reason: 'too_old', count: 3, message: 'up{} is old' }] },
    400,
    ['7', '2', '1'],
  ],
  ['undecodable', { kind: 'undecodable', message: 'not snappy' }, 400, ['0', '0', '0']],
  ['unsupported', { kind: 'unsupported', message: 'no' }, 400, ['0', '0', '0']],
  ['too large', { kind: 'too-large', message: 'large' }, 413, ['0', '0', '0']],
  ['over quota', { kind: 'over-quota', message: 'quota', retryAfterSeconds: 3.2 }, 429, ['0', '0', '0'], '4'],
  ['unavailable', { kind: 'unavailable', message: 'disk', retryAfterSeconds: 0 }, 503, ['0', '0', '0'], '1'],
];
for (const [what, outcome, status, counts, retryAfter] of OUTCOMES) {
  test(`${what} answers ${status} with what was written`, async () => {
    const { response } = await post({ 'content-type': V2 }, outcome);
    assert.deepEqual(
      [response.status, written(response), response.headers?.['retry-after']],
      [status, counts, retryAfter],
    );
    if (status === 204) assert.equal(response.body, undefined);
    else assert.ok(String(response.body).length > 1 && String(response.body).length <= 1024);
  });
}

test('a partial write names reason, count and example', async () => {
  const rejections = [
    { reason: 'too_old', count: 3, message: 'up{} is old' },
    { reason: 'series_limit', count: 2, message: 'limit' },
  ] as const;
  const { response } = await post({ 'content-type': V2 }, { kind: 'stored', accepted: COUNTS, rejections });
  assert.match(
    String(response.body),
    /3 refused as too_old: up\{\} is old\n2 refused as series_limit: limit\nstored: 7 samples/,
  );
});
