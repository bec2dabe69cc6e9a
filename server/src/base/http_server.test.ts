import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { HttpResponse } from './http.ts';
import { type HttpLimits, type HttpListener, type IncomingHttp, listen } from './http_server.ts';

const open: HttpListener[] = [];
after(async () => {
  for (const listener of open) await listener.close(0);
});

async function serve(
  answer: (request: IncomingHttp) => Promise<HttpResponse>,
  limits: Partial<HttpLimits> = {},
  errors: unknown[] = [],
): Promise<HttpListener> {
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    limits,
    answer,
    refuse: (path, _headers, status, message) => ({ status, body: `${path}: ${message}` }),
    onError: (error) => errors.push(error),
  });
  open.push(listener);
  return listener;
}
const urlOf = ({ port }: HttpListener, path = '/'): string => `http://127.0.0.1:${port}${path}`;
const ok = async (): Promise<HttpResponse> => ({ status: 200, body: 'ok' });

/** Sends raw bytes and returns everything that comes back until the other side closes. */
async function raw({ port }: HttpListener, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  const answer = await text(socket);
  socket.destroy();
  return answer;
}

test('path, query, form fields and body reach the application', async () => {
  const seen: IncomingHttp[] = [];
  const listener = await serve(async (one) => {
    seen.push(one);
    return { status: 204 };
  });
  await fetch(urlOf(listener, '/a%20b?x=1'), { method: 'POST', body: new URLSearchParams({ x: '2' }) });
  assert.equal(seen[0]?.path, '/a b');
  assert.deepEqual(seen[0]?.query.getAll('x'), ['1', '2']);
  assert.equal(Buffer.from(seen[0]?.body ?? '').toString(), 'x=2');
});

test('a body above the limit is 413, declared or not', async () => {
  const listener = await serve(ok, { bodyBytes: 100 });
  assert.equal((await fetch(urlOf(listener), { method: 'POST', body: 'x'.repeat(100) })).status, 200);
  assert.equal((await fetch(urlOf(listener), { method: 'POST', body: 'x'.repeat(101) })).status, 413);
  const chunked = request(urlOf(listener), { method: 'POST' });
  chunked.write('x'.repeat(60));
  chunked.end('x'.repeat(60));
  const [response] = (await once(chunked, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
  assert.equal(response.statusCode, 413);
  await text(response);
});

test('a malformed target is 400', async () => {
  const listener = await serve(ok);
  for (const target of ['/%zz', '/a%252e%252e/b'])
    assert.match(
      await raw(listener, `GET ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`),
      /^HTTP\/1\.1 400 /,
    );
});

test('a body that does not come is given up', async () => {
  const listener = await serve(ok, { bodyMs: 100, headerMs: 60_000 });
  const answer = await raw(listener, 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nx');
  assert.match(answer, /^HTTP\/1\.1 408 /);
});

test('connections of one address above the limit are closed', async () => {
  const listener = await serve(ok, { connectionsPerAddress: 1 });
  const first = connect(listener.port, '127.0.0.1');
  await once(first, 'connect');
  first.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await once(first, 'data');
  const second = connect(listener.port, '127.0.0.1');
  second.on('error', () => undefined);
  second.resume();
  await once(second, 'close');
  first.destroy();
});

test('large answers are compressed for those who can, and only then', async () => {
  const body = JSON.stringify({ text: 'x'.repeat(5_000) });
  const listener = await serve(async () => ({ status: 200, headers: { 'content-type': 'application/json' }, body }));
  const ask = async (headers: Record<string, string>) => {
    const sent = request(urlOf(listener), { headers, agent: false });
    sent.end();
    const [response] = (await once(sent, 'response')) as [
      NodeJS.ReadableStream & { headers: Record<string, string | undefined> },
    ];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(Buffer.from(chunk));
    return { encoding: response.headers['content-encoding'], body: Buffer.concat(chunks) };
  };
  const compressed = await ask({ 'accept-encoding': 'gzip' });
  assert.equal(compressed.encoding, 'gzip');
  assert.equal(gunzipSync(compressed.body).toString(), body);
  const plain = await ask({});
  assert.deepEqual([plain.encoding, plain.body.toString()], [undefined, body]);
});

test('a client that leaves aborts the work for it', { timeout: 20_000 }, async () => {
  const started = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const listener = await serve(async ({ signal }) => {
    started.resolve();
    await once(signal, 'abort');
    left.resolve();
    return { status: 200, body: '' };
  });
  const socket = connect(listener.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await started.promise;
  socket.destroy();
  await left.promise;
});

test('what the application throws is a 500 and is reported', async () => {
  const errors: unknown[] = [];
  const broken = new Error('broken');
  const listener = await serve(() => Promise.reject(broken), {}, errors);
  assert.equal((await fetch(urlOf(listener))).status, 500);
  assert.deepEqual(errors, [broken]);
});

test('an upgrade is refused in plain HTTP, or its connection belongs to whoever took it', async () => {
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    answer: async () => ({ status: 200 }),
    async upgrade({ path, query, socket }) {
      if (path !== '/taken') return { status: 403, headers: { 'x-why': 'no' }, body: 'not this one' };
      socket.end(`HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n${query.get('a')}`);
      return undefined;
    },
    refuse: (_path, _headers, status, message) => ({ status, body: message }),
    onError: () => assert.fail('no error is expected'),
  });
  open.push(listener);
  const ask = async (target: string): Promise<string> => {
    const socket = connect(listener.port, '127.0.0.1');
    socket.write(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n`);
    return text(socket);
  };
  assert.match(await ask('/taken?a=7'), /^HTTP\/1.1 101 [\s\S]*\r\n\r\n7$/);
  assert.match(await ask('/other'), /^HTTP\/1.1 403 Forbidden\r\nx-why: no\r\n[\s\S]*\r\n\r\nnot this one$/);
  assert.match(await ask('/%'), /^HTTP\/1.1 400 Bad Request\r\n/);
});
