import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IncomingHttp } from '../base/http_server.ts';
import { createTelemetry } from '../base/telemetry/telemetry.ts';
import { observeRequests, type RequestKind } from './observed_requests.ts';

const CALLER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function setup() {
  const lines: string[] = [];
  const telemetry = createTelemetry({ version: '0', write: (line) => lines.push(line) });
  let nowMs = 0;
  const observe = observeRequests(telemetry, () => nowMs);
  const request = (headers: Readonly<Record<string, string>>): IncomingHttp => ({
    method: 'GET',
    path: '/api/services',
    query: new URLSearchParams(),
    queryText: '',
    headers,
    body: new Uint8Array(0),
    signal: new AbortController().signal,
    remoteAddress: '127.0.0.1',
  });
  return {
    telemetry,
    lines,
    pass: (ms: number) => {
      nowMs += ms;
    },
    ask: (kind: RequestKind, takesMs = 0, status = 200, headers = {}) =>
      observe({ kind, request: request(headers), id: 'one', route: '/api/services' }, async () => {
        nowMs += takesMs;
        return { status, body: '' };
      }),
  };
}

test('of fast queries a burst and then two a second are told, all are counted', async () => {
  const { ask, pass, telemetry, lines } = setup();
  for (let i = 0; i < 100; i++) await ask('query');
  assert.deepEqual([telemetry.tracer.drainSpans().length, lines.length], [20, 20]);
  pass(3_000);
  for (let i = 0; i < 100; i++) await ask('query');
  assert.equal(telemetry.tracer.drainSpans().length, 6);
  assert.match(telemetry.metrics.render(), /trilith_http_requests_total\{kind="query",status="2xx"\} 200/);
});

test('every slow, failed or called query has its span, of its whole length, and its line', async () => {
  const { ask, telemetry, lines } = setup();
  for (let i = 0; i < 20; i++) await ask('query');
  telemetry.tracer.drainSpans();
  lines.length = 0;
  await ask('query');
  await ask('query', 400);
  await ask('query', 0, 500);
  await ask('query', 0, 200, { traceparent: CALLER });
  const spans = telemetry.tracer.drainSpans();
  assert.deepEqual(
    spans.map(({ status }) => status),
    ['unset', 'error', 'unset'],
  );
  const [slow, , called] = spans;
  assert.ok(slow !== undefined && Math.abs(Number(slow.endNs - slow.startNs) / 1e6 - 400) < 50);
  assert.equal(called?.traceId, CALLER.slice(3, 35));
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { trace_id: string }).trace_id),
    spans.map(({ traceId }) => traceId),
  );
});

test('one request of receivers in a hundred is a span, however long it took', async () => {
  const { ask, telemetry } = setup();
  for (let i = 0; i < 200; i++) await ask('ingest', 500);
  assert.equal(telemetry.tracer.drainSpans().length, 2);
});
