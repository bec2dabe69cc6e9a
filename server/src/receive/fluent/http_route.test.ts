import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpRequest } from '../../base/http.ts';
import type { Outcome, Submission } from '../../model/ingest.ts';
import { fluentHttpRoutes } from './http_route.ts';

const ACCEPTED = { samples: 0, histograms: 0, exemplars: 0, logs: 1, spans: 0 };
const STORED: Outcome = { kind: 'stored', accepted: ACCEPTED, rejections: [] };

async function send(headers: Record<string, string>, outcome: Outcome = STORED, tag?: string) {
  let submission: Submission | undefined;
  const [plain, tagged] = fluentHttpRoutes(async (given) => {
    submission = given;
    return outcome;
  });
  const request: HttpRequest = {
    method: 'POST',
    path: '/fluent',
    params: tag === undefined ? {} : { tag },
    query: new URLSearchParams(),
    headers,
    body: new Uint8Array(2),
    tenant: 'trilith',
    signal: new AbortController().signal,
  };
  const response = await (tag === undefined ? plain : tagged)?.handler(request);
  return { response, submission };
}

test('formats by their type, encodings by theirs, the tag from the path or the header', async () => {
  const cases = [
    [{ 'content-type': 'application/json' }, undefined, 'fluent-json', 'identity', ''],
    [
      { 'content-type': 'application/x-ndjson; charset=utf-8', 'content-encoding': 'GZIP' },
      undefined,
      'fluent-json',
      'gzip',
      '',
    ],
    [
      { 'content-type': 'application/msgpack', 'content-encoding': 'zstd', 'fluent-tag': 'app' },
      undefined,
      'fluent-msgpack',
      'zstd',
      'app',
    ],
    [
      { 'content-type': 'application/json', 'content-encoding': 'snappy' },
      'app.access',
      'fluent-json',
      'snappy',
      'app.access',
    ],
  ] as const;
  for (const [headers, tag, door, encoding, place] of cases) {
    const { response, submission } = await send(headers as Record<string, string>, STORED, tag);
    assert.equal(response?.status, 204);
    assert.deepEqual(
      [submission?.door, submission?.encoding, submission?.place, submission?.meta],
      [door, encoding, place, { tag: place }],
    );
  }
});

test('another type or encoding is refused and goes no further', async () => {
  for (const headers of [
    {},
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/json', 'content-encoding': 'br' },
  ]) {
    const { response, submission } = await send(headers as Record<string, string>);
    assert.equal(response?.status, 415);
    assert.equal(submission, undefined);
  }
});

test('every failure has the status that makes Fluent Bit keep what it should', async () => {
  const refused: Outcome = {
    kind: 'stored',
    accepted: ACCEPTED,
    rejections: [{ reason: 'too_old', count: 2, message: 'ж\u0000'.repeat(5000) }],
  };
  const cases: readonly (readonly [Outcome, number, string | undefined])[] = [
    [refused, 400, undefined],
    [{ kind: 'undecodable', message: 'm' }, 400, undefined],
    [{ kind: 'unsupported', message: 'm' }, 415, undefined],
    [{ kind: 'too-large', message: 'm' }, 413, undefined],
    [{ kind: 'over-quota', message: 'm', retryAfterSeconds: 2.5 }, 429, '3'],
    [{ kind: 'unavailable', message: 'm', retryAfterSeconds: 0 }, 503, '1'],
  ];
  for (const [outcome, status, retryAfter] of cases) {
    const { response } = await send({ 'content-type': 'application/json' }, outcome);
    assert.equal(response?.status, status);
    assert.equal(response?.headers?.['retry-after'], retryAfter);
    assert.ok(Buffer.byteLength(response?.body ?? '') <= 1024);
  }
});
