import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { createAccess } from '../access/index.ts';
import type { HttpResponse, Route } from '../base/http.ts';
import type { IncomingHttp } from '../base/http_server.ts';
import { createTelemetry } from '../base/telemetry/telemetry.ts';
import { WorkerLost } from '../base/worker_calls.ts';
import { type AnswerOptions, createAnswer } from './answer.ts';
import { createQueryQueue } from './query_queue.ts';

const ROLES = ['ingest', 'viewer', 'admin'] as const;
const access = createAccess(
  ROLES.map((role) => ({
    name: role,
    role,
    tenant: `of-${role}`,
    sha256: createHash('sha256').update(`key-${role}`).digest('hex'),
  })),
);
const tells =
  (name: string): Route['handler'] =>
  ({ tenant }) => ({ status: 200, body: `${name} ${tenant}` });

function setup(changes: Partial<AnswerOptions> = {}) {
  const answer = createAnswer({
    access,
    ingestRoutes: [{ method: 'POST', path: '/v1/logs', handler: tells('ingest') }],
    systemRoutes: [
      { method: 'GET', path: '/api/status', handler: tells('system') },
      { method: 'POST', path: '/api/admin/backup', handler: tells('admin') },
      { method: 'GET', path: '/livez', handler: tells('live') },
    ],
    openPaths: new Set(['/livez']),
    query: () => async (call) =>
      call.path === '/api/nothing' ? null : { status: 200, headers: {}, body: `query ${call.tenant}` },
    queue: createQueryQueue({ atOnce: 4, atOncePerTenant: 4, waiting: 0, waitMs: 10 }),
    alerts: { call: async (call) => ({ status: 200, headers: {}, body: `alerts ${call.tenant}` }) },
    amend: [],
    staticFiles: async () => ({ status: 200, body: 'page' }),
    telemetry: createTelemetry({ version: '0', write: () => undefined }),
    ...changes,
  });
  return (method: string, path: string, role?: string): Promise<HttpResponse> =>
    answer({
      method,
      path,
      query: new URLSearchParams(),
      queryText: '',
      headers: role === undefined ? {} : { authorization: `Bearer key-${role}` },
      body: new Uint8Array(0),
      signal: new AbortController().signal,
      remoteAddress: '127.0.0.1',
    } satisfies IncomingHttp);
}

const PLACES = [
  ['POST', '/v1/logs', { ingest: 200, viewer: 403, admin: 200 }],
  ['GET', '/api/services', { ingest: 403, viewer: 200, admin: 200 }],
  ['GET', '/api/status', { ingest: 403, viewer: 200, admin: 200 }],
  ['POST', '/api/admin/backup', { ingest: 403, viewer: 403, admin: 200 }],
  ['GET', '/logs', { ingest: 403, viewer: 200, admin: 200 }],
] as const;
for (const [method, path, statuses] of PLACES) {
  test(`${method} ${path}: each role what it may, nobody without a key`, async () => {
    const ask = setup();
    for (const role of ROLES) assert.equal((await ask(method, path, role)).status, statuses[role], role);
    const unknown = await ask(method, path, 'guessed');
    assert.deepEqual([(await ask(method, path)).status, unknown.status], [401, 401]);
    assert.ok(unknown.headers?.['www-authenticate']);
  });
}

test('the tenant is that of the key', async () => {
  const ask = setup();
  assert.equal((await ask('GET', '/api/services', 'viewer')).body, 'query of-viewer');
  assert.equal((await ask('POST', '/v1/logs', 'ingest')).body, 'ingest of-ingest');
});

test('health is asked without a key', async () => assert.equal((await setup()('GET', '/livez')).status, 200));

test('a refused sender of OTLP gets a google.rpc.Status', async () => {
  const answer = await setup()('POST', '/v1/logs');
  assert.equal((JSON.parse(String(answer.body)) as { code: number }).code, 16);
});

test('an unknown endpoint is a 404, a deep link is the page', async () => {
  const ask = setup();
  assert.equal((await ask('GET', '/api/nothing', 'viewer')).status, 404);
  assert.notEqual((await ask('GET', '/zipkin/api/v2/services', 'viewer')).body, 'page');
  assert.equal((await ask('POST', '/elsewhere', 'admin')).status, 404);
  assert.equal((await ask('GET', '/traces/abc', 'viewer')).body, 'page');
});

test('no store yet, a full queue and a lost worker are 503 with a time to come back', async () => {
  const lost = setup({
    query: () => async () => {
      throw new WorkerLost('gone');
    },
  });
  const full = setup({ queue: createQueryQueue({ atOnce: 0, atOncePerTenant: 0, waiting: 0, waitMs: 10 }) });
  for (const ask of [setup({ query: () => undefined }), full, lost]) {
    const answer = await ask('GET', '/prometheus/api/v1/query', 'viewer');
    assert.equal(answer.status, 503);
    assert.ok(Number(answer.headers?.['retry-after']) > 0);
    assert.equal((JSON.parse(String(answer.body)) as { errorType: string }).errorType, 'unavailable');
  }
});

test('what this thread knows is added to a worker’s answer', async () => {
  const amend = [
    {
      path: /^\/api\/problems$/,
      amend: (answer: HttpResponse, tenant: string) => ({ ...answer, body: `${answer.body} and ours of ${tenant}` }),
    },
  ];
  const ask = setup({ amend });
  assert.match(String((await ask('GET', '/api/problems', 'viewer')).body), /^query of-viewer and ours of \S+$/);
  assert.equal((await ask('GET', '/api/services', 'viewer')).body, 'query of-viewer');
});
