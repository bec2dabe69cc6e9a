import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { createGrpcServer, type GrpcCall, GrpcFailure, type GrpcMethod, type GrpcServer } from './grpc_server.ts';
import { type HttpListener, listen } from './http_server.ts';

const asIs = (bytes: Buffer): Buffer => bytes;
const calls: GrpcCall[] = [];
const errors: string[] = [];
let server: GrpcServer;
let client: Client;
let http: HttpListener;

function method(path: string, streams: boolean, handler: (call: GrpcCall) => Promise<Uint8Array>): GrpcMethod {
  return { path, streams, handler };
}

before(async () => {
  server = createGrpcServer({
    methods: [
      method('/test.Echo/Once', false, async (call) => {
        calls.push(call);
        return call.message;
      }),
      method('/test.Echo/Stream', true, async ({ message }) => message),
      method('/test.Echo/Refuse', false, async () => {
        throw new GrpcFailure(status.FAILED_PRECONDITION, 'not now', Buffer.from('more'));
      }),
      method('/test.Echo/Break', true, async () => {
        throw new TypeError('a bug');
      }),
    ],
    maxBytes: 1000,
    onError: (error, path) => errors.push(`${path} ${String(error)}`),
  });
  const port = await server.listen('127.0.0.1', 0);
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  http = await listen({
    host: '127.0.0.1',
    port: 0,
    answer: async ({ path, body }) => ({ status: 200, body: `${path} ${body.length}` }),
    http2: server.serve,
    refuse: (_path, _headers, code, message) => ({ status: code, body: message }),
    onError: (error) => assert.fail(String(error)),
  });
});

after(async () => {
  client.close();
  await http.close(100);
  await server.close();
});

function once(path: string, by = client): Promise<{ error: ServiceError | null; body: string | undefined }> {
  const metadata = new Metadata();
  metadata.set('authorization', 'Bearer x');
  return new Promise((resolve) => {
    by.makeUnaryRequest(path, asIs, asIs, Buffer.from('hello'), metadata, (error, body) =>
      resolve({ error, body: body?.toString() }),
    );
  });
}

async function stream(path: string, by = client): Promise<string[]> {
  const answers: string[] = [];
  for await (const one of by.makeServerStreamRequest(path, asIs, asIs, Buffer.from('hello'))) answers.push(String(one));
  return answers;
}

test('a call is answered with a message, or with a stream of one', async () => {
  assert.deepEqual(await once('/test.Echo/Once'), { error: null, body: 'hello' });
  assert.equal(calls[0]?.headers.authorization, 'Bearer x');
  assert.deepEqual(await stream('/test.Echo/Stream'), ['hello']);
});

test('a failure keeps its code, message and details', async () => {
  const { error } = await once('/test.Echo/Refuse');
  assert.deepEqual(
    [error?.code, error?.details, String(error?.metadata.get('grpc-status-details-bin')[0])],
    [status.FAILED_PRECONDITION, 'not now', 'more'],
  );
});

test('what is no failure of the caller is INTERNAL, and said', async () => {
  await assert.rejects(stream('/test.Echo/Break'), { code: status.INTERNAL, details: 'internal error' });
  assert.deepEqual(errors, ['/test.Echo/Break TypeError: a bug']);
});

test('one port takes HTTP/1.1 and gRPC, bodies and many connections of both', async () => {
  const url = `http://127.0.0.1:${http.port}`;
  const shared = new Client(`127.0.0.1:${http.port}`, credentials.createInsecure());
  try {
    const body = 'x'.repeat(200_000);
    const plain = Array.from({ length: 5 }, async (_, i) =>
      (await fetch(`${url}/${i}`, { method: 'POST', body })).text(),
    );
    assert.deepEqual(
      await Promise.all(plain),
      [0, 1, 2, 3, 4].map((i) => `/${i} 200000`),
    );
    assert.deepEqual(await stream('/test.Echo/Stream', shared), ['hello']);
    assert.deepEqual(await once('/test.Echo/Once', shared), { error: null, body: 'hello' });
    assert.equal(await (await fetch(`${url}/again`)).text(), '/again 0');
  } finally {
    shared.close();
  }
});
