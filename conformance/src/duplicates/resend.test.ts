import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { snappyCompress } from '../../../server/src/base/snappy.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

// What was acknowledged and is sent again in other batches shows once: lines by (stream, time, line), spans by (trace, span),
// samples by (series, time).

const NOW = Math.floor(Date.now() / 1000) * 1000;
const VISIBLE_MS = 30_000;

let server: RunningServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

async function post(
  path: string,
  body: Uint8Array<ArrayBuffer> | string,
  headers: Record<string, string> = {},
): Promise<void> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  assert.ok(response.ok, `${response.status} ${await response.text()}`);
}

test('lines sent again in other batches are shown and counted once', async () => {
  const line = (i: number): [string, string] => [`${NOW - 60_000 + i * 10}000000`, `line ${i}`];
  const push = (values: [string, string][]): Promise<void> =>
    post('/loki/api/v1/push', JSON.stringify({ streams: [{ stream: { app: 'resend' }, values }] }));
  const lines = Array.from({ length: 30 }, (_, i) => line(i));
  await push(lines.slice(0, 20));
  await push(lines.slice(10, 30));
  await push(lines.slice(5, 6));
  // Late lines that were never sent before, some at a time that others have.
  await push([[lines[3]?.[0] ?? '', 'another line of that moment'], line(31), line(30)]);
  const range = { start: String((NOW - 120_000) / 1000), end: String(NOW / 1000) };
  await eventually('33 lines are shown', VISIBLE_MS, async () => {
    const shown = (await server.get('/loki/api/v1/query_range', {
      ...range,
      query: '{app="resend"}',
      limit: '500',
    })) as {
      data: { result: { values: unknown[] }[] };
    };
    assert.equal(shown.data.result.flatMap(({ values }) => values).length, 33);
  });
  for (const [query, expected] of [
    ['sum(count_over_time({app="resend"}[5m]))', 33],
    ['sum by (app) (count_over_time({app="resend"} |= "line 1" [5m]))', 11],
    ['sum(bytes_over_time({app="resend"} |= "line 5" [5m]))', 'line 5'.length],
  ] as const) {
    const counted = (await server.get('/loki/api/v1/query', { query, time: String(NOW / 1000) })) as {
      data: { result: { value: [number, string] }[] };
    };
    assert.deepEqual(
      counted.data.result.map(({ value }) => Number(value[1])),
      [expected],
      query,
    );
  }
});

test('spans sent again in other batches are shown once', async () => {
  const traceId = '5bf92f3577b34da6a3ce929d0e0e4736';
  const span = (i: number): object => ({
    traceId,
    spanId: (i + 1).toString(16).padStart(16, '0'),
    name: `span ${i}`,
    kind: 1,
    startTimeUnixNano: `${NOW - 60_000 + i}000000`,
    endTimeUnixNano: `${NOW - 59_000 + i}000000`,
  });
  const push = (numbers: number[]): Promise<void> =>
    post('/v1/traces', JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: numbers.map(span) }] }] }));
  await push([0, 1, 2, 3]);
  await push([2, 3, 4]);
  await push([0]);
  await eventually('five spans are shown', VISIBLE_MS, async () => {
    const trace = JSON.stringify(await server.get(`/tempo/api/traces/${traceId}`));
    assert.equal(trace.match(/"spanId":/g)?.length, 5);
  });
});

test('samples sent again in other batches count once', async () => {
  const bytes = (...parts: (number | Uint8Array)[]): Buffer =>
    Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)));
  const message = (field: number, body: Uint8Array): Buffer => bytes((field << 3) | 2, body.length, body);
  const sample = (i: number): Buffer => {
    const value = Buffer.alloc(9);
    value[0] = 0x09;
    value.writeDoubleLE(i, 1);
    const time: number[] = [];
    for (let rest = BigInt(NOW - 60_000 + i * 1000); ; rest >>= 7n) {
      if (rest < 128n) {
        time.push(Number(rest));
        break;
      }
      time.push(Number(rest & 127n) | 128);
    }
    return message(2, bytes(value, 0x10, Buffer.from(time)));
  };
  const push = (numbers: number[]): Promise<void> => {
    const label = message(1, bytes(message(1, Buffer.from('__name__')), message(2, Buffer.from('resent'))));
    return post('/api/v1/write', snappyCompress(message(1, bytes(label, ...numbers.map(sample)))), {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    });
  };
  await push([0, 1, 2]);
  await push([1, 2, 3]);
  await push([3]);
  await eventually('four samples are counted', VISIBLE_MS, async () => {
    const counted = (await server.get('/prometheus/api/v1/query', {
      query: 'count_over_time(resent[5m])',
      time: String(NOW / 1000),
    })) as { data: { result: { value: [number, string] }[] } };
    assert.equal(counted.data.result[0]?.value[1], '4');
  });
});
