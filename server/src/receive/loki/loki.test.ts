import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutations } from '../../base/mutations.ts';
import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import { type DecodeContext, DecodeError, type DecodeLimits } from '../../model/ingest.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { dayOf } from '../../model/units.ts';
import { logStreamSections, sectionRows } from '../../store/index.ts';
import { decodeLokiJson, decodeLokiProtobuf } from './index.ts';
import { LabelsError, parseLabelString } from './labels.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);

function context(limits: Partial<DecodeLimits> = {}, streams = createMapInterner()): DecodeContext {
  return {
    nowMs: NOW,
    storedUntilMs: 0,
    limits: { ...DEFAULT_DECODE_LIMITS, ...limits },
    series: createMapInterner(),
    streams,
  };
}

const bytes = (value: unknown) => new Uint8Array(Buffer.from(JSON.stringify(value)));
const ns = (ms: number) => `${ms}000000`;
const rowsOf = (decoded: ReturnType<typeof decodeLokiJson>) => decoded.sections.flatMap(sectionRows);

interface Entry {
  readonly ms: number;
  readonly line: string;
  readonly metadata?: Record<string, string>;
}

function protobuf(labels: string, entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const writer = new ProtobufWriter();
  const stream = writer.open(1);
  writer.text(1, labels);
  for (const { ms, line, metadata } of entries) {
    const entry = writer.open(2);
    const time = writer.open(1);
    writer.uint32(1, Math.floor(ms / 1000));
    writer.uint32(2, (ms % 1000) * 1_000_000 + 7);
    writer.close(time);
    writer.text(2, line);
    for (const [name, value] of Object.entries(metadata ?? {})) {
      const pair = writer.open(3);
      writer.text(1, name);
      writer.text(2, value);
      writer.close(pair);
    }
    writer.close(entry);
  }
  writer.close(stream);
  return Uint8Array.from(writer.finish());
}

test('a protobuf push becomes rows with what the line says about itself', () => {
  const line =
    '{"level":50,"trace_id":"4BF92F3577B34DA6A3CE929D0E0E4736","span_id":"00f067aa0ba902b7","request_id":"r-1","user_id":42,"msg":"card_declined"}';
  const ctx = context();
  const decoded = decodeLokiProtobuf(
    protobuf('{app="payments-api", namespace="prod"}', [{ ms: NOW, line, metadata: { pod: 'p-1' } }]),
    ctx,
    undefined,
  );
  assert.equal(decoded.accepted.logs, 1);
  assert.deepEqual(decoded.rejections, []);
  assert.deepEqual(
    rowsOf(decoded).map((row) => ({ ...row })),
    [
      {
        Timestamp: BigInt(NOW) * 1_000_000n + 7n,
        StreamId: 1n,
        TraceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        SpanId: '00f067aa0ba902b7',
        TraceFlags: 0,
        SeverityText: 'ERROR',
        SeverityNumber: 17,
        ServiceName: 'payments-api',
        Body: line,
        ResourceAttributes: {},
        ScopeName: '',
        ScopeVersion: '',
        ScopeAttributes: {},
        LogAttributes: { pod: 'p-1' },
        EventName: '',
        RequestId: 'r-1',
        UserId: '42',
        MayRepeat: 0,
      },
    ],
  );
  assert.deepEqual(ctx.streams.labels(0), ['app', 'payments-api', 'namespace', 'prod', 'service_name', 'payments-api']);
});

test('structured metadata comes before stream labels, these before the line', () => {
  const line = 'level=debug trace_id=11111111111111111111111111111111 user_id=line';
  const rows = rowsOf(
    decodeLokiProtobuf(
      protobuf('{app="a", level="warn", user_id="stream"}', [
        { ms: NOW, line, metadata: { level: 'critical' } },
        { ms: NOW, line },
      ]),
      context(),
      undefined,
    ),
  );
  assert.deepEqual(
    rows.map((row) => [row.SeverityText, row.UserId, row.TraceId]),
    [
      ['CRITICAL', 'stream', '1'.repeat(32)],
      ['WARN', 'stream', '1'.repeat(32)],
    ],
  );
});

