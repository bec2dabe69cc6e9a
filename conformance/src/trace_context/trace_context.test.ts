import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TraceContextAnswer } from '@trilith/contract';
import { CommandError, traceCommand, tracesCommand } from '../../../server/src/cli/index.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

/** One payment over four services whose logs carry ever fewer keys: span and trace id, the request's id, nothing, no log at all. */
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPANS = {
  api: 'a000000000000001',
  ledger: 'a000000000000002',
  mail: 'a000000000000003',
  silent: 'a000000000000004',
  inner: 'a000000000000005',
};
const START_MS = Date.now() - 60_000;

let server: RunningServer;
let context: TraceContextAnswer;

const nanos = (ms: number): string => `${Math.round(ms * 1000)}000`;
const attributes = (of: Readonly<Record<string, string>>) =>
  Object.entries(of).map(([key, value]) => ({ key, value: { stringValue: value } }));

async function post(path: string, body: object): Promise<void> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.ok(response.ok, `${path}: ${response.status} ${await response.text()}`);
}

function span(
  service: Exclude<keyof typeof SPANS, 'inner'>,
  parent: string,
  name: string,
  fromMs: number,
  toMs: number,
  more: object = {},
) {
  const resource: Record<string, string> = { 'service.name': service, 'telemetry.sdk.language': 'python' };
  if (service === 'api') Object.assign(resource, { 'k8s.pod.name': 'api-1', 'service.instance.id': 'api-1' });
  return {
    resource: { attributes: attributes(resource) },
    scopeSpans: [
      {
        spans: [
          {
            traceId: TRACE,
            spanId: SPANS[service],
            parentSpanId: parent,
            name,
            kind: 2,
            startTimeUnixNano: nanos(START_MS + fromMs),
            endTimeUnixNano: nanos(START_MS + toMs),
            ...more,
          },
        ],
      },
    ],
  };
}

async function send(): Promise<void> {
  const exception = {
    timeUnixNano: nanos(START_MS + 40),
    name: 'exception',
    attributes: attributes({ 'exception.type': 'Declined', 'exception.message': 'no money' }),
  };
  await post('/v1/traces', {
    resourceSpans: [
      span('api', '', 'POST /pay', 0, 200),
      span('api', SPANS.api, 'check', 5, 15, { spanId: SPANS.inner, kind: 1 }),
      span('ledger', SPANS.api, 'UPDATE accounts', 20, 120, {
        attributes: attributes({ request_id: 'req-1', 'db.system.name': 'postgresql', 'db.namespace': 'books' }),
        status: { code: 2, message: 'declined\nfor good' },
        events: [exception],
      }),
      span('mail', SPANS.api, 'send', 130, 180),
      span('silent', SPANS.api, 'notify', 130, 140),
    ],
  });
  const ids = { trace_id: TRACE, span_id: SPANS.api };
  await post('/loki/api/v1/push', {
    streams: [
      { stream: { service: 'api' }, values: [[nanos(START_MS + 10), 'paying \u001b[2Jnow', ids]] },
      { stream: { service: 'ledger' }, values: [[nanos(START_MS + 50), 'booked', { request_id: 'req-1' }]] },
      {
        stream: { service: 'mail' },
        values: [
          [nanos(START_MS + 150), 'sent a letter', {}],
          [nanos(START_MS + 160), 'of another trace', { trace_id: 'b'.repeat(32) }],
        ],
      },
    ],
  });
  const gauge = (name: string, labels: Readonly<Record<string, string>>, more: object = {}) => ({
    name,
    gauge: { dataPoints: [{ timeUnixNano: nanos(START_MS), asDouble: 1, attributes: attributes(labels), ...more }] },
  });
  const exemplar = { timeUnixNano: nanos(START_MS + 5), asDouble: 0.2, traceId: TRACE, spanId: SPANS.api };
  await post('/v1/metrics', {
    resourceMetrics: [
      {
        resource: { attributes: [] },
        scopeMetrics: [
          {
            metrics: [
              gauge('process_resident_memory_bytes', { pod: 'api-1' }, { exemplars: [exemplar] }),
              gauge('pg_stat_database_numbackends', { datname: 'books' }),
              gauge('ALERTS', { alertname: 'SlowPay', alertstate: 'firing', service: 'api' }),
              gauge('ALERTS', { alertname: 'Elsewhere', alertstate: 'firing', service: 'other' }),
            ],
          },
        ],
      },
    ],
  });
  await post('/api/changes', {
    id: 'c1',
    timeMs: START_MS - 300_000,
    service: 'ledger',
    title: 'ledger 4',
    version: '4',
  });
  await post('/api/changes', { id: 'c2', timeMs: START_MS - 300_000, service: 'other', title: 'not ours' });
}

async function everything(parameters: Readonly<Record<string, string>> = {}): Promise<TraceContextAnswer> {
  return (await server.get(`/api/traces/${TRACE}/everything`, parameters)) as TraceContextAnswer;
}

before(async () => {
  // On a slow machine the series made from spans would bring exemplars of this trace, too.
  server = await startServer({ env: { TRILITH_SPAN_METRICS_ENABLED: 'false' } });
  await send();
  await eventually('all of it can be asked for', 20_000, async () => {
    context = await everything();
    assert.equal(context.logs.value?.lines.length, 3);
    assert.equal(context.exemplars.value?.length, 1);
    assert.equal(context.changes.value?.length, 1);
    assert.equal(context.alerts.value?.length, 1);
  });
});

after(() => server?.stop());

test('lines are joined by span id, else by request id, else by service and time, and each says by what', () => {
  assert.deepEqual(
    context.logs.value?.lines.map(({ service, join }) => [service, join]),
    [
      ['api', 'span'],
      ['ledger', 'request'],
      ['mail', 'service'],
    ],
  );
});

