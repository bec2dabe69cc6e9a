import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Answer, HttpClient } from '../hostile/http_client.ts';
import { decodeMessage } from '../hostile/messages.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';
import { gauge, logRecord, lokiPush, otlp, type PushRequest, remoteWrite, span } from './requests.ts';

/** Every limit of the default configuration, from outside: at the limit it goes, one beyond it does not. */
const KIB = 1024;
const MIB = 1024 * KIB;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const WITHIN_MS = 10_000;

let server: RunningServer;
let client: HttpClient;
before(async () => {
  // A page of the waiting queries' own size would need more connections than one address may have.
  server = await startServer({ env: { TRILITH_QUERIES_WAITING: '32' } });
  client = new HttpClient(server.port, 8);
});
after(async () => {
  client?.close();
  await server?.stop();
});

const push = ({ path, headers, body }: PushRequest): Promise<Answer> => client.post(path, headers, body);

/** Each with the status it must have; the text of refusals must say why. */
async function expect(request: PushRequest, status: number, says?: RegExp): Promise<Answer> {
  const answer = await push(request);
  assert.equal(answer.status, status, String(answer.body));
  if (says !== undefined) assert.match(answer.body.toString(), says);
  return answer;
}

interface VectorAnswer {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}
interface StreamsAnswer {
  readonly data: {
    readonly result: readonly {
      readonly stream: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [string, string])[];
    }[];
  };
}

async function instant(query: string): Promise<number[]> {
  const answer = (await server.get('/prometheus/api/v1/query', { query })) as VectorAnswer;
  return answer.data.result.map(({ value }) => Number(value[1]));
}

async function logLines(query: string): Promise<StreamsAnswer['data']['result']> {
  return ((await server.get('/loki/api/v1/query_range', { query })) as StreamsAnswer).data.result;
}

const found = (query: string, expected: readonly number[]): Promise<void> =>
  eventually(query, WITHIN_MS, async () => assert.deepEqual(await instant(query), expected));

const padded = (bytes: number): PushRequest => ({
  path: '/v1/logs',
  headers: { 'content-type': 'application/json' },
  body: Buffer.from('{"resourceLogs":[]}'.padEnd(bytes)),
});
const zipped = (request: PushRequest): PushRequest => ({
  ...request,
  headers: { ...request.headers, 'content-encoding': 'gzip' },
  body: gzipSync(request.body),
});

describe('bodies', () => {
  test('16 MiB raw are taken, a byte more is 413', async () => {
    await expect(padded(16 * MIB), 200);
    await expect(padded(16 * MIB + 1), 413, /limit of 16777216 bytes/);
  });

  test('a body that only turns out too large while it comes is told so', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let i = 0; i < 20; i++) controller.enqueue(new Uint8Array(MIB).fill(32));
        controller.close();
      },
    });
    const init: RequestInit & { readonly duplex: 'half' } = {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: stream,
      duplex: 'half',
    };
    const response = await fetch(`${server.url}/v1/logs`, init);
    assert.equal(response.status, 413);
    const { code, message } = decodeMessage('otlp.RpcStatus', new Uint8Array(await response.arrayBuffer()));
    assert.equal(code, 8);
    assert.match(String(message), /limit of 16777216 bytes/);
  });

  test('64 MiB decompressed are looked at, a byte more is 413', async () => {
    const filler = Buffer.alloc(64 * MIB - 40);
    // Text that compresses less than 200 times.
    for (let i = 0; i < filler.length; i++) filler[i] = 97 + ((Math.imul(i, 0x9e3779b1) >>> 24) % 13);
    const body = (bytes: number): PushRequest =>
      zipped({
        ...padded(0),
        body: Buffer.concat([Buffer.from('"'), filler, Buffer.from('"'.padEnd(bytes - filler.length - 1))]),
      });
    // A JSON string is no request, so it is 400 when it was read, and 413 when it was not.
    await expect(body(64 * MIB), 400);
    await expect(body(64 * MIB + 1), 413, /67108864/);
  });

  test('above 1 MiB a body may not grow more than 200 times', async () => {
    await expect(zipped(padded(MIB)), 200);
    await expect(zipped(padded(MIB + 1)), 413, /decompressed/);
  });

  test('JSON 64 deep is taken, 65 deep is 400', async () => {
    const nested = (depth: number): PushRequest => ({
      ...padded(0),
      body: Buffer.from(`{"resourceLogs":[],"other":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`),
    });
    await expect(nested(64), 200);
    await expect(nested(65), 400, /deeper than 64/);
  });

  test('protobuf values 32 deep are taken, deeper ones are 400', async () => {
    const nested = (depth: number): object =>
      depth === 0 ? { intValue: '1' } : { arrayValue: { values: [nested(depth - 1)] } };
    const request = (depth: number): PushRequest =>
      otlp('logs', [logRecord('deep', Date.now(), { body: nested(depth) })], 'protobuf');
    await expect(request(31), 200);
    await expect(request(34), 400, /deeper than 32/);
  });

  test('a million elements are 400', async () => {
    const body = (count: number): PushRequest => ({
      ...padded(0),
      body: Buffer.from(`{"resourceLogs":[],"other":[${'0,'.repeat(count)}0]}`),
    });
    await expect(body(900_000), 200);
    await expect(body(1_000_000), 400, /1000000/);
    const attributes = Array.from({ length: 1000 }, () => ({ key: 'a', value: { intValue: '1' } }));
    const records = Array.from({ length: 1010 }, () => ({ attributes }));
    await expect(otlp('logs', records, 'protobuf'), 400, /1000000 elements/);
  });
});

