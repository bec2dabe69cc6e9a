import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import { type Decode, type DecodeContext, type Decoded, DecodeError, type DecodeLimits } from '../../model/ingest.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { decodeDecimals, sectionRows } from '../../store/index.ts';
import { decodeRemoteWrite1, decodeRemoteWrite2 } from './index.ts';
import { type TestSeries, writeRequest1, writeRequest2 } from './test_requests.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const context = (limits: Partial<DecodeLimits> = {}, series = createMapInterner(200_000)): DecodeContext => ({
  nowMs: NOW,
  limits: { ...DEFAULT_DECODE_LIMITS, ...limits },
  series,
  streams: createMapInterner(),
});

interface Version {
  readonly name: string;
  readonly decode: Decode;
  readonly encode: (series: readonly TestSeries[]) => Uint8Array<ArrayBuffer>;
}
const VERSIONS: readonly Version[] = [
  { name: 'remote write 1.0', decode: decodeRemoteWrite1, encode: writeRequest1 },
  { name: 'remote write 2.0', decode: decodeRemoteWrite2, encode: writeRequest2 },
];

const up = (job: string): TestSeries['labels'] => [
  ['__name__', 'up'],
  ['job', job],
];
const rowsOf = (decoded: Decoded, table: string) =>
  decoded.sections.filter((section) => section.table === table).flatMap(sectionRows);

/** Samples as [labels, time, value] through the columns' own decoder. */
function samplesOf(decoded: Decoded, ctx: DecodeContext): [string, number, number][] {
  return rowsOf(decoded, 'samples').map((row) => {
    const mantissa = BigInt(String(row.mantissa));
    const words = new Uint32Array(new BigInt64Array([mantissa]).buffer);
    const value = new Float64Array(1);
    decodeDecimals(words, Int8Array.of(Number(row.exponent)), value);
    const reference = [...ctx.series.idLow].indexOf(Number(row.series));
    return [ctx.series.labels(reference).join(), Number(row.ts), value[0] as number];
  });
}

