import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { eventually, type RunningServer, startServer } from '../running_server.ts';
import { body, hasRequests, hasValue, id, KIND, kill, post, type Span } from './spans.ts';

const data = await mkdtemp(join(tmpdir(), 'trilith-sampling-'));
let last: RunningServer | undefined;
after(async () => {
  await last?.stop();
  await rm(data, { recursive: true, force: true });
});

const RULES = `
span_metrics:
  interval_seconds: 1
sampling:
  wait_seconds: 6
  rules:
    - { name: errors, status: error, keep: 1 }
    - { name: slow, slower_than_ms: 500, keep: 1 }
    - { name: rest, keep: 0.25 }
`;

/** The rules after a reload: only a share by trace id. */
const HALF = 'sampling: { head: 0.5 }';

async function start(): Promise<RunningServer> {
  await writeFile(join(data, 'trilith.yaml'), RULES);
  last = await startServer({ env: { TRILITH_DATA: data, TRILITH_CONFIG: join(data, 'trilith.yaml') } });
  return last;
}

/** Traces of two spans; the second comes in a request of its own and decides. */
function traces(count: number, of: Partial<Span>): { readonly first: Span; readonly second: Span }[] {
  return Array.from({ length: count }, () => {
    const [traceId, spanId] = [id(16), id(8)];
    return {
      first: { traceId, spanId, name: 'GET /', kind: KIND.server, ms: 5 },
      second: { traceId, spanId: id(8), parentSpanId: spanId, name: 'work', kind: KIND.internal, ms: 5, ...of },
    };
  });
}

const randomness = (traceId: string): number => Number.parseInt(traceId.slice(-14), 16) / 2 ** 56;

async function spansOf(server: RunningServer, traceId: string): Promise<number> {
  const response = await fetch(`${server.url}/tempo/api/traces/${traceId}`, {
    headers: { accept: 'application/json' },
  });
  if (response.status === 404) return 0;
  const { batches = [] } = (await response.json()) as {
    batches?: { scopeSpans: { spans: unknown[] }[] }[];
  };
  return batches.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)).length;
}

test('rules decide about whole traces, also about those held when the process is killed; every span counts', async () => {
  let server = await start();
  const failed = traces(5, { failed: true });
  const slow = traces(5, { ms: 900 });
  const rest = traces(20, {});
  const all = [...failed, ...slow, ...rest];
  await post(
    server,
    body(
      'shop',
      all.map(({ first }) => first),
    ),
  );
  // Acknowledged and held: the kill must lose none of them.
  await kill(server);

  server = await start();
  await post(
    server,
    body(
      'shop',
      all.map(({ second }) => second),
    ),
  );
  const kept = rest.filter(({ first }) => randomness(first.traceId) >= 0.75);
  await eventually('the traces are decided', 15_000, async () => {
    const held = (await server.get('/api/sampling')) as { heldRequests: number; rules: { spans: number }[] };
    assert.equal(held.heldRequests, 0);
    assert.equal(held.rules.reduce((sum, { spans }) => sum + spans, 0) >= all.length * 2, true);
  });
  for (const { first } of [...failed, ...slow, ...kept]) assert.equal(await spansOf(server, first.traceId), 2);
  for (const { first } of rest) {
    if (!kept.some((each) => each.first.traceId === first.traceId))
      assert.equal(await spansOf(server, first.traceId), 0);
  }
  await hasValue(server, 'sum(traces_spanmetrics_calls_total{service="shop"})', all.length * 2);
  const sampling = (await server.get('/api/sampling')) as {
    rules: { name: string; spans: number; keptSpans: number }[];
  };
  assert.deepEqual(
    sampling.rules.map(({ name, spans, keptSpans }) => [name, spans, keptSpans]),
    [
      ['head', 0, 0],
      ['errors', 10, 10],
      ['slow', 10, 10],
      ['rest', 40, kept.length * 2],
    ],
  );

  // Rules are read again; a stored span now stands for two, also in counts made from stored spans.
  await writeFile(join(data, 'trilith.yaml'), HALF);
  process.kill(server.pid, 'SIGHUP');
  await eventually('the rules are read again', 15_000, async () => {
    const { rules } = (await server.get('/api/sampling')) as { rules: { keep: number }[] };
    assert.deepEqual(
      rules.map(({ keep }) => keep),
      [0.5],
    );
  });
  const half = traces(40, {}).map(({ first }) => first);
  await post(server, body('half', half));
  const stored = half.filter(({ traceId }) => randomness(traceId) >= 0.5).length;
  await hasRequests(server, 'half', stored * 2);
  await hasValue(server, 'sum(traces_spanmetrics_calls_total{service="half"})', 40);
});