describe('records', () => {
  const LIMIT = 100_000;
  const now = Date.now();

  test('100,000 in a request are taken, one more is 413, at every door', async () => {
    const samples = (count: number): PushRequest =>
      remoteWrite([
        {
          labels: { __name__: 'many' },
          samples: Array.from({ length: count }, (_, i) => [i % 7, now - LIMIT + i] as const),
        },
      ]);
    const lines = (count: number): PushRequest =>
      lokiPush(
        { app: 'many' },
        Array.from({ length: count }, () => 'x'),
      );
    const records = (count: number): PushRequest =>
      otlp('logs', new Array(count).fill({ timeUnixNano: `${now}000000` }), 'protobuf');
    const spans = (count: number): PushRequest => otlp('traces', new Array(count).fill(span(1, now)), 'protobuf');
    const points = (count: number): PushRequest =>
      otlp(
        'metrics',
        [{ name: 'many', gauge: { dataPoints: new Array(count).fill({ timeUnixNano: `${now}000000`, asDouble: 1 }) } }],
        'protobuf',
      );
    for (const make of [samples, lines, records, spans, points]) {
      await expect(make(LIMIT + 1), 413, /100000/);
      const answer = await push(make(LIMIT));
      assert.ok(answer.status < 300, `${answer.status} ${answer.body}`);
    }
    await found('count_over_time(many{job=""}[10m])', [LIMIT]);
  });

  const series = (name: string, labels: Readonly<Record<string, string>>) => ({
    labels: { __name__: name, ...labels },
    samples: [[1, now]] as const,
  });
  const many = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`l${String(i).padStart(3, '0')}`, 'v']));

  test('64 labels, names of 256 bytes and values of 4 KiB are taken, more is 400 and the rest is stored', async () => {
    await expect(
      remoteWrite([
        series('labels_at_limit', many(63)),
        series('labels_at_limit_name', { ['n'.repeat(256)]: 'v' }),
        series('labels_at_limit_value', { v: 'v'.repeat(4096) }),
      ]),
      204,
    );
    for (const [labels, says] of [
      [many(64), /label_count.*65 labels/],
      [{ ['n'.repeat(257)]: 'v' }, /label_name_length/],
      [{ v: 'v'.repeat(4097) }, /label_value_length/],
    ] as const) {
      const marker = `beside_${String(says).replace(/\W/g, '')}`;
      const answer = await expect(remoteWrite([series('over', labels), series(marker, {})]), 400, says);
      assert.equal(answer.headers['x-prometheus-remote-write-samples-written'], '1');
      await found(marker, [1]);
    }
    assert.deepEqual(await instant('over'), []);
  });

  test('the same limits hold for the labels of log streams', async () => {
    await expect(lokiPush(many(64), ['x']), 204);
    await expect(lokiPush(many(65), ['x']), 400, /65 label names; limit 64/);
    await expect(lokiPush({ ['n'.repeat(257)]: 'v' }, ['x']), 400, /label name too long/);
    await expect(lokiPush({ v: 'v'.repeat(4097) }, ['x']), 400, /label value too long/);
  });

  const attributes = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: { stringValue: 'v' } }));

  test('256 attributes of a record are kept, the count of the rest is told', async () => {
    assert.equal(String((await push(otlp('logs', [logRecord('a', now, { attributes: attributes(256) })]))).body), '{}');
    for (const [signal, item] of [
      ['logs', logRecord('a', now, { attributes: attributes(258) })],
      ['traces', span(7, now, { attributes: attributes(258) })],
    ] as const) {
      const { partialSuccess } = JSON.parse((await expect(otlp(signal, [item]), 200)).body.toString());
      assert.match(partialSuccess.errorMessage, /^2 attributes/);
      assert.equal(partialSuccess.rejectedSpans ?? partialSuccess.rejectedLogRecords, undefined);
    }
  });

  test('an attribute value beyond 64 KiB is cut and marked', async () => {
    const more = { attributes: [{ key: 'big', value: { stringValue: 'b'.repeat(64 * KIB + 5) } }] };
    const answer = await expect(otlp('logs', [logRecord('cut value', now, more)], 'json', 'cut'), 200);
    assert.match(String(answer.body), /1 values were truncated/);
    await eventually('the record is stored', WITHIN_MS, async () => {
      const [stream] = await logLines('{service_name="cut"}');
      assert.equal(stream?.stream.big?.length, 64 * KIB);
      assert.ok(
        Object.values(stream?.stream ?? {}).includes(String(64 * KIB + 5)),
        `no mark among ${Object.keys(stream?.stream ?? {})}`,
      );
    });
  });

  test('a line beyond 256 KiB is cut and marked, never refused', async () => {
    for (const [app, request] of [
      ['long-loki', lokiPush({ app: 'long-loki' }, ['l'.repeat(256 * KIB + 9)])],
      ['long-otlp', otlp('logs', [logRecord('l'.repeat(256 * KIB + 9))], 'json', 'long-otlp')],
    ] as const) {
      assert.ok((await push(request)).status < 300);
      await eventually('the line is stored', WITHIN_MS, async () => {
        const [stream] = await logLines(`{service_name="${app}"}`);
        assert.equal(stream?.values[0]?.[1].length, 256 * KIB);
        assert.ok(Object.values(stream?.stream ?? {}).includes(String(256 * KIB + 9)));
      });
    }
  });

  test('samples older than two hours or more than ten minutes ahead are 400, the rest is stored', async () => {
    for (const [name, timeMs, says] of [
      ['old', now - 121 * MINUTE_MS, /too_old/],
      ['new', now + 12 * MINUTE_MS, /too_new/],
    ] as const) {
      const labels = { __name__: `times_${name}` };
      const answer = await expect(
        remoteWrite([
          {
            labels,
            samples: [
              [1, timeMs],
              [2, now],
            ],
          },
        ]),
        400,
        says,
      );
      assert.equal(answer.headers['x-prometheus-remote-write-samples-written'], '1');
      await found(`sum_over_time(times_${name}[3h])`, [2]);
      const request = otlp('metrics', [gauge(`times_otlp_${name}`, 1, timeMs), gauge(`times_otlp_${name}`, 2, now)]);
      const { partialSuccess } = JSON.parse((await expect(request, 200)).body.toString());
      assert.equal(partialSuccess.rejectedDataPoints, '1');
    }
    await expect(
      remoteWrite([
        {
          labels: { __name__: 'times' },
          samples: [
            [1, now - 118 * MINUTE_MS],
            [2, now + 8 * MINUTE_MS],
          ],
        },
      ]),
      204,
    );
  });

  test('lines and spans older than seven days or more than ten minutes ahead are refused, the rest is stored', async () => {
    for (const [name, timeMs] of [
      ['old', now - 7 * DAY_MS - MINUTE_MS],
      ['new', now + 12 * MINUTE_MS],
    ] as const) {
      await expect(
        lokiPush({ app: `times-${name}` }, [
          ['bad', timeMs],
          ['good', now],
        ]),
        400,
      );
      await eventually('the good line is stored', WITHIN_MS, async () => {
        const [stream] = await logLines(`{app="times-${name}"}`);
        assert.deepEqual(
          stream?.values.map(([, line]) => line),
          ['good'],
        );
      });
      const logs = await expect(otlp('logs', [logRecord('bad', timeMs), logRecord('good', now)]), 200);
      assert.equal(JSON.parse(logs.body.toString()).partialSuccess.rejectedLogRecords, '1');
      const spans = await expect(otlp('traces', [span(1, timeMs), span(2, now)]), 200);
      assert.equal(JSON.parse(spans.body.toString()).partialSuccess.rejectedSpans, '1');
    }
    await expect(lokiPush({ app: 'times' }, [['old', now - 7 * DAY_MS + 5 * MINUTE_MS]]), 204);
  });
});