test('metrics of its pod and database are found by their names, ready to draw', async () => {
  const found = (context.subjects.value ?? []).filter(({ panels }) => panels.length > 0);
  assert.deepEqual(found.map(({ kind, name, foundBy }) => [kind, name, foundBy]).sort(), [
    ['database', 'postgresql books', 'datname="books"'],
    ['pod', 'api-1', 'pod="api-1"'],
  ]);
  const query = found.find(({ kind }) => kind === 'database')?.panels[0]?.query ?? '';
  const time = String(START_MS / 1000 + 1);
  const answer = (await server.get('/prometheus/api/v1/query', { query, time })) as { data: { result: unknown[] } };
  assert.equal(answer.data.result.length, 1, query);
});

test('changes and alerts are those of its services; exemplars those that name it; failures what its spans recorded', () => {
  assert.deepEqual(
    context.changes.value?.map(({ title }) => title),
    ['ledger 4'],
  );
  assert.deepEqual(
    context.alerts.value?.map(({ name }) => name),
    ['SlowPay'],
  );
  assert.equal(context.exemplars.value?.[0]?.labels.__name__, 'process_resident_memory_bytes');
  assert.deepEqual(
    context.failures.map(({ service, type, message }) => [service, type, message]),
    [['ledger', 'Declined', 'no money']],
  );
});

test('what is missing is said by service, with what to write', () => {
  const keys = context.missing.map(({ key, service }) => `${key} ${service}`);
  for (const wanted of ['trace_id ledger', 'trace_id mail', 'logs silent', 'place mail'])
    assert.ok(keys.includes(wanted), `${wanted} in ${keys.join(', ')}`);
  assert.ok(!keys.includes('trace_id api'));
});

test('of one span only what belongs to it is told', async () => {
  const one = await everything({ span: SPANS.mail });
  assert.deepEqual([one.spans, one.services.map(({ name }) => name)], [1, ['mail']]);
  assert.deepEqual(
    one.logs.value?.lines.map(({ body, join }) => [body, join]),
    [['sent a letter', 'service']],
  );
  assert.deepEqual(one.changes.value, []);
});

test('a span without lines of its own shows those of its service while it ran, and does not miss keys that lines carry', async () => {
  const one = await everything({ span: SPANS.inner });
  assert.deepEqual(
    one.logs.value?.lines.map(({ body, join }) => [body, join]),
    [['paying \u001b[2Jnow', 'trace']],
  );
  assert.deepEqual(
    one.missing.filter(({ key }) => key === 'trace_id' || key === 'logs'),
    [],
  );
});

test('an unknown trace or span is a 404 that says so, a broken id a 400', async () => {
  const status = async (path: string): Promise<number> => (await fetch(server.url + path)).status;
  assert.equal(await status(`/api/traces/${'c'.repeat(32)}/everything`), 404);
  assert.equal(await status(`/api/traces/${TRACE}/everything?span=${'c'.repeat(16)}`), 404);
  assert.equal(await status(`/api/traces/${TRACE}/everything?span=x`), 400);
  assert.equal(await status('/api/traces/xyz/everything'), 400);
});

const run = async (command: typeof traceCommand, ...args: readonly string[]): Promise<string> => {
  let text = '';
  const out = (more: string): void => {
    text += more;
  };
  await command(args, { env: { TRILITH_URL: server.url }, out, terminal: false, columns: 100 });
  return text;
};
const find = async (...args: readonly string[]): Promise<string> => {
  let text = '';
  const write = (more: string): void => {
    text += more;
  };
  await tracesCommand(args, { env: { TRILITH_URL: server.url }, out: write, err: write, nowMs: Date.now });
  return text;
};

test('trilith trace draws the tree with its lines, and nothing that came in can change the terminal', async () => {
  const text = await run(traceCommand, TRACE, '--logs');
  assert.match(text, /^api: POST \/pay {2}200 ms · 5 spans · 4 services · 1 error\n/);
  assert.match(text, /\n├ ✗ ledger: UPDATE accounts {2,}100 ms +━+/);
  assert.match(text, /✗ declined for good/);
  assert.match(text, /\+10 ms paying now\n/);
  for (const line of text.split('\n')) assert.ok([...line].length <= 100, line);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
  assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f]/);
});

test('trilith trace narrows down, tells what is around, and writes JSON', async () => {
  assert.doesNotMatch(await run(traceCommand, TRACE, '--errors'), /mail: send/);
  assert.match(
    await run(traceCommand, `00-${TRACE}-${SPANS.api}-01`, '--around'),
    /Changes\n {2}\S+ {2}deploy {2}ledger {2}ledger 4/,
  );
  assert.equal(JSON.parse(await run(traceCommand, TRACE, '-o', 'json')).spans.length, 5);
  await assert.rejects(run(traceCommand, 'c'.repeat(32)), /no span has the trace id/);
  await assert.rejects(run(traceCommand, 'hello'), CommandError);
});

test('trilith traces finds by flags and by TraceQL', async () => {
  assert.equal(await find('--service', 'ledger', '--errors', '--min-duration', '50ms', '-o', 'ids'), `${TRACE}\n`);
  assert.match(await find('{ name = "send" }'), new RegExp(`^${TRACE} .* 5 spans {2}✗ 1 error {2}api: POST /pay\n$`));
  assert.match(await find('--service', 'nobody'), /^no traces for /);
  await assert.rejects(find('{ nonsense'), CommandError);
  await assert.rejects(find('{}', '--errors'), CommandError);
});