for (const { name, decode, encode } of VERSIONS) {
  describe(name, () => {
    test('samples arrive with their labels, times and exact values', () => {
      const ctx = context();
      const values = [0, 1, -1, 0.1, 1e300, Infinity, 123456789.123, -0, 5e-324];
      const samples = values.map((value, i) => ({ value, timestamp: NOW + i }));
      const decoded = decode(
        encode([
          { labels: up('a'), samples },
          { labels: up('b'), samples: samples.slice(0, 2) },
        ]),
        ctx,
        undefined,
      );
      assert.deepEqual(decoded.rejections, []);
      assert.equal(decoded.accepted.samples, values.length + 2);
      assert.deepEqual(samplesOf(decoded, ctx), [
        ...values.map((value, i) => ['__name__,up,job,a', NOW + i, value]),
        ['__name__,up,job,b', NOW, 0],
        ['__name__,up,job,b', NOW + 1, 1],
      ]);
    });

    test('a stale marker keeps its bits', () => {
      const body = encode([{ labels: up('a'), samples: [{ value: 7.25, timestamp: NOW }] }]);
      const stale = Buffer.from('020000000000f07f', 'hex');
      const at = Buffer.from(body).indexOf(Buffer.from(Float64Array.of(7.25).buffer));
      body.set(stale, at);
      const decoded = decode(body, context(), undefined);
      const [row] = rowsOf(decoded, 'samples');
      assert.equal(BigInt.asUintN(64, BigInt(String(row?.mantissa))), 0x7ff0000000000002n);
      assert.equal(row?.exponent, -128);
    });

    test('the same series in later requests and in any order of labels is one series', () => {
      const ctx = context();
      const sample = [{ value: 1, timestamp: NOW }];
      decode(encode([{ labels: up('a'), samples: sample }]), ctx, undefined);
      const again = decode(
        encode([
          { labels: [...up('a')].reverse(), samples: sample },
          { labels: up('a'), samples: sample },
        ]),
        ctx,
        undefined,
      );
      assert.deepEqual(
        rowsOf(again, 'samples').map((row) => Number(row.series)),
        [1, 1],
      );
    });

    test('an empty label value is the same as no label', () => {
      const ctx = context();
      const decoded = decode(
        encode([{ labels: [...up('a'), ['zone', '']], samples: [{ value: 1, timestamp: NOW }] }]),
        ctx,
        undefined,
      );
      assert.deepEqual(samplesOf(decoded, ctx), [['__name__,up,job,a', NOW, 1]]);
    });

    test('samples of two UTC days become two sections', () => {
      const ctx = { ...context(), nowMs: Date.UTC(2026, 10, 22, 0, 30) };
      const samples = [-40, -20, -31, 0].map((minutes) => ({
        value: minutes,
        timestamp: ctx.nowMs + minutes * 60_000,
      }));
      const decoded = decode(encode([{ labels: up('a'), samples }]), ctx, undefined);
      assert.deepEqual(
        decoded.sections.map(({ table, partition, rows }) => [table, partition, rows]),
        [
          ['samples', 20261121, 2],
          ['samples', 20261122, 2],
        ],
      );
      assert.deepEqual(
        samplesOf(decoded, ctx).map(([, , value]) => value),
        [-40, -31, -20, 0],
      );
    });

    const BAD: readonly (readonly [string, TestSeries, string, Partial<DecodeLimits>?])[] = [
      ['too old', { labels: up('bad'), samples: [{ value: 1, timestamp: NOW - 7_200_001 }] }, 'too_old'],
      ['in the future', { labels: up('bad'), samples: [{ value: 1, timestamp: NOW + 600_001 }] }, 'too_new'],
      [
        'without a metric name',
        { labels: [['job', 'bad']], samples: [{ value: 1, timestamp: NOW }] },
        'invalid_labels',
      ],
      ['without labels', { labels: [], samples: [{ value: 1, timestamp: NOW }] }, 'invalid_labels'],
      [
        'with a label twice',
        { labels: [...up('a'), ['job', 'b']], samples: [{ value: 1, timestamp: NOW }] },
        'invalid_labels',
      ],
      [
        'with an empty label name',
        { labels: [['', 'x'], ...up('a')], samples: [{ value: 1, timestamp: NOW }] },
        'invalid_labels',
      ],
      [
        'with too many labels',
        { labels: [...up('a'), ['z', '1']], samples: [{ value: 1, timestamp: NOW }] },
        'label_count',
        { labelsPerSeries: 2 },
      ],
      [
        'with a long label name',
        { labels: [...up('a'), ['z'.repeat(257), '1']], samples: [{ value: 1, timestamp: NOW }] },
        'label_name_length',
      ],
      [
        'with a long label value',
        { labels: [...up('a'), ['z', 'v'.repeat(4097)]], samples: [{ value: 1, timestamp: NOW }] },
        'label_value_length',
      ],
      [
        'with a histogram of no known schema',
        { labels: up('bad'), histograms: [{ schema: 53, timestamp: NOW }] },
        'invalid_record',
      ],
      [
        'with spans that do not fit',
        {
          labels: up('bad'),
          histograms: [{ countInt: 1, positiveSpans: [{ offset: 0, length: 2 }], positiveDeltas: [1], timestamp: NOW }],
        },
        'invalid_record',
      ],
      [
        'with negative buckets',
        {
          labels: up('bad'),
          histograms: [
            { countInt: 1, positiveSpans: [{ offset: 0, length: 1 }], positiveDeltas: [-1], timestamp: NOW },
          ],
        },
        'invalid_record',
      ],
    ];
    for (const [what, bad, reason, limits] of BAD) {
      test(`a series ${what} is refused with its reason, its neighbours are stored`, () => {
        const ctx = context(limits);
        const good = { labels: up('good'), samples: [{ value: 1, timestamp: NOW }] };
        const decoded = decode(encode([good, bad, { ...good, labels: up('other') }]), ctx, undefined);
        assert.deepEqual(samplesOf(decoded, ctx), [
          ['__name__,up,job,good', NOW, 1],
          ['__name__,up,job,other', NOW, 1],
        ]);
        assert.deepEqual(
          decoded.rejections.map(({ reason, count }) => [reason, count]),
          [[reason, 1]],
        );
      });
    }

    test('invalid UTF-8 in labels is refused, its neighbours are stored', () => {
      const body = encode([
        { labels: up('good'), samples: [{ value: 1, timestamp: NOW }] },
        { labels: up('b~d'), samples: [{ value: 1, timestamp: NOW }] },
      ]);
      body[Buffer.from(body).indexOf('b~d') + 1] = 0xff;
      const decoded = decode(body, context(), undefined);
      assert.equal(decoded.accepted.samples, 1);
      assert.deepEqual(
        decoded.rejections.map(({ reason, count }) => [reason, count]),
        [['invalid_labels', 1]],
      );
    });

    test('at the limit of series new ones are refused, known ones flow', () => {
      const ctx = context({}, createMapInterner(1));
      const sample = [{ value: 1, timestamp: NOW }];
      const decoded = decode(
        encode([
          { labels: up('a'), samples: sample },
          { labels: up('b'), samples: [...sample, ...sample] },
          { labels: up('a'), samples: sample },
        ]),
        ctx,
        undefined,
      );
      assert.equal(decoded.accepted.samples, 2);
      assert.deepEqual(
        decoded.rejections.map(({ reason, count }) => [reason, count]),
        [['series_limit', 2]],
      );
    });

    test('more records or elements than a request may hold are too large', () => {
      const sample = [{ value: 1, timestamp: NOW }];
      const body = encode([
        { labels: up('a'), samples: sample },
        { labels: up('b'), samples: sample },
      ]);
      for (const limits of [{ recordsPerRequest: 1 }, { elementsPerRequest: 3 }]) {
        assert.throws(() => decode(body, context(limits), undefined), { name: 'DecodeError', kind: 'too-large' });
      }
    });

    test('native histograms become absolute counts', () => {
      const histograms = [
        {
          countInt: 12,
          sum: 18.4,
          schema: 1,
          zeroThreshold: 0.001,
          zeroCountInt: 2,
          resetHint: 2,
          timestamp: NOW,
          positiveSpans: [
            { offset: 0, length: 2 },
            { offset: 1, length: 2 },
          ],
          positiveDeltas: [1, 1, -1, 0],
          negativeSpans: [{ offset: -3, length: 2 }],
          negativeDeltas: [2, 1],
        },
        {
          countFloat: 4.5,
          sum: 2,
          schema: 0,
          zeroCountFloat: 0.5,
          positiveSpans: [{ offset: 3, length: 1 }],
          positiveCounts: [4],
          timestamp: NOW + 1,
        },
        {
          countInt: 5,
          sum: 9,
          schema: -53,
          customValues: [0.1, 1, 10],
          positiveSpans: [{ offset: 1, length: 3 }],
          positiveDeltas: [1, 1, 0],
          timestamp: NOW + 2,
        },
      ];
      const decoded = decode(encode([{ labels: up('a'), histograms }]), context(), undefined);
      assert.deepEqual(decoded.rejections, []);
      assert.equal(decoded.accepted.histograms, 3);
      const rows = rowsOf(decoded, 'native_histograms').map((row) => [
        Number(row.ts),
        row.schema,
        row.reset_hint,
        row.zero_threshold,
        row.zero_count,
        row.count,
        row.sum,
        row.positive_offsets,
        row.positive_lengths,
        row.positive_buckets,
        row.negative_offsets,
        row.negative_lengths,
        row.negative_buckets,
        row.custom_values,
      ]);
      assert.deepEqual(JSON.parse(JSON.stringify(rows)), [
        [NOW, 1, 2, 0.001, 2, 12, 18.4, [0, 1], [2, 2], [1, 2, 1, 1], [-3], [2], [2, 3], []],
        [NOW + 1, 0, 0, 0, 0.5, 4.5, 2, [3], [1], [4], [], [], [], []],
        [NOW + 2, -53, 0, 0, 0, 5, 9, [1], [3], [1, 2, 2], [], [], [], [0.1, 1, 10]],
      ]);
    });

    test('exemplars keep trace and span ids apart from their labels, and may be old', () => {
      const exemplars = [
        {
          labels: [
            ['trace_id', 'ABCDEF0123456789'],
            ['span_id', 'aa'],
            ['user', 'u1'],
          ] as const,
          value: 0.25,
          timestamp: NOW - 86_400_000,
        },
      ];
      const decoded = decode(encode([{ labels: up('a'), exemplars }]), context(), undefined);
      assert.equal(decoded.accepted.exemplars, 1);
      const [row] = rowsOf(decoded, 'exemplars');
      assert.deepEqual(
        [row?.trace_id, row?.span_id, row?.value, Number(row?.ts)],
        ['abcdef0123456789', 'aa', 0.25, NOW - 86_400_000],
      );
      assert.match(JSON.stringify(row?.labels), /user.*u1/);
    });

    test('malformed bytes are undecodable', () => {
      const body = encode([{ labels: up('a'), samples: [{ value: 1, timestamp: NOW }] }]);
      for (const bad of [
        body.slice(0, -1),
        Uint8Array.of(0),
        Uint8Array.of(0x0b),
        Uint8Array.from([...body, 0x2a, 9]),
      ]) {
        assert.throws(() => decode(bad, context(), undefined), { name: 'DecodeError', kind: 'undecodable' });
      }
    });

    test('an empty request stores nothing and refuses nothing', () => {
      const decoded = decode(new Uint8Array(0), context(), undefined);
      assert.deepEqual([decoded.sections, decoded.rejections], [[], []]);
    });
  });
}

