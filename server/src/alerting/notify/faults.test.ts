import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createHttpClient } from '../../base/http_client.ts';
import { exampleNotification, tell } from './fake_provider.ts';

/** A provider that fails in the ways networks do: always worth another attempt, and recognized when it comes. */

async function provider(
  serve: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const through = (url: string) =>
  tell(`webhook_configs: [{url: "${url}", timeout: 500ms}]`, { services: { client: createHttpClient } });

test('a port nobody listens on is tried again', async () => {
  const gone = await provider(() => undefined);
  await gone[Symbol.asyncDispose]();
  const { outcome } = await through(`http://127.0.0.1:${gone.port}/`);
  assert.match(outcome.error ?? '', /ECONNREFUSED/);
  assert.equal(outcome.retry, true);
});

test('a name that does not resolve is tried again', async () => {
  const { outcome } = await through('http://no-such-host.invalid/');
  assert.notEqual(outcome.error, undefined);
  assert.equal(outcome.retry, true);
});

test('a provider that does not speak TLS where it should is tried again', async () => {
  await using plain = await provider((_request, response) => response.end());
  const { outcome } = await through(`https://127.0.0.1:${plain.port}/`);
  assert.notEqual(outcome.error, undefined);
  assert.equal(outcome.retry, true);
});

test('a provider that never answers is given up on after the timeout and tried again', async () => {
  await using silent = await provider(() => undefined);
  const { outcome } = await through(`http://127.0.0.1:${silent.port}/`);
  assert.match(outcome.error ?? '', /no answer within 500 ms/);
  assert.equal(outcome.retry, true);
});

test('a lost answer is tried again with the same key, by which the provider can tell', async () => {
  const keys: unknown[] = [];
  await using losing = await provider((request, response) => {
    keys.push(request.headers['idempotency-key']);
    request.resume().on('end', () => (keys.length === 1 ? response.destroy() : response.end()));
  });
  const url = `http://127.0.0.1:${losing.port}/`;
  const first = await through(url);
  assert.equal(first.outcome.retry, true);
  const second = await through(url);
  assert.equal(second.outcome.error, undefined);
  assert.deepEqual(keys, ['idem-1', 'idem-1']);
});

test('an attempt that is called off ends at once', async () => {
  await using silent = await provider(() => undefined);
  const started = AbortSignal.abort();
  const { outcome } = await tell(`webhook_configs: [{url: "http://127.0.0.1:${silent.port}/"}]`, {
    services: { client: createHttpClient },
    notification: exampleNotification(),
    signal: started,
  });
  assert.equal(outcome.retry, true);
});
