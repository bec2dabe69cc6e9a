import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { HttpClientConfig } from '../../../base/http_settings.ts';
import { Secret } from '../../../base/secret.ts';
import { discoverDns } from './dns.ts';
import { discoverFiles } from './file.ts';
import { discoverHttp } from './http.ts';
import type { DiscoveryContext, TargetGroup } from './target_group.ts';

const PLAIN: HttpClientConfig = {
  auth: { kind: 'none' },
  tls: { insecureSkipVerify: false, serverName: '' },
  headers: [],
  followRedirects: true,
  proxy: { kind: 'none' },
};

/** What a discovery says, to be waited for. */
function listener(directory = '.') {
  const failures: string[] = [];
  let waiting: {
    wanted: (groups: readonly TargetGroup[]) => boolean;
    done: (groups: readonly TargetGroup[]) => void;
  }[] = [];
  let failing: (() => void)[] = [];
  const context: DiscoveryContext = {
    directory,
    found(groups) {
      for (const { wanted, done } of waiting) if (wanted(groups)) done(groups);
      waiting = waiting.filter(({ wanted }) => !wanted(groups));
    },
    failed(reason) {
      failures.push(reason);
      for (const done of failing) done();
      failing = [];
    },
  };
  const next = (wanted: (groups: readonly TargetGroup[]) => boolean = () => true): Promise<readonly TargetGroup[]> =>
    new Promise((done) => waiting.push({ wanted, done }));
  const failure = (): Promise<void> => new Promise((done) => failing.push(done));
  return { context, failures, next, failure };
}

const addresses = (groups: readonly TargetGroup[]): string[] =>
  groups.flatMap(({ targets }) => targets.map((target) => target.__address__ ?? '')).sort();

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'trilith-discovery-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function serve(t: TestContext, handler: RequestListener): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('files: JSON and YAML are read, taken up when they change, and kept when they break', async (t) => {
  const directory = folder(t);
  const write = (name: string, text: string): void => {
    writeFileSync(join(directory, `${name}.new`), text);
    renameSync(join(directory, `${name}.new`), join(directory, name));
  };
  write('a.json', '[{"targets": ["a:1"], "labels": {"env": "prod"}}]');
  write('b.yml', '- targets: [b:1, b:2]\n');
  const { context, failures, next, failure } = listener(directory);
  const first = next((groups) => groups.length === 2);
  const discovery = discoverFiles({ files: ['*.json', 'b.yml'], refreshMs: 60_000 }, context);
  t.after(() => discovery.stop());
  const groups = await first;
  assert.deepEqual(addresses(groups), ['a:1', 'b:1', 'b:2']);
  assert.deepEqual({ ...groups[0]?.labels }, { env: 'prod', __meta_filepath: join(directory, 'a.json') });
  const changed = next((found) => addresses(found).includes('a:2'));
  write('a.json', '[{"targets": ["a:2"]}]');
  assert.deepEqual(addresses(await changed), ['a:2', 'b:1', 'b:2']);
  const broken = failure();
  write('a.json', '[{"targets": "a:3"}]');
  await broken;
  assert.match(failures[0] ?? '', /a\.json: line 1: .*expected a list/);
  const gone = next((found) => addresses(found).join() === 'a:2');
  rmSync(join(directory, 'b.yml'));
  assert.deepEqual(addresses(await gone), ['a:2']);
});

test('HTTP: groups come with the address asked; a bad answer keeps those before', async (t) => {
  let round = 0;
  const headers: unknown[] = [];
  const address = await serve(t, (request, response) => {
    headers.push(request.headers['x-prometheus-refresh-interval-seconds'], request.headers.authorization);
    const bodies = ['[{"targets":["a:1"],"labels":{"x":"y"}}]', '{"not":"a list"}', '[{"targets":["b:1"]}]'];
    response.writeHead(200, { 'content-type': 'application/json' }).end(bodies[Math.min(round++, 2)]);
  });
  const { context, failures, next, failure } = listener();
  const [first, failed] = [next(), failure()];
  const auth = {
    kind: 'basic',
    username: { kind: 'inline', value: new Secret('u') },
    password: { kind: 'inline', value: new Secret('p') },
  } as const;
  const url = `http://${address}/sd`;
  const discovery = discoverHttp({ ...PLAIN, auth, url, refreshMs: 100 }, context);
  t.after(() => discovery.stop());
  const groups = await first;
  assert.deepEqual([addresses(groups), { ...groups[0]?.labels }], [['a:1'], { x: 'y', __meta_url: url }]);
  assert.deepEqual(headers.slice(0, 2), ['0.1', `Basic ${Buffer.from('u:p').toString('base64')}`]);
  await failed;
  assert.match(failures[0] ?? '', /no list of target groups/);
  assert.deepEqual(addresses(await next()), ['b:1']);
});

