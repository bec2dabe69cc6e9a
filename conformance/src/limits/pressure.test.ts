import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Answer, HttpClient } from '../hostile/http_client.ts';
import { decodeMessage } from '../hostile/messages.ts';
import { childPids, eventually, type RunningServer, startServer } from '../running_server.ts';
import { gauge, lokiPush, oneOfEach, otlp, type PushRequest, remoteWrite } from './requests.ts';

/** What senders are told when it is too much: of their tenant's quota, of series, of disk, of the store's backlog. */
const WITHIN_MS = 15_000;

let server: RunningServer;
let client: HttpClient;

async function start(env: Readonly<Record<string, string>>): Promise<void> {
  server = await startServer({ env });
  client = new HttpClient(server.port, 4);
}
async function stop(): Promise<void> {
  client?.close();
  await server?.stop();
}

const push = ({ path, headers, body }: PushRequest): Promise<Answer> => client.post(path, headers, body);

interface VectorAnswer {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}
async function instant(query: string): Promise<number[]> {
  const answer = (await server.get('/prometheus/api/v1/query', { query })) as VectorAnswer;
  return answer.data.result.map(({ value }) => Number(value[1])).sort((a, b) => a - b);
}

/** A status that makes this client keep its data and come back, in the protocol's own shape. */
function checkComeBack(request: PushRequest, answer: Answer, status: number, rpcCode: number): void {
  assert.equal(answer.status, status, String(answer.body));
  assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/);
  const type = String(answer.headers['content-type']);
  if (!request.path.startsWith('/v1/')) {
    assert.equal(type, 'text/plain; charset=utf-8');
    return;
  }
  assert.equal(type, request.headers['content-type']);
  const { code, message } = type.endsWith('json')
    ? (JSON.parse(answer.body.toString()) as Record<string, unknown>)
    : decodeMessage('otlp.RpcStatus', answer.body);
  assert.equal(code, rpcCode);
  assert.ok(String(message).length > 0);
}

describe('a tenant over its rate', () => {
  // 60 seconds of it may come at once: 1.2 MiB.
  before(() => start({ TRILITH_INGEST_MIB_PER_SECOND: '0.02' }));
  after(stop);

  test('may burst for 60 seconds, then every door answers 429 with Retry-After, and what was taken is kept', async () => {
    const filler = 'x'.repeat(100_000);
    let taken = 0;
    let refused: Answer | undefined;
    for (let n = 0; refused === undefined && n < 100; n++) {
      const answer = await push(lokiPush({ app: 'burst' }, [`${n} ${filler}`]));
      if (answer.status === 204) taken++;
      else refused = answer;
    }
    const burst = (0.02 * 60 * 1024 * 1024) / 100_000;
    assert.ok(taken >= Math.floor(burst) - 1 && taken <= burst + 4, `${taken} taken`);
    assert.equal(refused?.status, 429);
    // Small requests may still fit; what does not is refused at every door alike.
    const big = (request: PushRequest): PushRequest => ({ ...request, body: Buffer.alloc(90_000, request.body) });
    for (const request of oneOfEach(1)) checkComeBack(request, await push(big(request)), 429, 8);
    await eventually('what was taken is found', WITHIN_MS, async () => {
      const answer = (await server.get('/loki/api/v1/query_range', { query: '{app="burst"}', limit: '1000' })) as {
        data: { result: readonly { values: readonly unknown[] }[] };
      };
      assert.equal(answer.data.result.flatMap(({ values }) => values).length, taken);
    });
  });
});

