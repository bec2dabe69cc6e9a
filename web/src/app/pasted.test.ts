import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pastedIn } from './pasted.ts';

const id = '0af7651916cd43dd8448eb211c80319c';
const span = 'b7ad6b7169203331';
const short = 'a3ce929d0e0e4736';
const explore = (type: string, query: string): string =>
  `https://grafana.local/explore?panes=${encodeURIComponent(
    JSON.stringify({ a: { datasource: 'x', queries: [{ refId: 'A', expr: query, datasource: { type } }] } }),
  )}`;

/** What is pasted, and the trace and span it leads to; null: to none. */
const traces: readonly (readonly [string, string | null, (string | null)?])[] = [
  [id, id],
  [`  ${id.toUpperCase()}\n`, id],
  [`00-${id}-${span}-01`, id, span],
  [`traceparent: 00-${id}-${span}-01`, id, span],
  [`curl -H 'traceparent: 00-${id}-${span}-00' http://x/`, id, span],
  [`${id}-${span}-1`, id, span],
  [`b3: ${short}-${span}-1-${short}`, short.padStart(32, '0'), span],
  [`X-B3-TraceId: ${short}`, short.padStart(32, '0')],
  [`uber-trace-id: ${id}:${span}:0:1`, id, span],
  ['3ce929d0e0e4736:1a2b:0:1', '3ce929d0e0e4736'.padStart(32, '0'), '1a2b'.padStart(16, '0')],
  ['X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793', '5759e988bd862e3fe1be46a994272793'],
  [`{"level":30,"trace_id":"${id}","span_id":"${span}","msg":"x"}`, id, span],
  [`{"traceId":"${id}"}`, id],
  [`{"trace.id":"${id}"}`, id],
  [`{"otelTraceID":"${id}"}`, id],
  [`{"log":"{\\"trace_id\\":\\"${id}\\"}"}`, id],
  [`level=info traceID=${id} spanID=${span} msg=x`, id, span],
  [`trace_id=0af76519-16cd-43dd-8448-eb211c80319c`, id],
  ['0af76519-16cd-43dd-8448-eb211c80319c', id],
  [`http://jaeger:16686/trace/${short}`, short.padStart(32, '0')],
  [`https://grafana.local/explore?left=${encodeURIComponent(JSON.stringify({ queries: [{ traceId: id }] }))}`, id],
  ['0'.repeat(32), null],
  ['payments-api', null],
  [`${id}ff`, null],
  [span, null],
  ['10:20:30:40', null],
  ['%', null],
  ['https://example.org/%zz', null],
];
for (const [text, want, wantedSpan = null] of traces) {
  test(`"${text.slice(0, 60)}" ${want === null ? 'leads to no trace' : 'leads to its trace'}`, () => {
    const found = pastedIn(text);
    assert.deepEqual(found, want === null ? null : { kind: 'trace', traceId: want, spanId: wantedSpan });
  });
}

test('an address of Grafana or Prometheus leads to its query on the screen that speaks its language', () => {
  const query = 'sum(rate({app="x"} |= "a\\"b" [5m]))';
  assert.deepEqual(pastedIn(explore('loki', query)), { kind: 'query', screen: 'logs', query });
  assert.deepEqual(pastedIn(explore('prometheus', 'up')), { kind: 'query', screen: 'metrics', query: 'up' });
  assert.deepEqual(pastedIn(explore('tempo', '{ name = "x" }')), {
    kind: 'query',
    screen: 'traces',
    query: '{ name = "x" }',
  });
  assert.deepEqual(pastedIn('http://prom:9090/graph?g0.expr=up+%3D%3D+0'), {
    kind: 'query',
    screen: 'metrics',
    query: 'up == 0',
  });
});

test('a link to this program leads to its page', () => {
  const here = 'http://127.0.0.1:3000';
  assert.deepEqual(pastedIn(`${here}/trace/${id}?span=${span}`, here), {
    kind: 'page',
    path: `/trace/${id}?span=${span}`,
  });
});
