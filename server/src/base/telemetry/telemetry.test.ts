import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Secret } from '../secret.ts';
import { createLogger } from './log.ts';
import { encodeLogs, encodeSpans } from './otlp.ts';
import { createTelemetry } from './telemetry.ts';
import { createTracer, formatTraceparent, parseTraceparent } from './tracing.ts';

function capture() {
  const lines: string[] = [];
  return { lines, write: (line: string) => void lines.push(line) };
}

test('a line is one JSON object with the ids of the active span', async () => {
  const { lines, write } = capture();
  const telemetry = createTelemetry({ version: '1.2.3', write });
  await telemetry.tracer.withSpan('load', {}, async (span) => {
    await Promise.resolve();
    telemetry.log.child({ part: 'loader' }).warn('slow insert', { seconds: 2.5 });
    assert.equal(telemetry.tracer.active()?.spanId, span.spanId);
  });
  const [span] = telemetry.tracer.drainSpans();
  const line = JSON.parse(lines[0] ?? '');
  assert.equal(lines[0]?.endsWith('}\n'), true);
  assert.deepEqual(
    { ...line, time: '' },
    {
      time: '',
      level: 'WARN',
      msg: 'slow insert',
      part: 'loader',
      seconds: 2.5,
      service: 'trilith',
      trace_id: span?.traceId,
      span_id: span?.spanId,
    },
  );
});

test('nothing in a line can move a terminal or forge a second line', () => {
  const { lines, write } = capture();
  const log = createLogger({ service: 'x', level: 'INFO', write });
  const hostile = 'a\n{"level":"INFO"}\u001b[2J\u007f\u0085\u009b\u202e\u2028';
  log.info(hostile, { [hostile]: hostile });
  const line = lines[0] ?? '';
  assert.equal(line.indexOf('\n'), line.length - 1);
  assert.equal(/[^\u0020-\u007e]/.test(line.slice(0, -1)), false);
  assert.equal(JSON.parse(line).msg, hostile);
});

test('secrets stay secret in text, JSON, inspection and log lines', () => {
  const { lines, write } = capture();
  const secret = new Secret('hunter2');
  createLogger({ service: 'x', level: 'INFO', write }).info('login', { secret, nested: { list: [secret] } });
  const shown = [`${secret}`, JSON.stringify({ secret }), inspect({ secret }), lines[0] ?? ''];
  for (const text of shown) {
    assert.equal(text.includes('hunter2'), false);
    assert.equal(text.includes('<secret>'), true);
  }
  assert.equal(secret.reveal(), 'hunter2');
});

test('hostile fields are bounded: cycles, depth, length, width', () => {
  const { lines, write } = capture();
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i]));
  createLogger({ service: 'x', level: 'INFO', write }).info('x'.repeat(1e6), {
    cycle,
    wide,
    error: new Error('boom', { cause: 'why' }),
  });
  assert.equal((lines[0] ?? '').length < 40_000, true);
  assert.equal(JSON.parse(lines[0] ?? '').error.cause, 'why');
});

test('a repeated failure is logged once per period and says how many lines it stands for', () => {
  const { lines, write } = capture();
  let time = 0;
  const log = createLogger({ service: 'x', level: 'INFO', write, now: () => time });
  for (; time < 25_000; time += 1000) log.limited('ERROR', 'scrape', 10, 'scrape failed');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).suppressed),
    [undefined, 9, 9],
  );
});

test('spans nest, continue a remote trace, and carry what was thrown', async () => {
  const tracer = createTracer();
  const parent = parseTraceparent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
  await assert.rejects(
    tracer.withSpan(
      'request',
      { 'http.route': '/x' },
      () => tracer.withSpan('query', {}, async () => Promise.reject(new TypeError('bad'))),
      { kind: 'server', parent },
    ),
    /bad/,
  );
  const [query, request] = tracer.drainSpans();
  assert.equal(request?.traceId, '0af7651916cd43dd8448eb211c80319c');
  assert.equal(request?.parentSpanId, 'b7ad6b7169203331');
  assert.equal(query?.parentSpanId, request?.spanId);
  assert.equal(query?.status, 'error');
  assert.equal(query?.events[0]?.attributes['exception.type'], 'TypeError');
  assert.equal((query?.endNs ?? 0n) >= (query?.startNs ?? 1n), true);
  assert.deepEqual(tracer.drainSpans(), []);
});

test('an unsampled caller, suppression and a full buffer leave no span; the full buffer is counted', () => {
  const tracer = createTracer({ capacity: 2 });
  const parent = parseTraceparent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00');
  tracer.withSpan('unsampled', {}, () => tracer.withSpan('child', {}, () => 1), { parent });
  tracer.suppress(() => tracer.withSpan('own', {}, () => assert.equal(tracer.active(), undefined)));
  for (let i = 0; i < 5; i++) tracer.withSpan(`s${i}`, {}, () => i);
  assert.deepEqual(
    tracer.drainSpans().map((span) => span.name),
    ['s0', 's1'],
  );
  assert.equal(tracer.dropped(), 3);
});

test('traceparent follows W3C trace context', () => {
  const good = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const context = parseTraceparent(good);
  assert.equal(context === undefined ? '' : formatTraceparent(context), good);
  assert.notEqual(
    parseTraceparent('cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future'),
    undefined,
  );
  for (const bad of [
    undefined,
    '',
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra',
    '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01',
  ]) {
    assert.equal(parseTraceparent(bad), undefined, String(bad));
  }
});

test('own spans and lines leave as OTLP/JSON requests', () => {
  const telemetry = createTelemetry({ version: '1', write: () => {} });
  telemetry.tracer.withSpan(
    'append',
    { rows: 3, share: 0.5 },
    () => telemetry.log.error('late', { ids: [1, 'a'], nothing: null }),
    { kind: 'consumer' },
  );
  const spans = JSON.parse(new TextDecoder().decode(encodeSpans(telemetry.tracer.drainSpans(), telemetry.resource)));
  const logs = JSON.parse(new TextDecoder().decode(encodeLogs(telemetry.drainLogs(), telemetry.resource)));
  const span = spans.resourceSpans[0].scopeSpans[0].spans[0];
  const record = logs.resourceLogs[0].scopeLogs[0].logRecords[0];
  assert.equal(span.kind, 5);
  assert.deepEqual(span.attributes, [
    { key: 'rows', value: { intValue: '3' } },
    { key: 'share', value: { doubleValue: 0.5 } },
  ]);
  assert.equal(record.traceId, span.traceId);
  assert.equal(record.severityNumber, 17);
  assert.deepEqual(record.attributes[0].value, { arrayValue: { values: [{ intValue: '1' }, { stringValue: 'a' }] } });
  assert.match(record.timeUnixNano, /^\d{19}$/);
  assert.deepEqual([telemetry.drainLogs(), telemetry.tracer.drainSpans()], [[], []]);
  assert.equal(new TextDecoder().decode(encodeSpans([], {})).includes('resourceSpans'), true);
  assert.equal(new TextDecoder().decode(encodeLogs([], {})).includes('resourceLogs'), true);
});
