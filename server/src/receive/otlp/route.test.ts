import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import { ProtobufReader } from '../../base/protobuf.ts';
import type { Outcome, Submission } from '../../model/ingest.ts';
import { otlpRoutes } from './index.ts';

const NONE = { samples: 0, histograms: 0, exemplars: 0, logs: 0, spans: 0 };

/** Sends one request to a route whose sink answers `outcome`; also returns what the sink was given. */
async function send(
  path: string,
  headers: Record<string, string>,
  outcome: Outcome = { kind: 'stored', accepted: NONE, rejections: [] },
): Promise<{ response: HttpResponse; submission: Submission | undefined }> {
  let submission: Submission | undefined;
  const route = otlpRoutes(async (given) => {
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

const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

/** google.rpc.Status and partial_success are both (number, text). */
function statusOf(response: HttpResponse): { code: number; message: string } {
  const reader = new ProtobufReader(Uint8Array.from(response.body as Uint8Array));
  let code = 0;
  let message = '';
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x08) code = reader.varint32();
    else if (tag === 0x12) message = reader.text();
    else reader.skip(tag);
  }
  return { code, message };
}

test('each path and content type has its door', async () => {
  const cases = [
    ['/v1/logs', PROTOBUF, 'otlp-logs-protobuf'],
    ['/v1/traces', PROTOBUF, 'otlp-traces-protobuf'],
    ['/v1/metrics', PROTOBUF, 'otlp-metrics-protobuf'],
    ['/v1/logs', JSON_TYPE, 'otlp-logs-json'],
    ['/v1/traces', JSON_TYPE, 'otlp-traces-json'],
    ['/v1/metrics', JSON_TYPE, 'otlp-metrics-json'],
    ['/otlp/v1/logs', PROTOBUF, 'otlp-logs-protobuf'],
    ['/otlp/v1/traces', PROTOBUF, 'otlp-traces-protobuf'],
    ['/otlp/v1/metrics', PROTOBUF, 'otlp-metrics-protobuf'],
    ['/loki/otlp/v1/logs', PROTOBUF, 'otlp-logs-protobuf'],
    ['/api/v1/otlp/v1/metrics', PROTOBUF, 'otlp-metrics-protobuf'],
  ] as const;
  for (const [path, headers, door] of cases) {
    const { submission } = await send(path, headers);
    assert.equal(submission?.door, door);
    assert.equal(submission?.tenant, 'trilith');
    assert.equal(submission?.encoding, 'identity');
  }
  for (const encoding of ['gzip', 'zstd', 'deflate', 'identity']) {
    const { submission } = await send('/v1/logs', { ...PROTOBUF, 'content-encoding': encoding });
    assert.equal(submission?.encoding, encoding);
  }
});

test('all stored: 200 and an empty response in the encoding of the request', async () => {
  const wire = (await send('/v1/traces', PROTOBUF)).response;
  assert.deepEqual(
    [wire.status, wire.headers?.['content-type'], (wire.body as Uint8Array).length],
    [200, 'application/x-protobuf', 0],
  );
  const json = (await send('/v1/traces', JSON_TYPE)).response;
  assert.deepEqual([json.status, json.headers?.['content-type'], json.body], [200, 'application/json', '{}']);
});

test('some refused: 200 with a partial success that counts them', async () => {
  const outcome: Outcome = {
    kind: 'stored',
    accepted: NONE,
    rejections: [
      { reason: 'too_old', count: 2, message: 'old' },
      { reason: 'invalid_record', count: 1, message: 'bad' },
    ],
  };
  const message = '2 rejected (too_old): old; 1 rejected (invalid_record): bad';
  for (const [path, field] of [
    ['/v1/logs', 'rejectedLogRecords'],
    ['/v1/traces', 'rejectedSpans'],
    ['/v1/metrics', 'rejectedDataPoints'],
  ] as const) {
    const json: HttpResponse = (await send(path, JSON_TYPE, outcome)).response;
    assert.equal(json.status, 200);
    assert.deepEqual(JSON.parse(String(json.body)), { partialSuccess: { [field]: '3', errorMessage: message } });
    const wire = (await send(path, PROTOBUF, outcome)).response;
    const reader = new ProtobufReader(Uint8Array.from(wire.body as Uint8Array));
    assert.equal(reader.tag(), 0x0a);
    assert.deepEqual(statusOf({ status: 200, body: reader.slice() }), { code: 3, message });
  }
});

test('shortened records are told about with nothing rejected', async () => {
  const outcome: Outcome = {
    kind: 'stored',
    accepted: NONE,
    rejections: [],
    report: { droppedAttributes: 3, truncatedValues: 1 },
  };
  const json = (await send('/v1/logs', JSON_TYPE, outcome)).response;
  assert.deepEqual(JSON.parse(String(json.body)), {
    partialSuccess: { errorMessage: '3 attributes beyond the limit per record were dropped; 1 values were truncated' },
  });
});

test('every failure has the status that makes an OTLP client do right, and a google.rpc.Status', async () => {
  const cases: readonly (readonly [Outcome, number, number, string | undefined])[] = [
    [{ kind: 'undecodable', message: 'why' }, 400, 3, undefined],
    [{ kind: 'unsupported', message: 'why' }, 415, 3, undefined],
    [{ kind: 'too-large', message: 'why' }, 413, 8, undefined],
    [{ kind: 'over-quota', message: 'why', retryAfterSeconds: 7 }, 429, 8, '7'],
    [{ kind: 'unavailable', message: 'why', retryAfterSeconds: 0.2 }, 503, 14, '1'],
  ];
  for (const [outcome, status, code, retryAfter] of cases) {
    const wire = (await send('/v1/logs', PROTOBUF, outcome)).response;
    assert.deepEqual(
      [wire.status, wire.headers?.['retry-after'], statusOf(wire)],
      [status, retryAfter, { code, message: 'why' }],
    );
    const json = (await send('/v1/logs', JSON_TYPE, outcome)).response;
    assert.deepEqual(
      [json.status, json.headers?.['retry-after'], JSON.parse(String(json.body))],
      [status, retryAfter, { code, message: 'why' }],
    );
  }
});

test('an unknown content type or encoding is 415 and goes no further', async () => {
  for (const headers of [{}, { 'content-type': 'text/plain' }, { ...PROTOBUF, 'content-encoding': 'br' }]) {
    const { response, submission } = await send('/v1/logs', headers as Record<string, string>);
    assert.equal(response.status, 415);
    assert.equal(statusOf(response).code, 3);
    assert.equal(submission, undefined);
  }
});

test('an answer stays below 1 KiB whatever the message', async () => {
  const message = 'ж'.repeat(5000);
  for (const outcome of [
    { kind: 'undecodable', message },
    { kind: 'stored', accepted: NONE, rejections: [{ reason: 'too_old', count: 1, message }] },
  ] satisfies Outcome[]) {
    for (const headers of [PROTOBUF, JSON_TYPE]) {
      const { response } = await send('/v1/logs', headers, outcome);
      assert.ok(Buffer.byteLength(response.body ?? '') <= 1024);
    }
  }
});