describe('queries', () => {
  const ask = (path: string, parameters: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(`${server.url}${path}?${new URLSearchParams(parameters)}`);

  test('one that would hold too many points is 422 with its kind', async () => {
    const response = await ask('/prometheus/api/v1/query', { query: 'sum_over_time(vector(1)[3000d:1s])' });
    assert.equal(response.status, 422);
    assert.equal(((await response.json()) as { errorType: string }).errorType, 'execution');
  });

  test('more than 11,000 points per series are 400', async () => {
    const parameters = { query: 'up', start: '0', end: '11002', step: '1' };
    const response = await ask('/prometheus/api/v1/query_range', parameters);
    assert.equal(response.status, 400);
    assert.match(await response.text(), /bad_data.*11,000/);
    const lines = { query: '{app="x"}', limit: '100000' };
    assert.equal((await ask('/loki/api/v1/query_range', lines)).status, 400);
  });

  test('beyond four at once and the waiting ones a query is 503 with Retry-After, and later ones are answered', async () => {
    const slow = { query: 'sum_over_time(vector(1)[20d:1s])' };
    const responses = await Promise.all(
      Array.from({ length: 80 }, async (_, i) => {
        const response = await ask('/prometheus/api/v1/query', { ...slow, time: String(1_700_000_000 + i) });
        await response.arrayBuffer();
        return response;
      }),
    );
    const refused = responses.filter(({ status }) => status === 503);
    assert.ok(refused.length >= 80 - 36 - 16, `${refused.length} refused`);
    assert.ok(refused.every(({ headers }) => Number(headers.get('retry-after')) >= 1));
    assert.ok(responses.some(({ status }) => status === 200));
    assert.ok(responses.every(({ status }) => status === 200 || status === 503));
    await found('vector(5)', [5]);
  });
});

describe('connections', () => {
  const open = (): Socket => connect(server.port, '127.0.0.1').on('error', () => undefined);
  const closedAfter = (socket: Socket, withinMs: number): Promise<number> => {
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`still open after ${withinMs} ms`)), withinMs);
      socket.resume();
      socket.once('close', () => {
        clearTimeout(timer);
        resolve(performance.now() - started);
      });
    });
  };
  const LATEST_MS = 15_000;

  test('dripped headers and dripped bodies are cut, idle ones beyond 200 refused; others are served meanwhile', async () => {
    const header = open();
    header.write('POST /v1/logs HTTP/1.1\r\nhost: a\r\n');
    const dripHeader = setInterval(() => header.write('x-a: b\r\n'), 1000);
    const body = open();
    body.write(
      'POST /v1/logs HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{',
    );
    const dripBody = setInterval(() => body.write(' '), 1000);
    try {
      const [headerMs, bodyMs] = await Promise.all([closedAfter(header, LATEST_MS), closedAfter(body, LATEST_MS)]);
      console.log(`slow header closed after ${Math.round(headerMs)} ms, slow body after ${Math.round(bodyMs)} ms`);
    } finally {
      clearInterval(dripHeader);
      clearInterval(dripBody);
      header.destroy();
      body.destroy();
    }
    await expect(padded(100), 200);
  });

  test('an address has 200 connections, the next ones are closed', async () => {
    const sockets = Array.from({ length: 230 }, open);
    try {
      await eventually('those beyond are closed', WITHIN_MS, async () => {
        const left = sockets.filter((socket) => !socket.destroyed).length;
        // Of the 200 this test's own earlier connections have some.
        assert.ok(left <= 200 && left >= 90, `${left} open`);
      });
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    await eventually('new ones are served again', WITHIN_MS, async () => {
      assert.equal((await fetch(`${server.url}/livez`)).status, 200);
    });
  });
});