test('JSON and protobuf pushes of the same entries give the same rows', () => {
  const labels = { app: 'a"b\\c', namespace: 'prod\n' };
  const json = decodeLokiJson(
    bytes({
      streams: [
        {
          stream: labels,
          values: [
            [`${NOW}000007`, 'hello', { k: 'v' }],
            [`${NOW - 1}000007`, '{}'],
          ],
        },
      ],
    }),
    context(),
    undefined,
  );
  const wire = decodeLokiProtobuf(
    protobuf('{app="a\\"b\\\\c", namespace=`prod\n`}', [
      { ms: NOW, line: 'hello', metadata: { k: 'v' } },
      { ms: NOW - 1, line: '{}' },
    ]),
    context(),
    undefined,
  );
  assert.deepEqual(rowsOf(json), rowsOf(wire));
  assert.equal(json.accepted.logs, 2);
});

test('structured metadata without a value is none', () => {
  const entry = { ms: NOW, line: 'hello', metadata: { a: '', b: '1', c: '' } };
  const wire = decodeLokiProtobuf(protobuf('{app="a"}', [entry]), context(), undefined);
  const json = decodeLokiJson(
    bytes({ streams: [{ stream: { app: 'a' }, values: [[`${NOW}000000`, 'hello', entry.metadata]] }] }),
    context(),
    undefined,
  );
  for (const decoded of [wire, json]) assert.deepEqual(rowsOf(decoded)[0]?.LogAttributes, { b: '1' });
});

test('the older JSON form with labels and entries is read', () => {
  const decoded = decodeLokiJson(
    bytes({ streams: [{ labels: '{job="x"}', entries: [{ ts: '2026-11-22T11:59:59.123456789Z', line: 'hi' }] }] }),
    context(),
    undefined,
  );
  assert.equal(rowsOf(decoded)[0]?.Timestamp, 1_795_348_799_123_456_789n);
});

test('bad entries are refused in Loki’s words and the good ones beside them are kept', () => {
  const decoded = decodeLokiJson(
    bytes({
      streams: [
        {
          stream: { app: 'a' },
          values: [
            [ns(NOW), 'good'],
            [ns(NOW - 8 * 86_400_000), 'old'],
            [ns(NOW + 3_600_000), 'new'],
          ],
        },
        { stream: {}, values: [[ns(NOW), 'no labels']] },
        {
          stream: { 'bad name': 'x' },
          values: [
            [ns(NOW), 'a'],
            [ns(NOW), 'b'],
          ],
        },
      ],
    }),
    context(),
    undefined,
  );
  assert.equal(decoded.accepted.logs, 1);
  assert.deepEqual(
    rowsOf(decoded).map((row) => row.Body),
    ['good'],
  );
  assert.deepEqual(
    decoded.rejections.map(({ reason, count }) => [reason, count]),
    [
      ['too_old', 1],
      ['too_new', 1],
      ['invalid_labels', 3],
    ],
  );
  assert.equal(
    decoded.rejections[0]?.message,
    `entry for stream '{app="a", service_name="a"}' has timestamp too old: 2026-11-14T12:00:00Z, oldest acceptable timestamp is: 2026-11-15T12:00:00Z`,
  );
});

test('rows are divided by UTC day', () => {
  const midnight = Date.UTC(2026, 10, 22);
  const decoded = decodeLokiJson(
    bytes({
      streams: [
        {
          stream: { app: 'a' },
          values: [
            [`${midnight - 1}999999`, 'before'],
            [ns(midnight), 'after'],
          ],
        },
      ],
    }),
    context(),
    undefined,
  );
  assert.deepEqual(
    decoded.sections.map(({ partition, rows }) => [partition, rows]),
    [
      [20261121, 1],
      [20261122, 1],
    ],
  );
});

