import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { MemoryFiles } from '../base/memory_files.ts';
import { createOutbound } from '../base/outbound.ts';
import { ProtobufWriter } from '../base/protobuf_writer.ts';
import { Secret } from '../base/secret.ts';
import { createTelemetry } from '../base/telemetry/telemetry.ts';
import { DeliveryQueue } from './delivery_queue.ts';
import { partialSuccess, retryAfterMs, Shipper } from './shipper.ts';

type Answer = readonly [status: number, headers?: Record<string, string>, body?: Uint8Array];

interface Setup {
  readonly bodies: string[];
  readonly authorizations: (string | undefined)[];
  readonly results: string[];
  push(body: string): Promise<number>;
  /** Resolves when the queue is empty. */
  empty(): Promise<void>;
}

/** A shipper and a server that gives these answers in turn, the last one again and again. */
async function setup(t: TestContext, answers: Answer[]): Promise<Setup> {
  const bodies: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const results: string[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    bodies.push(Buffer.concat(await request.toArray()).toString());
    authorizations.push(request.headers.authorization);
    const [status, headers = {}, body] = (answers.length > 1 ? answers.shift() : answers[0]) as Answer;
    response.writeHead(status, headers).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { log } = createTelemetry({ version: '0', write: () => undefined });
  const queue = await DeliveryQueue.open({
    files: new MemoryFiles(),
    directory: '/queue',
    maxBytes: 1 << 20,
    segmentBytes: 1 << 16,
    log,
    now: Date.now,
    onFound: () => undefined,
    beforeRemoval: () => Promise.resolve(),
    onPoison: (error) => {
      throw error;
    },
  });
  const outbound = createOutbound({ allowPrivate: true });
  const shipper = new Shipper({
    signal: 'logs',
    queue,
    outbound,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`,
    headers: { 'content-type': 'application/x-protobuf' },
    key: () => Promise.resolve(new Secret(`key-${bodies.length}`)),
    log,
    telemetry: {
      sent: (_, result) => results.push(result),
      rejected: (_, records) => results.push(`rejected ${records}`),
    },
  });
  t.after(async () => {
    await shipper.stop();
    outbound.close();
    server.close();
    server.closeAllConnections();
  });
  return {
    bodies,
    authorizations,
    results,
    push: (body) => queue.push({ header: new Uint8Array(0), body: Buffer.from(body) }),
    async empty() {
      while (queue.entries > 0) await queue.changed;
    },
  };
}

test('entries go one after another, in order', async (t) => {
  const { push, empty, bodies, results } = await setup(t, [[200]]);
  for (const body of ['a', 'b', 'c']) await push(body);
  await empty();
  assert.deepEqual(bodies, ['a', 'b', 'c']);
  assert.deepEqual(results, ['ok', 'ok', 'ok']);
});

for (const status of [401, 403, 404, 408, 429, 500, 502, 503, 504]) {
  test(`after ${status} the same bytes are sent again, with the key as it is then`, async (t) => {
    const { push, empty, bodies, authorizations, results } = await setup(t, [[status], [200]]);
    await push('a');
    await empty();
    assert.deepEqual(bodies, ['a', 'a']);
    assert.deepEqual(authorizations, ['Bearer key-0', 'Bearer key-1']);
    assert.deepEqual(results, ['retried', 'ok']);
  });
}

const PAGE = { 'content-type': 'text/html; charset=utf-8' };
for (const [name, answer] of [
  ['a page', [200, PAGE, Buffer.from('<html>Please log in</html>')]],
  ['a redirect that says not where to', [302]],
  ['a redirect that makes a GET of it', [301, { location: '/v1/logs' }]],
] as const satisfies (readonly [string, Answer])[]) {
  test(`${name} is no answer of the server: the same bytes are sent again`, async (t) => {
    const { push, empty, bodies, results } = await setup(t, [answer, [200]]);
    await push('a');
    await empty();
    assert.deepEqual(bodies, ['a', 'a']);
    assert.deepEqual(results, ['retried', 'ok']);
  });
}

for (const status of [400, 413, 415, 422]) {
  test(`after ${status} the request is given up, counted, and the next one goes`, async (t) => {
    const { push, empty, bodies, results } = await setup(t, [[status], [200]]);
    await push('bad');
    await push('good');
    await empty();
    assert.deepEqual(bodies, ['bad', 'good']);
    assert.deepEqual(results, ['dropped', 'ok']);
  });
}

test('the server’s own patience is kept', async (t) => {
  const { push, empty, bodies } = await setup(t, [[503, { 'retry-after': '1' }], [200]]);
  const begun = performance.now();
  await push('a');
  await empty();
  assert.equal(bodies.length, 2);
  assert.ok(performance.now() - begun >= 950);
});

test('records the server took no part of a request for are counted', async (t) => {
  const writer = new ProtobufWriter();
  const partial = writer.open(1);
  writer.uint32(1, 3);
  writer.text(2, '3 rejected (too_old)');
  writer.close(partial);
  const answer = Uint8Array.from(writer.finish());
  assert.deepEqual(partialSuccess(answer), { rejected: 3, message: '3 rejected (too_old)' });
  assert.deepEqual(partialSuccess(Uint8Array.of(0x3c, 0x68)), { rejected: 0, message: '' });
  const { push, empty, results } = await setup(t, [[200, {}, answer]]);
  await push('a');
  await empty();
  assert.deepEqual(results, ['ok', 'rejected 3']);
});

test('Retry-After is seconds or a date, and bounded', () => {
  const now = Date.parse('2026-11-22T07:00:00Z');
  assert.equal(retryAfterMs(undefined, now), 0);
  assert.equal(retryAfterMs('2', now), 2_000);
  assert.equal(retryAfterMs('Sun, 22 Nov 2026 07:00:05 GMT', now), 5_000);
  assert.equal(retryAfterMs('Sun, 22 Nov 2026 06:00:00 GMT', now), 0);
  assert.equal(retryAfterMs('86400', now), 300_000);
  assert.equal(retryAfterMs('soon', now), 0);
});
