import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { decodeMulti, encode } from '@msgpack/msgpack';
import { Secret } from '../../base/secret.ts';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import type { Outcome, Submission } from '../../model/ingest.ts';
import { type ForwardServerOptions, listenForward } from './forward_server.ts';

const STORED: Outcome = {
  kind: 'stored',
  accepted: { samples: 0, histograms: 0, exemplars: 0, logs: 1, spans: 0 },
  rejections: [],
};

interface Server {
  readonly port: number;
  readonly submissions: Submission[];
  readonly problems: string[];
  /** What is answered next, and when. */
  outcome: (submission: Submission) => Promise<Outcome>;
}

async function start(t: TestContext, options: Partial<ForwardServerOptions> = {}): Promise<Server> {
  const state: Server & { port: number } = {
    port: 0,
    submissions: [],
    problems: [],
    outcome: async () => STORED,
  };
  const server = await listenForward({
    host: '127.0.0.1',
    port: 0,
    tenant: 'trilith',
    submit: (submission) => {
      state.submissions.push(submission);
      return state.outcome(submission);
    },
    limits: { ...DEFAULT_DECODE_LIMITS, bodyBytes: 1 << 20 },
    onProblem: (message) => state.problems.push(message),
    ...options,
  });
  t.after(() => server.close(0));
  state.port = server.port;
  return state;
}

/** A client, and a function that waits for so many messages. */
async function client(
  t: TestContext,
  port: number,
): Promise<{ socket: Socket; read: (count: number) => Promise<unknown[]> }> {
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  let received = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
  });
  const decoded = (): unknown[] => [...decodeMulti(received)];
  return {
    socket,
    async read(count) {
      while (received.length === 0 || decoded().length < count) await once(socket, 'data');
      return decoded();
    },
  };
}

const event = (log: string, chunk?: string): Uint8Array =>
  encode(chunk === undefined ? ['app', 1, { log }] : ['app', 1, { log }, { chunk }]);

test('a chunk is acknowledged when it is stored, not before', async (t) => {
  const server = await start(t);
  const stored = Promise.withResolvers<Outcome>();
  const asked = Promise.withResolvers<void>();
  server.outcome = () => {
    asked.resolve();
    return stored.promise;
  };
  const { socket, read } = await client(t, server.port);
  socket.write(event('a', 'chunk-1'));
  await asked.promise;
  assert.equal(socket.bytesRead, 0);
  stored.resolve(STORED);
  assert.deepEqual(await read(1), [{ ack: 'chunk-1' }]);
});

test('every chunk is stored by itself as it came, so that its retry is known; what wants no answer is stored together', async (t) => {
  const server = await start(t);
  const { socket, read } = await client(t, server.port);
  const chunk = encode(['app', [[1, { log: 'x' }]], { chunk: 'c' }]);
  socket.write(Buffer.concat([event('a'), event('b'), chunk, event('c'), event('last', 'z')]));
  assert.deepEqual(await read(2), [{ ack: 'c' }, { ack: 'z' }]);
  assert.deepEqual(
    server.submissions.map(({ body, neverRetried }) => [body.length, neverRetried]).sort(),
    [
      [chunk.length, false],
      [event('last', 'z').length, false],
      [event('a').length * 3, true],
    ].sort(),
  );
  assert.ok(server.submissions.some(({ body }) => Buffer.from(body).equals(chunk)));
});

test('bytes may arrive one by one', async (t) => {
  const server = await start(t);
  const { socket, read } = await client(t, server.port);
  socket.setNoDelay(true);
  for (const byte of event('slow', 'c')) {
    socket.write(Uint8Array.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(await read(1), [{ ack: 'c' }]);
});

test('while we are overloaded the sender waits; then its chunk is stored and acknowledged', async (t) => {
  const server = await start(t);
  const outcomes: Outcome[] = [{ kind: 'unavailable', message: 'busy', retryAfterSeconds: 0.01 }, STORED];
  server.outcome = async () => outcomes.shift() ?? STORED;
  const { socket, read } = await client(t, server.port);
  socket.write(event('a', 'c'));
  assert.deepEqual(await read(1), [{ ack: 'c' }]);
  assert.equal(server.submissions.length, 2);
});

test('what can never be stored is not acknowledged: the connection is closed, and it is said why', async (t) => {
  const server = await start(t);
  server.outcome = async () => ({ kind: 'too-large', message: 'more than 100000 log entries in one request' });
  const { socket } = await client(t, server.port);
  socket.write(event('a', 'c'));
  await once(socket, 'close');
  assert.equal(socket.bytesRead, 0);
  assert.match(server.problems.join(), /too-large: more than 100000/);
});

test('noise and messages beyond the bounds close the connection', async (t) => {
  const server = await start(t);
  for (const noise of [
    Uint8Array.of(0xc1),
    Buffer.from([0xc6, 0x7f, 0xff, 0xff, 0xff]),
    new Uint8Array(200).fill(0x91),
  ]) {
    const { socket } = await client(t, server.port);
    socket.write(noise);
    await once(socket, 'close');
  }
  assert.equal(server.problems.length, 3);
  assert.equal(server.submissions.length, 0);
});

const KEY = 'secret-key';
const sha512 = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

async function shakeHands(t: TestContext, port: number, key: string) {
  const connection = await client(t, port);
  const [helo] = await connection.read(1);
  const [word, { nonce }] = helo as [string, { nonce: string }];
  assert.equal(word, 'HELO');
  // A string by its type, not by its bytes.
  const salt = Uint8Array.of(0xff, 0xfe, 0x80, 0x00, ...Array.from({ length: 12 }, (_, i) => i));
  const digest = sha512(salt, 'web-1', nonce, key);
  const ping = [encode('PING'), encode('web-1'), Uint8Array.of(0xb0, ...salt), encode(digest), encode(''), encode('')];
  connection.socket.write(Uint8Array.from([0x96, ...ping.flatMap((part) => [...part])]));
  const [, pong] = await connection.read(2);
  return { ...connection, nonce, salt, pong: pong as [string, boolean, string, string, string] };
}

test('with a shared key both sides prove that they have it', async (t) => {
  const server = await start(t, { sharedKey: new Secret(KEY) });
  const { socket, read, pong, salt, nonce } = await shakeHands(t, server.port, KEY);
  const [, accepted, , host, digest] = pong;
  assert.equal(accepted, true);
  assert.equal(digest, sha512(salt, host, nonce, KEY));
  socket.write(event('a', 'c'));
  assert.deepEqual((await read(3))[2], { ack: 'c' });
});

test('without the key, or with another, nothing is taken', async (t) => {
  const server = await start(t, { sharedKey: new Secret(KEY) });
  const { socket, pong } = await shakeHands(t, server.port, 'another');
  assert.deepEqual(pong.slice(0, 3), ['PONG', false, 'shared_key mismatch']);
  await once(socket, 'close');
  const unshaken = await client(t, server.port);
  unshaken.socket.write(event('a', 'c'));
  await once(unshaken.socket, 'close');
  assert.equal(server.submissions.length, 0);
});

test('UDP heartbeats are answered', async (t) => {
  const server = await start(t);
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  socket.send(Uint8Array.of(0), server.port, '127.0.0.1');
  const [answer] = (await once(socket, 'message')) as [Buffer];
  assert.equal(answer.length, 1);
});