test('the limits are enforced', () => {
  const stream = (values: unknown[], labels: Record<string, string> = { app: 'a' }) =>
    bytes({ streams: [{ stream: labels, values }] });
  const reasons = (limits: Partial<DecodeLimits>, labels: Record<string, string>) =>
    decodeLokiJson(stream([[ns(NOW), 'x']], labels), context(limits), undefined).rejections.map(({ reason }) => reason);
  assert.deepEqual(reasons({ labelsPerSeries: 1 }, { a: '1', b: '2' }), ['label_count']);
  assert.deepEqual(reasons({ labelNameBytes: 3 }, { abcd: '1' }), ['label_name_length']);
  assert.deepEqual(reasons({ labelValueBytes: 3 }, { a: '1234' }), ['label_value_length']);
  const full = context({}, createMapInterner(1));
  const decoded = decodeLokiJson(
    bytes({
      streams: [
        { stream: { a: '1' }, values: [[ns(NOW), 'x']] },
        { stream: { a: '2' }, values: [[ns(NOW), 'y']] },
        { stream: { a: '1' }, values: [[ns(NOW), 'z']] },
      ],
    }),
    full,
    undefined,
  );
  assert.deepEqual(
    rowsOf(decoded).map((row) => row.Body),
    ['x', 'z'],
  );
  assert.deepEqual(
    decoded.rejections.map(({ reason, count }) => [reason, count]),
    [['stream_limit', 1]],
  );
  assert.throws(
    () =>
      decodeLokiJson(
        stream([
          [ns(NOW), 'x'],
          [ns(NOW), 'y'],
        ]),
        context({ recordsPerRequest: 1 }),
        undefined,
      ),
    (error) => error instanceof DecodeError && error.kind === 'too-large',
  );
  assert.throws(
    () => decodeLokiJson(bytes({ streams: [[[[[]]]]] }), context({ jsonDepth: 4 }), undefined),
    (error) => error instanceof DecodeError && error.kind === 'undecodable',
  );
  assert.throws(
    () =>
      decodeLokiJson(
        stream([[ns(NOW), 'x', { a: '1', b: '2', c: '3' }]]),
        context({ elementsPerRequest: 2 }),
        undefined,
      ),
    (error) => error instanceof DecodeError && error.kind === 'undecodable',
  );
});

test('streams without entries count as elements too', () => {
  const empty = new Uint8Array(2002);
  for (let i = 0; i < empty.length; i += 2) empty[i] = 0x0a;
  assert.throws(
    () => decodeLokiProtobuf(empty, context({ elementsPerRequest: 1000 }), undefined),
    (error) => error instanceof DecodeError && error.kind === 'undecodable',
  );
  assert.equal(decodeLokiProtobuf(empty, context({ elementsPerRequest: 1001 }), undefined).accepted.logs, 0);
});

test('a long line or value is cut at a character and says how long it was', () => {
  const decoded = decodeLokiJson(
    bytes({
      streams: [
        {
          stream: { app: 'a' },
          values: [[ns(NOW), `abc${'д'.repeat(10)}`, { long: 'x'.repeat(30), short: 'y', more: 'z' }]],
        },
      ],
    }),
    context({ logLineBytes: 10, attributeValueBytes: 8, attributesPerRecord: 2 }),
    undefined,
  );
  const row = rowsOf(decoded)[0];
  assert.equal(row?.Body, 'abcддд');
  assert.deepEqual(row?.LogAttributes, {
    long: 'xxxxxxxx',
    'long.__truncated__': '30',
    short: 'y',
    'otel.dropped_attributes_count': '1',
    __truncated__: '23',
  });
});

test('damaged pushes are refused or read, never worse', () => {
  const wire = protobuf('{app="a", level="warn"}', [
    { ms: NOW, line: '{"level":30,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}', metadata: { k: 'v' } },
    { ms: NOW + 1, line: 'level=info msg="x"' },
  ]);
  const json = bytes({
    streams: [
      {
        stream: { app: 'a' },
        values: [
          [ns(NOW), 'x', { k: 'v' }],
          [ns(NOW), 'ж'],
        ],
      },
    ],
  });
  for (const [decode, valid] of [
    [decodeLokiProtobuf, wire],
    [decodeLokiJson, json],
  ] as const) {
    const inputs = [...mutations(valid, 1500, 3), ...Array.from(valid, (_, end) => valid.slice(0, end))];
    for (const input of inputs) {
      try {
        const decoded = decode(input, context(), undefined);
        assert.equal(rowsOf(decoded).length, decoded.accepted.logs);
      } catch (error) {
        assert.ok(error instanceof DecodeError, `${error}`);
      }
    }
  }
});

test('fields of a stream may come in any order', () => {
  const writer = new ProtobufWriter();
  const stream = writer.open(1);
  const entry = writer.open(2);
  writer.text(2, 'line first');
  const time = writer.open(1);
  writer.uint32(1, NOW / 1000);
  writer.close(time);
  writer.close(entry);
  writer.uint32(3, 7);
  writer.text(1, '{app="late"}');
  writer.close(stream);
  const [row] = rowsOf(decodeLokiProtobuf(Uint8Array.from(writer.finish()), context(), undefined));
  assert.deepEqual([row?.Body, row?.ServiceName], ['line first', 'late']);
});

