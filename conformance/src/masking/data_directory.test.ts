import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort } from '../../../server/src/base/free_port.ts';
import { ProtobufWriter } from '../../../server/src/base/protobuf_writer.ts';
import { snappyCompress } from '../../../server/src/base/snappy.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';
import { filesWith, lineOf, type Secrets, secretsOf, tablesWith, textsOf } from './secrets.ts';

/** Secrets through every way in, then the whole data directory is searched for them: the log, and every row of every table. */
let server: RunningServer;
let forward: number;
let syslog: number;
before(async () => {
  forward = await freePort();
  syslog = await freePort();
  server = await startServer({
    env: { TRILITH_FORWARD_LISTEN: `127.0.0.1:${forward}`, TRILITH_SYSLOG_TCP_LISTEN: `127.0.0.1:${syslog}` },
  });
});
after(() => server.stop());

const nanos = (): string => `${Date.now()}000000`;

async function post(path: string, body: string | Uint8Array<ArrayBuffer>, type = 'application/json'): Promise<void> {
  const response = await fetch(`${server.url}${path}`, { method: 'POST', headers: { 'content-type': type }, body });
  assert.ok(response.ok, `${path} answered ${response.status}: ${await response.text()}`);
}

async function sendBytes(port: number, bytes: Uint8Array | string): Promise<void> {
  const socket = createConnection(port, '127.0.0.1');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.end(bytes, resolve);
  });
}

function lokiProtobuf(labels: string, line: string): Uint8Array<ArrayBuffer> {
  const writer = new ProtobufWriter(1024);
  const stream = writer.open(1);
  writer.text(1, labels);
  const entry = writer.open(2);
  const timestamp = writer.open(1);
  writer.int64(1, BigInt(Math.floor(Date.now() / 1000)));
  writer.close(timestamp);
  writer.text(2, line);
  writer.close(entry);
  writer.close(stream);
  return Uint8Array.from(snappyCompress(writer.finish()));
}

const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });

/** MessagePack of a string of at most 255 bytes. */
const packed = (text: string): Buffer =>
  Buffer.concat([Buffer.from([0xd9, Buffer.byteLength(text)]), Buffer.from(text)]);