/** A name as DNS writes it. */
const dnsName = (name: string): Buffer =>
  Buffer.concat([
    ...name
      .split('.')
      .filter((part) => part !== '')
      .map((part) => Buffer.concat([Buffer.of(part.length), Buffer.from(part)])),
    Buffer.of(0),
  ]);
const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);
const TYPES = { A: 1, NS: 2, MX: 15, AAAA: 28, SRV: 33 } as const;

/** A name server that knows these records: `TYPE name` → data. */
async function nameServer(t: TestContext, records: Readonly<Record<string, readonly Buffer[]>>): Promise<string> {
  const socket: Socket = createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => socket.close());
  socket.on('message', (query, from) => {
    const parts: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      parts.push(query.subarray(at + 1, at + 1 + length).toString('latin1'));
      at += length + 1;
    }
    const type = query.readUInt16BE(at + 1);
    const kind = Object.entries(TYPES).find(([, number]) => number === type)?.[0] ?? '';
    const answers = records[`${kind} ${parts.join('.').toLowerCase()}`];
    const head = Buffer.concat([
      query.subarray(0, 2),
      u16(answers === undefined ? 0x8183 : 0x8180),
      u16(1),
      u16(answers?.length ?? 0),
      u16(0),
      u16(0),
      query.subarray(12, at + 5),
    ]);
    const rows = (answers ?? []).map((data) =>
      Buffer.concat([u16(0xc00c), u16(type), u16(1), Buffer.of(0, 0, 0, 30), u16(data.length), data]),
    );
    socket.send(Buffer.concat([head, ...rows]), from.port, from.address);
  });
  await once(socket, 'listening');
  return `127.0.0.1:${socket.address().port}`;
}

test('DNS: SRV, A, AAAA, MX and NS records make targets; search domains and absent names are minded', async (t) => {
  const server = await nameServer(t, {
    'SRV _m._tcp.example.com': [Buffer.concat([u16(0), u16(0), u16(9100), dnsName('h1.example.com')])],
    'A web.example.com': [Buffer.of(10, 0, 0, 1), Buffer.of(10, 0, 0, 2)],
    'AAAA web.example.com': [Buffer.from('20010db8000000000000000000000001', 'hex')],
    'MX example.com': [Buffer.concat([u16(10), dnsName('mx.example.com')])],
    'NS example.com': [dnsName('ns.example.com')],
  });
  const around = { servers: [server], search: ['example.com'] };
  const ask = async (type: keyof typeof TYPES, name: string, port = 80) => {
    const { context, next, failures } = listener();
    const first = next();
    const discovery = discoverDns({ names: [name], type, port, refreshMs: 60_000 }, context, around);
    const groups = await first;
    await discovery.stop();
    assert.deepEqual(failures, []);
    return groups[0]?.targets ?? [];
  };
  const [srv] = await ask('SRV', '_m._tcp.example.com.', 0);
  assert.deepEqual(
    [srv?.__address__, srv?.__meta_dns_srv_record_target, srv?.__meta_dns_srv_record_port, srv?.__meta_dns_name],
    ['h1.example.com:9100', 'h1.example.com.', '9100', '_m._tcp.example.com.'],
  );
  assert.deepEqual((await ask('A', 'web')).map(({ __address__ }) => __address__).sort(), [
    '10.0.0.1:80',
    '10.0.0.2:80',
  ]);
  assert.equal((await ask('AAAA', 'web.example.com.'))[0]?.__address__, '[2001:db8::1]:80');
  const [mx] = await ask('MX', 'example.com.', 25);
  assert.deepEqual([mx?.__address__, mx?.__meta_dns_mx_record_target], ['mx.example.com:25', 'mx.example.com.']);
  assert.equal((await ask('NS', 'example.com.', 53))[0]?.__meta_dns_ns_record_target, 'ns.example.com.');
  assert.deepEqual(await ask('A', 'nobody.example.com.'), []);
});