describe('a tenant with as many series and streams as it may have', () => {
  before(() => start({ TRILITH_ACTIVE_SERIES: '5', TRILITH_ACTIVE_STREAMS: '3' }));
  after(stop);

  const series = (n: number, value: number) => ({
    labels: { __name__: 'limited', n: String(n) },
    samples: [[value, Date.now()]] as const,
  });

  test('keeps its known series; new ones are 400 with the reason, the rest of the request is stored', async () => {
    assert.equal((await push(remoteWrite([0, 1, 2, 3, 4].map((n) => series(n, n))))).status, 204);
    const mixed = await push(remoteWrite([series(0, 100), series(5, 5), series(4, 104)]));
    assert.equal(mixed.status, 400);
    assert.match(mixed.body.toString(), /1 refused as series_limit/);
    assert.equal(mixed.headers['x-prometheus-remote-write-samples-written'], '2');
    await eventually('the known series went on', WITHIN_MS, async () => {
      assert.deepEqual(await instant('limited'), [1, 2, 3, 100, 104]);
    });
    const { partialSuccess } = JSON.parse((await push(otlp('metrics', [gauge('another', 1)]))).body.toString());
    assert.equal(partialSuccess.rejectedDataPoints, '1');
    assert.match(partialSuccess.errorMessage, /series_limit/);
  });

  test('keeps its known streams; new ones are 400 with the reason', async () => {
    for (const app of ['a', 'b', 'c']) assert.equal((await push(lokiPush({ app }, ['first']))).status, 204);
    const refused = await push(lokiPush({ app: 'd' }, ['first']));
    assert.equal(refused.status, 400);
    assert.match(refused.body.toString(), /stream/);
    assert.equal((await push(lokiPush({ app: 'a' }, ['second']))).status, 204);
    const status = JSON.stringify(await server.get('/api/status'));
    assert.match(status, /limits\.active_streams/);
    assert.match(status, /limits\.active_series/);
  });
});

describe('a disk below its reserve', () => {
  before(() => start({ TRILITH_DISK_RESERVE_MIB: '1000000000' }));
  after(stop);

  test('every door answers 503 with Retry-After, and queries go on', async () => {
    for (const request of oneOfEach(1)) checkComeBack(request, await push(request), 503, 14);
    assert.deepEqual(await instant('vector(3)'), [3]);
    assert.match(JSON.stringify(await server.get('/api/status')), /disk/);
  });
});

describe('a store that does not take what the log holds', () => {
  before(() => start({ TRILITH_WAL_MIB: '64', TRILITH_INGEST_MIB_PER_SECOND: '1000' }));
  after(stop);

  test('at its size the log takes nothing more: 503 with Retry-After; when the store is back all is taken and found', async () => {
    const engine = childPids(server.pid)[0] ?? 0;
    const lines = (n: number): PushRequest =>
      lokiPush(
        { app: 'backlog' },
        Array.from({ length: 40 }, (_, i) => `${n} ${i} ${unlike(n * 40 + i, 100_000)}`),
      );
    let taken = 0;
    let refused: Answer | undefined;
    process.kill(engine, 'SIGSTOP');
    try {
      for (let n = 0; refused === undefined && n < 40; n++) {
        const answer = await push(lines(n));
        if (answer.status === 204) taken++;
        else refused = answer;
      }
      assert.ok(taken >= 12, `${taken} taken`);
      assert.ok(refused !== undefined, 'the log grows without a bound');
      for (const request of oneOfEach(2)) checkComeBack(request, await push(request), 503, 14);
    } finally {
      if (childPids(server.pid).includes(engine)) process.kill(engine, 'SIGCONT');
    }
    await eventually('the log is taken down and requests are taken', 30_000, async () => {
      for (const request of oneOfEach(3)) {
        const answer = await push(request);
        assert.ok(answer.status < 300, `${answer.status} ${answer.body}`);
      }
    });
    await eventually('every line taken is found once', 30_000, async () => {
      const query = 'sum(count_over_time({app="backlog"}[1h]))';
      const answer = (await server.get('/loki/api/v1/query', { query })) as VectorAnswer;
      assert.deepEqual(
        answer.data.result.map(({ value }) => Number(value[1])),
        [taken * 40],
      );
    });
  });
});

/** Text that does not compress to nothing. */
function unlike(seed: number, length: number): string {
  const bytes = Buffer.alloc(length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.imul(i + seed * 7919, 0x9e3779b1) >>> 21;
  return bytes.toString('hex');
}
