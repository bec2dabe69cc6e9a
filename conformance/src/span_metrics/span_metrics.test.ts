import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type RunningServer, startServer } from '../running_server.ts';
import { body, hasRequests, hasValue, id, KIND, kill, post, query, type Span } from './spans.ts';

const data = await mkdtemp(join(tmpdir(), 'trilith-span-metrics-'));
const config = join(data, 'trilith.yaml');
// A busy machine may take long between the two sides of a request.
await writeFile(config, 'span_metrics: { interval_seconds: 1, edge_wait_seconds: 300 }');
let last: RunningServer | undefined;
after(async () => {
  await last?.stop();
  await rm(data, { recursive: true, force: true });
});

async function start(): Promise<RunningServer> {
  last = await startServer({ env: { TRILITH_DATA: data, TRILITH_CONFIG: config } });
  return last;
}

const CALLS = 'sum(traces_spanmetrics_calls_total{service="shop"})';
const EDGE = 'traces_service_graph_request_total{client="shop",server="pay"}';

test('series made from spans equal what was sent, through kills, retries and restarts', async () => {
  let server = await start();
  const halves: { client: Span; server: Span }[] = Array.from({ length: 20 }, (_, i) => {
    const [traceId, spanId] = [id(16), id(8)];
    return {
      client: { traceId, spanId, name: 'POST /pay', kind: KIND.client, ms: 20 + i, failed: i % 5 === 0 },
      server: { traceId, spanId: id(8), parentSpanId: spanId, name: 'POST /pay', kind: KIND.server, ms: 10 + i },
    };
  });
  const first = body(
    'shop',
    halves.slice(0, 10).map(({ client }) => client),
  );
  await post(server, first);
  await post(server, first);
  await hasValue(server, CALLS, 10);
  await hasValue(server, 'sum(traces_spanmetrics_calls_total{service="shop",status_code="STATUS_CODE_ERROR"})', 2);
  // Killed with what was counted after the last samples were written, and with sides of requests that wait.
  await post(
    server,
    body(
      'shop',
      halves.slice(10).map(({ client }) => client),
    ),
  );
  await kill(server);

  server = await start();
  await hasValue(server, CALLS, 20);
  await post(
    server,
    body(
      'pay',
      halves.map((half) => half.server),
    ),
  );
  await hasValue(server, EDGE, 20);
  await hasRequests(server, 'pay', 20);
  await hasValue(server, EDGE.replace('request_total', 'request_failed_total'), 4);
  await hasValue(server, 'sum(traces_service_graph_request_server_seconds_count{server="pay"})', 20);
  await post(server, first);
  await server.stop();

  server = await start();
  await hasValue(server, CALLS, 20);
  await post(server, body('shop', [{ traceId: id(16), spanId: id(8), name: 'POST /pay', kind: KIND.client, ms: 5 }]));
  await hasValue(server, CALLS, 21);
  const [resets] = await query(server, `max(resets(${CALLS.slice(4, -1)}[10m]))`);
  assert.equal(resets?.value, 0);
  const stored = (await server.get('/api/v1/query', {
    query: 'histogram_count(sum(traces_spanmetrics_latency{service="shop"}))',
  })) as { data: { result: { value: [number, string] }[] } };
  assert.equal(stored.data.result[0]?.value[1], '21');
  await hasValue(server, 'sum(traces_spanmetrics_latency_bucket{service="shop",le="+Inf"})', 21);
});
