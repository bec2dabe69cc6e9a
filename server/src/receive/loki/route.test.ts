import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import type { Outcome, Submission } from '../../model/ingest.ts';
import { lokiRoutes } from './index.ts';

const NONE = { samples: 0, histograms: 0, exemplars: 0, logs: 0, spans: 0 };
const STORED: Outcome = { kind: 'stored', accepted: NONE, rejections: [] };
const JSON_TYPE = { 'content-type': 'application/json' };

async function send(
  headers: Record<string, string>,
  outcome: Outcome = STORED,
  path = '/loki/api/v1/push',
): Promise<{ response: HttpResponse; submission: Submission | undefined }> {
  let submission: Submission | undefined;
  const route = lokiRoutes(async (given) => {
    submission = given;
    return outcome;
  }).find((candidate) => candidate.path === path);
  assert.ok(route !== undefined, path);
  const request: HttpRequest = {
    method: 'POST',
    path,
    params: {},
    query: new URLSearchParams(),
    headers,
    body: new Uint8Array(3),
    tenant: 'trilith',
    signal: new AbortController().signal,
  };
  return { response: await route.handler(request), submission };
}

test('content type and encoding choose the door; protobuf is snappy unless it says otherwise', async () => {
  const cases = [
    [{ 'content-type': 'application/x-protobuf' }, 'loki-protobuf', 'snappy'],
    [{}, 'loki-protobuf', 'snappy'],
    [{ 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' }, 'loki-protobuf', 'gzip'],
    [JSON_TYPE, 'loki-json', 'identity'],
    [{ 'content-type': 'application/json; charset=utf-8', 'content-encoding': 'gzip' }, 'loki-json', 'gzip'],
    [{ ...JSON_TYPE, 'content-encoding': 'deflate' }, 'loki-json', 'deflate'],
  ] as const;
  for (const [headers, door, encoding] of cases) {
    for (const path of ['/loki/api/v1/push', '/api/prom/push']) {
      const { submission, response } = await send(headers as Record<string, string>, STORED, path);
      assert.deepEqual(
        [submission?.door, submission?.encoding, submission?.tenant, response.status],
        [door, encoding, 'trilith', 204],
      );
    }
  }
});

test('some refused: 400 in words, after the good ones were stored', async () => {
  const { response } = await send(JSON_TYPE, {
    kind: 'stored',
    accepted: { ...NONE, logs: 5 },
    rejections: [
      { reason: 'too_old', count: 3, message: 'entry for stream \'{a="b"}\' has timestamp too old' },
      { reason: 'stream_limit', count: 1, message: 'maximum active stream limit exceeded' },
    ],
  });
  assert.equal(response.status, 400);
  assert.equal(
    response.body,
    'entry for stream \'{a="b"}\' has timestamp too old (and 2 more of this kind)\nmaximum active stream limit exceeded\n',
  );
});

test('every failure has the status that makes a Loki client keep what it should', async () => {
  const cases: readonly (readonly [Outcome, number, string | undefined])[] = [
    [{ kind: 'undecodable', message: 'why' }, 400, undefined],
    [{ kind: 'unsupported', message: 'why' }, 400, undefined],
    [{ kind: 'too-large', message: 'why' }, 413, undefined],
    [{ kind: 'over-quota', message: 'why', retryAfterSeconds: 2.5 }, 429, '3'],
    [{ kind: 'unavailable', message: 'why', retryAfterSeconds: 5 }, 503, '5'],
  ];
  for (const [outcome, status, retryAfter] of cases) {
    const { response } = await send(JSON_TYPE, outcome);
    assert.deepEqual(
      [response.status, response.headers?.['retry-after'], response.body],
      [status, retryAfter, 'why\n'],
    );
  }
});

test('an unknown content type or encoding is refused and goes no further', async () => {
  for (const headers of [{ 'content-type': 'text/plain' }, { ...JSON_TYPE, 'content-encoding': 'br' }]) {
    const { response, submission } = await send(headers as Record<string, string>);
    assert.equal(response.status, 400);
    assert.equal(submission, undefined);
  }
});

test('an answer stays below 1 KiB whatever the message', async () => {
  const { response } = await send(JSON_TYPE, { kind: 'undecodable', message: 'ж'.repeat(5000) });
  assert.ok(Buffer.byteLength(response.body ?? '') <= 1024);
});
