import assert from 'node:assert/strict';
import { type ClientRequest, request as httpRequest } from 'node:http';
import { connect } from 'node:http2';
import { after, before, beforeEach, test } from 'node:test';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { createAccess } from '../access/index.ts';
import { tempoGrpcMethods } from '../api/tempo/index.ts';
import { createGrpcServer, type GrpcServer } from '../base/grpc_server.ts';
import { type HttpListener, listen } from '../base/http_server.ts';
import { createTelemetry } from '../base/telemetry/telemetry.ts';
import { createAnswer } from './answer.ts';
import type { QueryAnswer } from './query_messages.ts';
import { createQueryQueue, type QueryQueue } from './query_queue.ts';
import { refusal } from './refusals.ts';

/** Clients that leave before the answer, over real connections. */

const WAIT_MS = 60_000;

let queue: QueryQueue;
let lines: string[];
let telemetry: ReturnType<typeof createTelemetry>;
let answer: ReturnType<typeof createAnswer>;
let http: HttpListener;
let grpc: GrpcServer;
let grpcPort: number;

/** A query that ends when its signal is aborted, and not before. */
function endless(signal: AbortSignal): Promise<QueryAnswer> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('cancelled by the caller')), { once: true });
  });
}

before(async () => {
  const asked: typeof answer = (request) => answer(request);
  const onError = (error: unknown): void => assert.fail(String(error));
  http = await listen({
    host: '127.0.0.1',
    port: 0,
    answer: asked,
    refuse: (path, _headers, code, message) => refusal(path, code, message),
    onError,
  });
  grpc = createGrpcServer({ methods: tempoGrpcMethods(asked), maxBytes: 1e6, onError });
  grpcPort = await grpc.listen('127.0.0.1', 0);
});

beforeEach(() => {
  queue = createQueryQueue({ atOnce: 1, atOncePerTenant: 1, waiting: 4, waitMs: WAIT_MS });
  lines = [];
  telemetry = createTelemetry({ version: '0', level: 'DEBUG', write: (line) => lines.push(line) });
  answer = createAnswer({
    access: createAccess([]),
    ingestRoutes: [],
    systemRoutes: [],
    openPaths: new Set(),
    query: () => (_call, signal) => endless(signal),
    queue,
    alerts: { call: () => Promise.reject(new Error('not asked')) },
    amend: [],
    staticFiles: () => Promise.reject(new Error('not asked')),
    telemetry,
  });
});

after(async () => {
  await http.close(0);
  await grpc.close();
});

const QUERY = '/loki/api/v1/query_range?query={a="b"}';

function ask(): ClientRequest {
  const request = httpRequest({ host: '127.0.0.1', port: http.port, path: QUERY });
  request.on('error', () => undefined);
  request.end();
  return request;
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error('did not come true within 20 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const counted = (name: string): number =>
  telemetry.metrics
    .render()
    .split('\n')
    .filter((line) => line.startsWith(name))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);

/** What is told of so many that left: they are counted, none as an error of the server, and a line says so where asked. */
async function untilTold(left: number): Promise<void> {
  await until(() => queue.running === 0 && queue.waiting === 0 && counted('trilith_queries_abandoned_total') === left);
  await until(() => counted('trilith_http_requests_total{kind="query",status="4xx"}') === left);
  assert.equal(counted('trilith_http_requests_total{kind="query",status="5xx"}'), 0);
  const told = lines.map((line) => JSON.parse(line) as { readonly msg: string });
  assert.deepEqual(
    told.map(({ msg }) => msg),
    Array.from({ length: left }, () => 'client left before the answer'),
  );
}

test('over HTTP: a query that runs ends, and so do those that wait for its place', async () => {
  const running = ask();
  await until(() => queue.running === 1);
  const waiting = [ask(), ask()];
  await until(() => queue.waiting === 2);
  waiting[0]?.destroy();
  await until(() => queue.waiting === 1);
  running.destroy();
  // The next one has the place.
  await until(() => queue.running === 1 && queue.waiting === 0);
  waiting[1]?.destroy();
  await untilTold(3);
});

/** A call of Tempo's streaming search, as Grafana makes it. */
function search(client: Client) {
  const asIs = (bytes: Buffer): Buffer => bytes;
  return client.makeServerStreamRequest(
    '/tempopb.StreamingQuerier/Search',
    asIs,
    asIs,
    Buffer.alloc(0),
    new Metadata(),
  );
}

test('over gRPC: a cancelled call ends its query', async () => {
  const client = new Client(`127.0.0.1:${grpcPort}`, credentials.createInsecure());
  const call = search(client);
  const ended = new Promise<number>((resolve) => {
    call.on('error', (error: Error & { readonly code?: number }) => resolve(error.code ?? -1));
  });
  await until(() => queue.running === 1);
  call.cancel();
  assert.equal(await ended, status.CANCELLED);
  await untilTold(1);
  client.close();
});

test('over gRPC: a lost connection ends its queries, those that wait too', async () => {
  const connection = connect(`http://127.0.0.1:${grpcPort}`);
  connection.on('error', () => undefined);
  for (let i = 0; i < 2; i++) {
    const headers = { 'content-type': 'application/grpc', te: 'trailers' };
    const call = connection.request({ ':method': 'POST', ':path': '/tempopb.StreamingQuerier/Search', ...headers });
    call.on('error', () => undefined);
    call.end(Buffer.alloc(5));
  }
  await until(() => queue.running === 1 && queue.waiting === 1);
  connection.destroy();
  await untilTold(2);
});
