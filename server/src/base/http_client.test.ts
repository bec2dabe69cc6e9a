import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createHttpClient } from './http_client.ts';
import { proxyOf } from './http_proxy.ts';
import type { HttpClientConfig, OAuth2Settings, ProxySettings } from './http_settings.ts';
import { Secret } from './secret.ts';

const PLAIN: HttpClientConfig = {
  auth: { kind: 'none' },
  tls: { insecureSkipVerify: false, serverName: '' },
  headers: [],
  followRedirects: true,
  proxy: { kind: 'none' },
};
const REQUEST = { timeoutMs: 5_000, maxBytes: 1 << 20 };
const inline = (value: string) => ({ kind: 'inline', value: new Secret(value) }) as const;

async function serve(t: TestContext, handler: RequestListener) {
  const server = createServer(handler).listen(0, '127.0.0.1');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const body = async (response: Promise<{ readonly body: Uint8Array }>): Promise<string> =>
  Buffer.from((await response).body).toString('utf8');

test('OAuth 2: a token is asked for once, used until it ends or is refused, and asked for anew', async (t) => {
  let tokens = 0;
  const forms: string[] = [];
  const { address: issuer } = await serve(t, async (request, response) => {
    let form = '';
    for await (const chunk of request) form += String(chunk);
    forms.push(form, request.headers.authorization ?? '');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ access_token: `t${++tokens}`, token_type: 'bearer', expires_in: 3600 }));
  });
  let refused = false;
  const { address } = await serve(t, (request, response) => {
    response.writeHead(refused ? 401 : 200).end(request.headers.authorization);
  });
  const auth: OAuth2Settings = {
    kind: 'oauth2',
    grant: 'client_credentials',
    clientId: 'me',
    clientSecret: inline('s&cret'),
    tokenUrl: `http://${issuer}/token`,
    scopes: ['a', 'b'],
    endpointParams: [['audience', 'x']],
    tls: PLAIN.tls,
    proxy: PLAIN.proxy,
  };
  const client = createHttpClient({ ...PLAIN, auth }, '.');
  t.after(() => client.close());
  const ask = (): Promise<string> => body(client.send(`http://${address}/`, REQUEST));
  assert.deepEqual(await Promise.all([ask(), ask(), ask()]), ['Bearer t1', 'Bearer t1', 'Bearer t1']);
  assert.deepEqual([...new URLSearchParams(forms[0])].sort(), [
    ['audience', 'x'],
    ['grant_type', 'client_credentials'],
    ['scope', 'a b'],
  ]);
  assert.equal(forms[1], `Basic ${Buffer.from('me:s%26cret').toString('base64')}`);
  refused = true;
  await ask();
  refused = false;
  assert.equal(await ask(), 'Bearer t2');
});

test('OAuth 2: a token server that refuses is named as the reason', async (t) => {
  const { address } = await serve(t, (_, response) => response.writeHead(403).end());
  const settings = { clientId: 'me', tokenUrl: `http://${address}/`, scopes: [], endpointParams: [] };
  const auth = {
    kind: 'oauth2',
    grant: 'client_credentials',
    ...settings,
    tls: PLAIN.tls,
    proxy: PLAIN.proxy,
  } as const;
  const client = createHttpClient({ ...PLAIN, auth }, '.');
  t.after(() => client.close());
  await assert.rejects(client.send('http://127.0.0.1:1/', REQUEST), /oauth2: cannot fetch token: .* answered 403/);
});

test('a proxy gets the whole address of an http target, and its own credentials', async (t) => {
  const seen: unknown[] = [];
  const { address } = await serve(t, (request, response) => {
    seen.push(request.url, request.headers.host, request.headers['proxy-authorization']);
    response.end('through');
  });
  const proxy: ProxySettings = { kind: 'url', url: `http://u:p@${address}`, noProxy: '', connectHeaders: [] };
  const client = createHttpClient({ ...PLAIN, proxy }, '.');
  t.after(() => client.close());
  assert.equal(await body(client.send('http://target.example:9100/metrics?a=b', REQUEST)), 'through');
  assert.deepEqual(seen, [
    'http://target.example:9100/metrics?a=b',
    'target.example:9100',
    `Basic ${Buffer.from('u:p').toString('base64')}`,
  ]);
});

test('an https target is reached through a tunnel with the headers for CONNECT', async (t) => {
  const { server, address } = await serve(t, (_, response) => response.end());
  const connects: unknown[] = [];
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  server.on('connect', (request, socket: Socket) => {
    connects.push(request.url, request.headers['x-team']);
    sockets.push(socket);
    // What is behind the tunnel speaks no TLS: that it is asked at all is what matters here.
    const behind = connect(Number(address.split(':')[1]), '127.0.0.1');
    sockets.push(behind);
    behind.on('error', () => socket.destroy());
    socket.on('error', () => behind.destroy());
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.pipe(behind).pipe(socket);
  });
  const proxy: ProxySettings = {
    kind: 'url',
    url: `http://${address}`,
    noProxy: '',
    connectHeaders: [['x-team', new Secret('web')]],
  };
  const client = createHttpClient({ ...PLAIN, proxy }, '.');
  t.after(() => client.close());
  await assert.rejects(client.send('https://target.example/metrics', REQUEST));
  assert.deepEqual(connects, ['target.example:443', 'web']);
});

test('no_proxy leaves out hosts, domains, addresses, networks and ports', () => {
  const noProxy = 'example.com, .internal,10.0.0.0/8,192.168.1.1:9100,fd00::/8';
  const proxy = proxyOf({ kind: 'url', url: 'proxy:3128', noProxy, connectHeaders: [] });
  const asked = (url: string): boolean => proxy?.via(new URL(url)) !== undefined;
  assert.deepEqual(
    [
      'http://example.com/',
      'http://a.example.com/',
      'http://notexample.com/',
      'http://x.internal/',
      'http://internal/',
      'http://10.2.3.4/',
      'http://11.2.3.4/',
      'http://192.168.1.1:9100/',
      'http://192.168.1.1:9101/',
      'http://[fd00::1]/',
      'http://localhost/',
    ].map(asked),
    [false, false, true, false, true, false, true, false, true, false, false],
  );
});

test('the environment names a proxy by scheme; loopback is asked directly', () => {
  const env = { HTTP_PROXY: 'http://a:1', https_proxy: 'http://b:2', NO_PROXY: 'plain.test' };
  const via = (url: string): string | undefined =>
    proxyOf({ kind: 'environment', connectHeaders: [] }, env)?.via(new URL(url))?.host;
  assert.deepEqual(['http://x/', 'https://x/', 'http://plain.test/', 'http://127.0.0.1/'].map(via), [
    'a:1',
    'b:2',
    undefined,
    undefined,
  ]);
  assert.throws(
    () => proxyOf({ kind: 'url', url: 'socks4://x', noProxy: '', connectHeaders: [] }),
    /no http, https or/,
  );
});