test('the service of a stream is found as Loki finds it', () => {
  const service = (labels: Record<string, string>) =>
    rowsOf(decodeLokiJson(bytes({ streams: [{ stream: labels, values: [[ns(NOW), '']] }] }), context(), undefined))[0]
      ?.ServiceName;
  assert.equal(service({ job: 'j', container: 'c', app: 'a', service: 's', service_name: 'n' }), 'n');
  assert.equal(service({ job: 'j', container: 'c', app: 'a', service: 's' }), 's');
  assert.equal(service({ job: 'j', container: 'c', app: 'a' }), 'a');
  assert.equal(service({ job: 'j', container: 'c' }), 'c');
  assert.equal(service({ job: 'j' }), 'j');
  assert.equal(service({ other: 'x' }), 'unknown_service');
});

test('label strings are read as Go reads them', () => {
  assert.deepEqual(parseLabelString('{a="\\x41\\u0416\\t\\"", b=`raw\\n`,}'), [
    ['a', 'AЖ\t"'],
    ['b', 'raw\\n'],
  ]);
  assert.deepEqual(parseLabelString(' { } '), []);
  for (const bad of [
    '',
    '{',
    '{a}',
    '{a=}',
    '{a="x}',
    '{a="\\q"}',
    '{a="x"} y',
    "{a='x'}",
    '{1a="x"}',
    '{a="x" b="y"}',
  ]) {
    assert.throws(() => parseLabelString(bad), LabelsError, bad);
  }
});

test('a day’s stream rows carry id, service and labels', () => {
  const ctx = context();
  decodeLokiJson(bytes({ streams: [{ stream: { app: 'a', zone: 'z' }, values: [[ns(NOW), '']] }] }), ctx, undefined);
  const [section] = logStreamSections(ctx.streams, [0], dayOf(NOW), NOW);
  assert.ok(section !== undefined);
  assert.deepEqual([section.table, section.partition], ['log_streams', 20261122]);
  assert.deepEqual(
    sectionRows(section).map((row) => ({ ...row })),
    [
      {
        day: Math.floor(NOW / 86_400_000),
        id: 1n,
        service: 'a',
        labels: { app: 'a', service_name: 'a', zone: 'z' },
        created: BigInt(NOW),
      },
    ],
  );
  assert.deepEqual(logStreamSections(ctx.streams, [], dayOf(NOW), NOW), []);
});

test('the type and message of the error in a line become attributes by OpenTelemetry’s names, the line stays as it is', () => {
  const lines = [
    '{"level":"error","err":{"type":"TypeError","message":"x is \\"null\\"","stack":"at a"}}',
    'level=error err="connection refused"',
    `{"error":"${'ж'.repeat(2000)}"}`,
    '{"error":"","level":"info"}',
  ];
  const decoded = decodeLokiProtobuf(
    protobuf(
      '{app="a"}',
      lines.map((line, i) => ({ ms: NOW + i, line, metadata: { error: 'of the sender' } })),
    ),
    context(),
    undefined,
  );
  const rows = rowsOf(decoded);
  assert.deepEqual(
    rows.map(({ Body }) => Body),
    lines,
  );
  const attributes = (row: number) => ({ ...(rows[row]?.LogAttributes as Record<string, string>) });
  assert.deepEqual(attributes(0), { error: 'of the sender', 'exception.type': 'TypeError' });
  const [first] = rowsOf(
    decodeLokiProtobuf(protobuf('{app="b"}', [{ ms: NOW, line: lines[0] ?? '' }]), context(), undefined),
  );
  assert.deepEqual(
    { ...(first?.LogAttributes as object) },
    { 'exception.type': 'TypeError', 'exception.message': 'x is "null"' },
  );
  const alone = rowsOf(
    decodeLokiProtobuf(
      protobuf(
        '{app="b"}',
        lines.slice(1).map((line, i) => ({ ms: NOW + i, line })),
      ),
      context(),
      undefined,
    ),
  ).map(({ LogAttributes }) => (LogAttributes as Record<string, string>)['exception.message']);
  assert.deepEqual(alone, ['connection refused', 'ж'.repeat(512), undefined]);
});
