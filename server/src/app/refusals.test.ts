import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal } from './refusals.ts';

const bodyOf = (path: string, status: number): unknown => JSON.parse(String(refusal(path, status, 'why').body));

test('OTLP gets a google.rpc.Status, and never a 500', () => {
  for (const path of ['/v1/traces', '/otlp/v1/logs', '/api/v1/otlp/v1/metrics']) {
    assert.deepEqual(bodyOf(path, 429), { code: 8, message: 'why' });
    assert.equal(refusal(path, 500, 'why').status, 503);
    assert.deepEqual(bodyOf(path, 500), { code: 14, message: 'why' });
  }
});

test("Prometheus' API gets its error object", () => {
  assert.deepEqual(bodyOf('/prometheus/api/v1/query', 503), {
    status: 'error',
    errorType: 'unavailable',
    error: 'why',
  });
  assert.deepEqual(bodyOf('/api/v1/query', 404), { status: 'error', errorType: 'not_found', error: 'why' });
});

test('remote write, Loki and Tempo get plain text', () => {
  for (const path of ['/api/v1/write', '/prometheus/api/v1/write', '/loki/api/v1/query', '/tempo/api/search']) {
    const answer = refusal(path, 400, 'why');
    assert.deepEqual([answer.headers?.['content-type'], answer.body], ['text/plain; charset=utf-8', 'why\n']);
  }
});

test('Jaeger’s API gets its list of errors, v3 its one', () => {
  assert.deepEqual(bodyOf('/jaeger/api/traces', 503), {
    data: null,
    total: 0,
    limit: 0,
    offset: 0,
    errors: [{ code: 503, msg: 'why' }],
  });
  assert.deepEqual(bodyOf('/jaeger/api/v3/traces', 401), { error: { httpCode: 401, message: 'why' } });
});

test('our own API gets a code and a request id', () => {
  const { error } = bodyOf('/api/services', 403) as { error: { code: string; message: string; requestId: string } };
  assert.deepEqual([error.code, error.message], ['forbidden', 'why']);
  assert.match(error.requestId, /^[0-9a-f-]{36}$/);
});

test('a refusal says when to come back and how to log in', () => {
  assert.equal(refusal('/api/services', 503, 'why', 2).headers?.['retry-after'], '2');
  assert.match(refusal('/api/services', 401, 'why').headers?.['www-authenticate'] ?? '', /^Basic /);
});

test('Elasticsearch’s clients get its error object, with the product’s name they insist on', () => {
  for (const path of ['/elasticsearch/_search', '/elasticsearch', '/_bulk', '/logs/_bulk', '/logs/_doc/1']) {
    const answer = refusal(path, 401, 'why');
    assert.equal(answer.headers?.['x-elastic-product'], 'Elasticsearch', path);
    assert.deepEqual(bodyOf(path, 401), {
      error: { root_cause: [{ type: 'security_exception', reason: 'why' }], type: 'security_exception', reason: 'why' },
      status: 401,
    });
  }
});