test('remote write 1.0: labels behind or between samples are understood', () => {
  const writer = new ProtobufWriter();
  const series = writer.open(1);
  const label = (name: string, value: string) => {
    const start = writer.open(1);
    writer.text(1, name);
    writer.text(2, value);
    writer.close(start);
  };
  label('__name__', 'up');
  const sample = writer.open(2);
  writer.double(1, 4);
  writer.int64(2, BigInt(NOW));
  writer.close(sample);
  label('job', 'late');
  writer.close(series);
  const ctx = context();
  const decoded = decodeRemoteWrite1(Uint8Array.from(writer.finish()), ctx, undefined);
  assert.deepEqual(samplesOf(decoded, ctx), [['__name__,up,job,late', NOW, 4]]);
});

test('remote write 1.0: metadata becomes rows once an hour', () => {
  const ctx = context();
  const body = writeRequest1([], [{ type: 1, metricFamilyName: 'http_requests_total', help: 'Requests.', unit: '' }]);
  const [row] = rowsOf(decodeRemoteWrite1(body, ctx, undefined), 'metadata');
  assert.deepEqual([row?.metric, row?.type, row?.help, row?.unit], ['http_requests_total', 'counter', 'Requests.', '']);
  assert.deepEqual(decodeRemoteWrite1(body, ctx, undefined).sections, []);
  assert.equal(decodeRemoteWrite1(body, { ...ctx, nowMs: NOW + 3_600_000 }, undefined).sections.length, 1);
});

