import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { ExtData, encode } from '@msgpack/msgpack';
import { mutations } from '../../base/mutations.ts';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import { type Decode, type DecodeContext, type Decoded, DecodeError, type DecodeLimits } from '../../model/ingest.ts';
import { labelsToRecord } from '../../model/labels.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { sectionRows } from '../../store/index.ts';
import { decodeFluentForward, decodeFluentJson, decodeFluentMsgpack } from './index.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const SECONDS = NOW / 1000;

function context(limits: Partial<DecodeLimits> = {}): DecodeContext {
  return {
    nowMs: NOW,
    storedUntilMs: 0,
    limits: { ...DEFAULT_DECODE_LIMITS, ...limits },
    series: createMapInterner(),
    streams: createMapInterner(),
  };
}

interface Row {
  readonly body: unknown;
  readonly ns: unknown;
  readonly labels: Record<string, string>;
  readonly attributes: Record<string, string>;
  readonly level: unknown;
}

function rowsOf(decoded: Decoded, { streams }: DecodeContext): Row[] {
  return decoded.sections.flatMap(sectionRows).map((row) => ({
    body: row.Body,
    ns: row.Timestamp,
    labels: { ...labelsToRecord(streams.labels(Number(row.StreamId) - 1)) },
    attributes: Object.fromEntries(Object.entries(row.LogAttributes as object)),
    level: row.SeverityText,
  }));
}