const DOORS: readonly (readonly [name: string, send: (secrets: Secrets, line: string) => Promise<void>])[] = [
  [
    'Loki push as JSON: line, label and structured metadata',
    (secrets, line) =>
      post(
        '/loki/api/v1/push',
        JSON.stringify({
          streams: [
            {
              stream: { service_name: 'loki-json', owner: `${secrets.mailbox}@example.com`, pan: secrets.card },
              values: [
                [nanos(), line],
                [nanos(), JSON.stringify({ level: 'info', user_id: `${secrets.mailbox}@example.com`, msg: line })],
                [nanos(), 'quiet', { api_key: secrets.password, card: secrets.card, request_id: secrets.token }],
              ],
            },
          ],
        }),
      ),
  ],
  [
    'Loki push as protobuf',
    (_, line) =>
      post('/loki/api/v1/push', lokiProtobuf('{service_name="loki-protobuf"}', line), 'application/x-protobuf'),
  ],
  [
    'OTLP logs: body, attributes of record, scope and resource, event',
    (secrets, line) =>
      post(
        '/v1/logs',
        JSON.stringify({
          resourceLogs: [
            {
              resource: { attributes: [attribute('service.name', 'otlp'), attribute('db.password', secrets.password)] },
              scopeLogs: [
                {
                  scope: { name: `of ${secrets.mailbox}@example.com`, attributes: [attribute('pan', secrets.card)] },
                  logRecords: [
                    {
                      timeUnixNano: nanos(),
                      eventName: `token ${secrets.token}`,
                      body: {
                        kvlistValue: { values: [attribute('password', secrets.password), attribute('t', line)] },
                      },
                      attributes: [attribute('authorization', `Bearer ${secrets.token}`), attribute('line', line)],
                    },
                  ],
                },
              ],
            },
          ],
        }),
      ),
  ],
  [
    'OTLP traces: names, attributes, events, links, messages',
    (secrets, line) =>
      post(
        '/v1/traces',
        JSON.stringify({
          resourceSpans: [
            {
              resource: { attributes: [attribute('service.name', 'otlp-traces'), attribute('owner', line)] },
              scopeSpans: [
                {
                  spans: [
                    {
                      traceId: '1'.repeat(32),
                      spanId: '1'.repeat(16),
                      name: `GET /${secrets.mailbox}@example.com`,
                      startTimeUnixNano: nanos(),
                      endTimeUnixNano: nanos(),
                      attributes: [attribute('password', secrets.password), attribute('http.url', line)],
                      status: { code: 2, message: line },
                      events: [{ timeUnixNano: nanos(), name: line, attributes: [attribute('secret', secrets.token)] }],
                      links: [{ traceId: '2'.repeat(32), spanId: '2'.repeat(16), attributes: [attribute('a', line)] }],
                    },
                  ],
                },
              ],
            },
          ],
        }),
      ),
  ],
  [
    'Fluent Bit over http',
    (secrets, line) =>
      post('/fluent/app', JSON.stringify([{ log: line, password: secrets.password, pan: secrets.card }])),
  ],
  [
    'Fluent forward',
    (_, line) =>
      sendBytes(
        forward,
        Buffer.concat([
          Buffer.from([0x93]),
          packed('app.forward'),
          Buffer.from([0xce, ...seconds()]),
          Buffer.from([0x81]),
          packed('message'),
          packed(line),
        ]),
      ),
  ],
  [
    'Elasticsearch _bulk',
    (secrets, line) =>
      post(
        '/elasticsearch/_bulk',
        `{"create":{"_index":"logs-app"}}\n${JSON.stringify({ '@timestamp': new Date().toISOString(), message: line, user: { email: `${secrets.mailbox}@example.com`, password: secrets.password } })}\n`,
        'application/x-ndjson',
      ),
  ],
  [
    'syslog',
    (secrets, line) =>
      sendBytes(
        syslog,
        `<134>1 ${new Date().toISOString()} host app 42 - [a@1 pan="${secrets.card}" owner="${secrets.mailbox}@example.com"] ${line}\n`,
      ),
  ],
  [
    'metrics: labels of series',
    (secrets) =>
      post(
        '/v1/metrics',
        JSON.stringify({
          resourceMetrics: [
            {
              resource: { attributes: [attribute('service.name', 'otlp-metrics')] },
              scopeMetrics: [
                {
                  metrics: [
                    {
                      name: 'masked_gauge',
                      gauge: {
                        dataPoints: [
                          {
                            timeUnixNano: nanos(),
                            asDouble: 1,
                            attributes: [
                              attribute('pan', secrets.card),
                              attribute('password', secrets.password),
                              attribute('t', secrets.token),
                            ],
                          },
                        ],
                      },
                    },
                  ],
                },
              ],
            },
          ],
        }),
      ),
  ],
];

/** The seconds of now, four bytes. */
function seconds(): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(Math.floor(Date.now() / 1000));
  return bytes;
}

test('what came in by any door is nowhere in the data directory, neither in the log nor in any row', async () => {
  const texts: string[] = [];
  for (const [number, [name, send]] of DOORS.entries()) {
    const secrets = secretsOf(number);
    texts.push(...textsOf(secrets));
    await send(secrets, lineOf(secrets)).catch((error: unknown) => {
      throw new Error(name, { cause: error });
    });
  }
  // A refusal names what it refuses: it is no place for secrets either.
  const refused = secretsOf(DOORS.length);
  texts.push(...textsOf(refused));
  const response = await fetch(`${server.url}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      streams: [{ stream: { service_name: lineOf(refused), 'not a name': 'x' }, values: [['1', lineOf(refused)]] }],
    }),
  });
  const refusal = await response.text();
  for (const text of textsOf(refused)) assert.ok(!refusal.includes(text), refusal);

  await eventually('every door is counted and its lines are stored', 20_000, async () => {
    const { rules } = (await server.get('/api/masking')) as { rules: { name: string; count: number }[] };
    const count = (name: string): number => rules.find((rule) => rule.name === name)?.count ?? 0;
    assert.ok(count('card') >= DOORS.length + 3 && count('token') >= DOORS.length, JSON.stringify(rules));
  });
  assert.deepEqual(filesWith(join(server.data, 'wal'), texts), []);

  process.kill(server.pid, 'SIGTERM');
  await eventually('the server has ended', 20_000, async () => assert.ok(!server.running()));
  assert.deepEqual(filesWith(server.data, texts), []);
  const { found, rows } = await tablesWith(server.data, texts);
  assert.deepEqual(found, []);
  assert.ok(
    (rows.otel_logs ?? 0) >= 8 && (rows.otel_traces ?? 0) === 1 && (rows.log_patterns ?? 0) > 0,
    JSON.stringify(rows),
  );
  assert.ok((rows.log_streams ?? 0) > 0 && (rows.series ?? 0) > 0, JSON.stringify(rows));
});
