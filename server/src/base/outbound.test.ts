import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { createOutbound, isPrivateAddress, OutboundError } from './outbound.ts';

const closing: (() => void)[] = [];
after(() => {
  for (const close of closing) close();
});

async function serve(listener: RequestListener, host = '127.0.0.1'): Promise<string> {
  const server = createServer(listener).listen(0, host);
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

function client(allowPrivate: boolean) {
  const outbound = createOutbound({ allowPrivate });
  closing.push(() => outbound.close());
  return outbound;
}

const bounds = { timeoutMs: 2_000, maxBytes: 1_000 };
const kind = (expected: OutboundError['kind']) => (error: unknown) =>
  error instanceof OutboundError && error.kind === expected;

test('private, loopback, link-local and disguised addresses are known as such', () => {
  for (const address of [
    '127.0.0.1',
    '127.9.9.9',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::7f00:1',
    'fe80::1',
    'fd00::1',
    '224.0.0.1',
    '255.255.255.255',
    '2002:7f00:1::',
    'nonsense',
  ]) {
    assert.equal(isPrivateAddress(address), true, address);
  }
  for (const address of ['1.1.1.1', '172.32.0.1', '192.169.0.1', '2606:4700:4700::1111', '::ffff:8.8.8.8']) {
    assert.equal(isPrivateAddress(address), false, address);
  }
});

test('without allowPrivate neither literals, nor odd spellings, nor names reach the loopback', async () => {
  let reached = 0;
  const base = await serve((_, response) => {
    reached++;
    response.end('x');
  });
  const port = new URL(base).port;
  const outbound = client(false);
  for (const host of ['127.0.0.1', '[::1]', 'localhost', '0x7f000001', '2130706433', '127.1', '[::ffff:127.0.0.1]']) {
    await assert.rejects(outbound.send(`http://${host}:${port}/`, bounds), kind('blocked'), host);
  }
  assert.equal(reached, 0);
  assert.equal((await client(true).send(base, bounds)).status, 200);
});

test('only http and https are spoken', async () => {
  for (const url of ['file:///etc/passwd', 'ftp://example.org/', 'gopher://example.org/', 'javascript:1', 'nonsense']) {
    await assert.rejects(client(true).send(url, bounds), kind('blocked'), url);
  }
});

test('credentials follow a redirect on the same host and are dropped on the way to another', async () => {
  const seen: (string | undefined)[] = [];
  const other = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.end('end');
  });
  const base = await serve((request, response) => {
    seen.push(request.headers.authorization);
    if (request.url === '/end') response.end('end');
    else response.writeHead(302, { location: request.url === '/same' ? '/end' : other }).end();
  });
  const request = { ...bounds, headers: { Authorization: 'Bearer x', accept: '*/*' } };
  await client(true).send(`${base}/same`, request);
  const answer = await client(true).send(`${base}/other`, request);
  assert.deepEqual(seen, ['Bearer x', 'Bearer x', 'Bearer x', undefined]);
  assert.equal(answer.url, `${other}/`);
  assert.equal(new TextDecoder().decode(answer.body), 'end');
});

test('redirects are checked and bounded', async () => {
  const base = await serve((request, response) => {
    response.writeHead(302, { location: request.url === '/file' ? 'file:///etc/passwd' : '/again' }).end();
  });
  await assert.rejects(client(true).send(`${base}/file`, bounds), kind('blocked'));
  await assert.rejects(client(true).send(base, bounds), /more than 10 redirects/);
  assert.equal((await client(true).send(base, { ...bounds, maxRedirects: 0 })).status, 302);
});

test('time, size and the caller bound an exchange; refused connections say so', async () => {
  const base = await serve((request, response) => {
    if (request.url === '/large') response.end('x'.repeat(2_000));
    else response.write('never ends');
  });
  await assert.rejects(client(true).send(`${base}/slow`, { ...bounds, timeoutMs: 50 }), kind('timeout'));
  await assert.rejects(client(true).send(`${base}/large`, bounds), kind('too-large'));
  await assert.rejects(client(true).send(base, { ...bounds, signal: AbortSignal.abort() }), kind('aborted'));
  await assert.rejects(
    client(true).send('http://127.0.0.1:1/', bounds),
    (error) => kind('unreachable')(error) && /ECONNREFUSED/.test(String(error)),
  );
});