const json = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text));
const eventTime = (nanoseconds: number, seconds = SECONDS): ExtData => {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setUint32(0, seconds);
  new DataView(data.buffer).setUint32(4, nanoseconds);
  return new ExtData(0, data);
};
const bytesOf = (...values: readonly unknown[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(values.flatMap((value) => [...encode(value)]));

const KUBERNETES = {
  pod_name: 'payments-6f',
  namespace_name: 'prod',
  container_name: 'api',
  host: 'node-1',
  pod_id: 'u-1',
  labels: { app: 'payments-api', tier: 'back' },
  annotations: { 'a/b': 'c' },
};

test('the JSON formats of Fluent Bit mean the same, whatever separates the records', () => {
  const records = [
    { date: SECONDS + 0.25, log: 'level=warn first\n', stream: 'stderr', kubernetes: KUBERNETES },
    { date: SECONDS + 0.5, level: 'error', msg: 'se{cond', order: 7 },
  ];
  const texts = records.map((record) => JSON.stringify(record));
  const answers = [JSON.stringify(records), texts.join('\n'), `${texts.join('')}\n`, ` ${texts.join(' \r\n ')}`].map(
    (text) => {
      const ctx = context();
      return rowsOf(decodeFluentJson(json(text), ctx, { tag: 'kube.x' }), ctx);
    },
  );
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.deepEqual(answers[0], [
    {
      body: 'level=warn first',
      ns: BigInt(NOW) * 1_000_000n + 250_000_000n,
      labels: {
        app: 'payments-api',
        container: 'api',
        namespace: 'prod',
        node: 'node-1',
        pod: 'payments-6f',
        service_name: 'payments-api',
      },
      attributes: {
        'k8s.pod.uid': 'u-1',
        'k8s.pod.label.app': 'payments-api',
        'k8s.pod.label.tier': 'back',
        'k8s.pod.annotation.a/b': 'c',
        'fluent.tag': 'kube.x',
        stream: 'stderr',
      },
      level: 'WARN',
    },
    {
      body: '{"level":"error","msg":"se{cond","order":7}',
      ns: BigInt(NOW) * 1_000_000n + 500_000_000n,
      labels: { job: 'kube.x', service_name: 'kube.x' },
      attributes: {},
      level: 'ERROR',
    },
  ]);
});

test('integers that a double cannot hold are stored digit by digit', () => {
  const ctx = context();
  const body = json(`{"date":${SECONDS},"payment":12345678901234567890,"small":1234567890123456}`);
  assert.equal(
    rowsOf(decodeFluentJson(body, ctx, { tag: '' }), ctx)[0]?.body,
    '{"payment":12345678901234567890,"small":1234567890123456}',
  );
  const packed = encode([SECONDS, { payment: 12345678901234567890n }], { useBigInt64: true });
  const other = context();
  assert.equal(
    rowsOf(decodeFluentMsgpack(packed, other, { tag: '' }), other)[0]?.body,
    '{"payment":12345678901234567890}',
  );
});

test('what is no JSON, or more of it than the limits allow, is refused as a whole', () => {
  for (const text of ['{"a":1', '[{"a":1}', 'nonsense', '{"a":1} x', '{"a":}', '{a:1}'])
    assert.throws(() => decodeFluentJson(json(text), context(), { tag: '' }), DecodeError, text);
  const deep = `{"a":${'['.repeat(100)}${']'.repeat(100)}}`;
  assert.throws(() => decodeFluentJson(json(deep), context(), { tag: '' }), DecodeError);
  const many = '{"a":1}'.repeat(5);
  assert.throws(() => decodeFluentJson(json(many), context({ recordsPerRequest: 4 }), { tag: '' }), {
    kind: 'too-large',
  });
});

test('records that are none are counted, the others stored', () => {
  const ctx = context();
  const decoded = decodeFluentJson(json('[{"log":"a"},5,"x",{"log":"b"}]'), ctx, { tag: '' });
  assert.equal(decoded.accepted.logs, 2);
  assert.deepEqual(
    decoded.rejections.map(({ reason, count }) => [reason, count]),
    [['invalid_record', 2]],
  );
});

test('events of MessagePack, of both shapes, keep their nanoseconds; marks of groups are no records', () => {
  const ctx = context();
  const body = bytesOf(
    [eventTime(123_456_789), { log: 'one' }],
    [[eventTime(0, 0xffff_ffff), { schema: 'otlp' }], { resource: { attributes: { 'service.name': 'shop' } } }],
    [[eventTime(5), {}], { log: 'two' }],
    [[eventTime(0, 0xffff_fffe), {}], {}],
    [SECONDS, { log: 'three' }],
  );
  assert.deepEqual(
    rowsOf(decodeFluentMsgpack(body, ctx, { tag: 'app' }), ctx).map(({ body: line, ns, labels }) => [
      line,
      ns,
      labels.service_name,
    ]),
    [
      ['one', BigInt(NOW) * 1_000_000n + 123_456_789n, 'app'],
      ['two', BigInt(NOW) * 1_000_000n + 5n, 'shop'],
      ['three', BigInt(NOW) * 1_000_000n, 'app'],
    ],
  );
});

test('every mode of the Forward protocol gives the same rows', () => {
  const events = [
    [eventTime(1), { log: 'one' }],
    [eventTime(2), { log: 'two' }],
  ];
  const stream = bytesOf(...events);
  const modes: Record<string, Uint8Array<ArrayBuffer>> = {
    Message: bytesOf(...events.map(([time, record]) => ['app', time, record])),
    'Message with an option': bytesOf(...events.map(([time, record]) => ['app', time, record, { chunk: 'c' }])),
    Forward: bytesOf(['app', events]),
    PackedForward: bytesOf(['app', stream, { size: 2, chunk: 'c' }]),
    CompressedPackedForward: bytesOf(['app', new Uint8Array(gzipSync(stream)), { compressed: 'gzip' }]),
    zstd: bytesOf(['app', new Uint8Array(zstdCompressSync(stream)), { compressed: 'zstd' }]),
  };
  for (const [mode, body] of Object.entries(modes)) {
    const ctx = context();
    const decoded = decodeFluentForward(body, ctx, undefined);
    assert.deepEqual(decoded.rejections, [], mode);
    assert.deepEqual(
      rowsOf(decoded, ctx).map(({ body: line, ns, labels }) => [line, ns, labels.job]),
      [
        ['one', BigInt(NOW) * 1_000_000n + 1n, 'app'],
        ['two', BigInt(NOW) * 1_000_000n + 2n, 'app'],
      ],
      mode,
    );
  }
});

test('entries packed as a string, as old clients do, keep their bytes', () => {
  const stream = bytesOf([SECONDS, { log: 'ü'.repeat(40) }]);
  const body = Uint8Array.from([0x92, ...encode('t'), 0xd9, stream.length, ...stream]);
  const ctx = context();
  assert.equal(rowsOf(decodeFluentForward(body, ctx, undefined), ctx)[0]?.body, 'ü'.repeat(40));
});

test('metrics and traces in the Forward protocol are refused by name, the logs beside them stored', () => {
  const ctx = context();
  const body = bytesOf(
    ['app', new Uint8Array(3), { fluent_signal: 1 }],
    ['app', SECONDS, { log: 'x' }],
    'noise',
    [1, 2],
  );
  const decoded = decodeFluentForward(body, ctx, undefined);
  assert.equal(decoded.accepted.logs, 1);
  assert.deepEqual(
    decoded.rejections.map(({ reason, count }) => [reason, count]),
    [
      ['unsupported', 1],
      ['invalid_record', 2],
    ],
  );
  assert.match(decoded.rejections[0]?.message ?? '', /metrics/);
});

test('many small bombs are bounded like a large one', () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(900_000)));
  const body = bytesOf(...Array.from({ length: 4 }, () => ['app', bomb, { compressed: 'gzip' }]));
  assert.throws(() => decodeFluentForward(body, context({ decompressedBytes: 1_000_000 }), undefined), DecodeError);
});

test('whatever happens to a good body on its way, it is read or refused', () => {
  const records = [
    { date: SECONDS, log: 'a', kubernetes: KUBERNETES },
    { msg: 'b', n: [1, { c: -5 }] },
  ];
  const stream = bytesOf(
    [eventTime(1), { log: 'one' }],
    [[eventTime(2), { m: 1 }], { a: { b: 'c' }, d: new Uint8Array(3) }],
  );
  const good: readonly (readonly [Decode, Uint8Array<ArrayBuffer>])[] = [
    [decodeFluentJson, json(JSON.stringify(records))],
    [decodeFluentMsgpack, stream],
    [decodeFluentForward, bytesOf(['app', stream, { chunk: 'c' }], ['app', eventTime(3), { log: 'x' }, {}])],
    [decodeFluentForward, bytesOf(['app', new Uint8Array(gzipSync(stream)), { compressed: 'gzip' }])],
  ];
  for (const [decode, body] of good)
    for (const damaged of mutations(body, 1000, 7)) {
      try {
        decode(Uint8Array.from(damaged), context(), { tag: 't' });
      } catch (error) {
        assert.ok(error instanceof DecodeError, String((error as Error).stack));
      }
    }
});
