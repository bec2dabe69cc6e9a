import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { type LogsSurroundings, logsCommand } from './logs.ts';

function surroundings(url: string, stop: AbortSignal): LogsSurroundings & { readonly said: string[] } {
  const said: string[] = [];
  return {
    said,
    env: { TRILITH_URL: url },
    out: () => undefined,
    err: (text) => said.push(text),
    drained: () => Promise.resolve(),
    terminal: false,
    stop,
    nowMs: Date.now,
  };
}

test('a server that is away is said once, however often it is tried again', async (t) => {
  const stop = new AbortController();
  let tries = 0;
  const server = createServer((socket) => {
    socket.destroy();
    if (++tries === 3) stop.abort();
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const around = surroundings(url, stop.signal);
  assert.equal(await logsCommand(['-f', '{app="x"}'], around), 130);
  assert.equal(tries, 3);
  assert.deepEqual(around.said, [`${url} does not answer; trying again\n`]);
});

test('no lines asked for are none shown, and nothing is said of others', async () => {
  const around = surroundings('http://127.0.0.1:1', new AbortController().signal);
  assert.equal(await logsCommand(['--tail', '0', '{app="x"}'], around), 0);
  assert.deepEqual(around.said, []);
});