test('remote write 2.0: metadata of series is kept by family, start timestamps are accepted', () => {
  const body = writeRequest2([
    {
      labels: [
        ['__name__', 'latency_seconds_bucket'],
        ['le', '1'],
      ],
      samples: [{ value: 3, timestamp: NOW, startTimestamp: NOW - 5000 }],
      metadata: { type: 3, help: 'Latency.', unit: 'seconds' },
    },
  ]);
  const decoded = decodeRemoteWrite2(body, context(), undefined);
  assert.equal(decoded.accepted.samples, 1);
  const [row] = rowsOf(decoded, 'metadata');
  assert.deepEqual(
    [row?.metric, row?.type, row?.help, row?.unit],
    ['latency_seconds', 'histogram', 'Latency.', 'seconds'],
  );
});

test('remote write 2.0: references beyond the symbols and odd references harm only their series', () => {
  for (const references of [
    [1, 9],
    [1, 2, 3],
    [0xffffffff, 1],
  ]) {
    const writer = new ProtobufWriter();
    for (const symbol of ['', '__name__', 'up']) writer.text(4, symbol);
    for (const refs of [[1, 2], references]) {
      const series = writer.open(5);
      for (const ref of refs) writer.uint32(1, ref);
      const sample = writer.open(2);
      writer.double(1, 4);
      writer.int64(2, BigInt(NOW));
      writer.close(sample);
      writer.close(series);
    }
    const decoded = decodeRemoteWrite2(Uint8Array.from(writer.finish()), context(), undefined);
    assert.equal(decoded.accepted.samples, 1);
    assert.deepEqual(
      decoded.rejections.map(({ reason, count }) => [reason, count]),
      [['invalid_labels', 1]],
    );
  }
});

test('remote write 2.0: a first symbol that is not empty is undecodable', () => {
  const writer = new ProtobufWriter();
  writer.text(4, 'up');
  assert.throws(() => decodeRemoteWrite2(Uint8Array.from(writer.finish()), context(), undefined), DecodeError);
});

test('both versions give one series one identity', () => {
  const ctx = context();
  const series = [{ labels: up('a'), samples: [{ value: 1, timestamp: NOW }] }];
  const one = rowsOf(decodeRemoteWrite1(writeRequest1(series), ctx, undefined), 'samples');
  const two = rowsOf(decodeRemoteWrite2(writeRequest2(series), ctx, undefined), 'samples');
  assert.deepEqual(one, two);
});
