import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mutations } from '../../base/mutations.ts';
import { type DecodeContext, type Decoded, DecodeError, type DecodeLimits } from '../../model/ingest.ts';
import { seriesText } from '../../model/label_limits.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { decodeDecimals } from '../../store/index.ts';
import { decodeOtlpMetricsJson, decodeOtlpMetricsProtobuf } from './index.ts';
import {
  attribute,
  jsonBytes,
  NOW,
  rowsOf,
  testContext,
  text,
  upstreamEncode,
  upstreamExample,
  upstreamMissing,
  withBinaryIds,
} from './test_requests.ts';

const TIME = `${NOW}000000`;
const SERVICE = [
  text('service.name', 'payments-api'),
  text('service.namespace', 'shop'),
  text('service.instance.id', 'pod-1'),
];

const request = (metrics: readonly object[], resource: readonly object[] = SERVICE) => ({
  resourceMetrics: [{ resource: { attributes: resource }, scopeMetrics: [{ scope: { name: 'lib' }, metrics }] }],
});
const context = (limits: Partial<DecodeLimits> = {}, series = createMapInterner()): DecodeContext => ({
  ...testContext(limits),
  series,
});

/** `name{labels} value` of every sample, sorted. */
function samples(decoded: Decoded, ctx: DecodeContext): string[] {
  return rowsOf(decoded, 'samples')
    .map((row) => {
      const value = new Float64Array(1);
      const mantissa = new BigInt64Array([BigInt(String(row.mantissa))]);
      decodeDecimals(new Uint32Array(mantissa.buffer), Int8Array.of(Number(row.exponent)), value);
      const stale = new BigUint64Array(value.buffer)[0] === 0x7ff0000000000002n;
      const labels = ctx.series.labels([...ctx.series.idLow].indexOf(Number(row.series)));
      return `${seriesText(labels)} ${stale ? 'stale' : value[0]} @${Number(row.ts) - NOW}`;
    })
    .sort();
}

/** Decodes JSON and, where upstream's definitions are at hand, protobuf of an independent encoder; both must agree. */
function decode(
  value: object,
  limits: Partial<DecodeLimits> = {},
  interner = createMapInterner(),
): { decoded: Decoded; ctx: DecodeContext; lines: string[] } {
  const ctx = context(limits, interner);
  const decoded = decodeOtlpMetricsJson(jsonBytes(value), ctx, undefined);
  const lines = samples(decoded, ctx);
  if (upstreamMissing === false) {
    const other = context(limits);
    const binary = decodeOtlpMetricsProtobuf(
      upstreamEncode('metrics', withBinaryIds(value) as object),
      other,
      undefined,
    );
    if (interner.idLow.length === other.series.idLow.length) {
      assert.deepEqual(samples(binary, other), lines);
      assert.deepEqual(binary.rejections, decoded.rejections);
      assert.deepEqual(binary.accepted, decoded.accepted);
    }
  }
  return { decoded, ctx, lines };
}
const ID = 'instance="pod-1", job="shop/payments-api"';
const SVC = 'service_name="payments-api"';

describe('OTLP metrics', () => {
  test('a gauge and a monotonic sum become a gauge and a counter with units in their names', () => {
    const { lines, decoded } = decode(
      request([
        {
          name: 'queue.depth',
          unit: '{items}',
          description: 'Depth.',
          gauge: { dataPoints: [{ timeUnixNano: TIME, asInt: '-7', attributes: [text('queue.name', 'ledger')] }] },
        },
        {
          name: 'http.server.requests',
          unit: '1',
          sum: {
            aggregationTemporality: 2,
            isMonotonic: true,
            dataPoints: [
              {
                timeUnixNano: TIME,
                asDouble: 12.5,
                attributes: [attribute('http.status', { intValue: '200' }), attribute('ok', { boolValue: true })],
              },
            ],
          },
        },
        {
          name: 'process.memory',
          unit: 'By',
          sum: {
            aggregationTemporality: 'AGGREGATION_TEMPORALITY_CUMULATIVE',
            dataPoints: [{ timeUnixNano: TIME, asInt: 9 }],
          },
        },
      ]),
    );
    assert.deepEqual(lines, [
      `http_server_requests_total{http_status="200", ${ID}, ok="true", ${SVC}} 12.5 @0`,
      `process_memory_bytes{${ID}, ${SVC}} 9 @0`,
      `queue_depth{${ID}, queue_name="ledger", ${SVC}} -7 @0`,
    ]);
    assert.deepEqual(
      rowsOf(decoded, 'metadata').map(({ metric, type, help, unit }) => [metric, type, help, unit]),
      [
        ['queue_depth', 'gauge', 'Depth.', ''],
        ['http_server_requests_total', 'counter', '', ''],
        ['process_memory_bytes', 'gauge', '', 'bytes'],
      ],
    );
  });

  test('an explicit histogram becomes classic buckets with exemplars on their bucket', () => {
    const point = {
      timeUnixNano: TIME,
      count: '6',
      sum: 2.75,
      bucketCounts: ['1', '2', '3'],
      explicitBounds: [0.1, 1],
      attributes: [text('route', '/v1/pay')],
      exemplars: [
        {
          timeUnixNano: TIME,
          asDouble: 0.5,
          traceId: '0AF7651916CD43DD8448EB211C80319C',
          spanId: 'b7ad6b7169203331',
          filteredAttributes: [text('user.id', 'u1')],
        },
      ],
    };
    const { lines, decoded, ctx } = decode(
      request([{ name: 'latency', unit: 's', histogram: { aggregationTemporality: 2, dataPoints: [point] } }]),
    );
    assert.deepEqual(lines, [
      `latency_seconds_bucket{${ID}, le="+Inf", route="/v1/pay", ${SVC}} 6 @0`,
      `latency_seconds_bucket{${ID}, le="0.1", route="/v1/pay", ${SVC}} 1 @0`,
      `latency_seconds_bucket{${ID}, le="1", route="/v1/pay", ${SVC}} 3 @0`,
      `latency_seconds_count{${ID}, route="/v1/pay", ${SVC}} 6 @0`,
      `latency_seconds_sum{${ID}, route="/v1/pay", ${SVC}} 2.75 @0`,
    ]);
    const [exemplar] = rowsOf(decoded, 'exemplars');
    assert.deepEqual(
      [exemplar?.trace_id, exemplar?.span_id, exemplar?.value],
      ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331', 0.5],
    );
    assert.deepEqual({ ...(exemplar?.labels as object) }, { 'user.id': 'u1' });
    const labels = ctx.series.labels([...ctx.series.idLow].indexOf(Number(exemplar?.series)));
    assert.match(seriesText(labels), /_bucket\{.*le="1"/);
  });

  test('an exponential histogram becomes a native one, finer scales merged', () => {
    const point = {
      timeUnixNano: TIME,
      count: '10',
      sum: 7,
      scale: 9,
      zeroCount: '2',
      positive: { offset: 0, bucketCounts: ['1', '2', '0', '0', '3'] },
      negative: { offset: -3, bucketCounts: ['2'] },
    };
    const { decoded } = decode(
      request([{ name: 'size', unit: 'By', exponentialHistogram: { aggregationTemporality: 2, dataPoints: [point] } }]),
    );
    const [row] = rowsOf(decoded, 'native_histograms');
    assert.deepEqual([row?.schema, row?.zero_count, row?.count, row?.sum, row?.zero_threshold], [8, 2, 10, 7, 1e-128]);
    assert.deepEqual([row?.positive_offsets, row?.positive_lengths, row?.positive_buckets], [[1], [3], [3, 0, 3]]);
    assert.deepEqual([row?.negative_offsets, row?.negative_lengths, row?.negative_buckets], [[-1], [1], [2]]);
  });

  test('a summary becomes quantiles, sum and count', () => {
    const point = {
      timeUnixNano: TIME,
      count: '4',
      sum: 10,
      quantileValues: [
        { quantile: 0.5, value: 2 },
        { quantile: 0.99, value: 4 },
      ],
    };
    const { lines } = decode(request([{ name: 'gc', unit: 'ms', summary: { dataPoints: [point] } }]));
    assert.deepEqual(lines, [
      `gc_milliseconds_count{${ID}, ${SVC}} 4 @0`,
      `gc_milliseconds_sum{${ID}, ${SVC}} 10 @0`,
      `gc_milliseconds{${ID}, quantile="0.5", ${SVC}} 2 @0`,
      `gc_milliseconds{${ID}, quantile="0.99", ${SVC}} 4 @0`,
    ]);
  });

  test('what else the resource says becomes target_info at the first and last time', () => {
    const gauge = {
      name: 'g',
      gauge: {
        dataPoints: [
          { timeUnixNano: `${NOW - 5}000000`, asInt: 1 },
          { timeUnixNano: TIME, asInt: 2 },
        ],
      },
    };
    const { lines } = decode(request([gauge], [...SERVICE, text('k8s.pod.name', 'p'), text('host.name', 'h')]));
    assert.equal(lines.at(-1), `target_info{host_name="h", ${ID}, k8s_pod_name="p"} 1 @0`);
    assert.equal(lines.length, 4);
  });

  test('attributes whose names become one are joined in the order of their keys', () => {
    const point = {
      timeUnixNano: TIME,
      asInt: 1,
      attributes: [text('a_b', '2'), text('a.b', '1'), text('9x', 'n'), text('_y', 'u'), text('job', 'mine')],
    };
    const { lines } = decode(request([{ name: 'g', gauge: { dataPoints: [point] } }]));
    assert.deepEqual(lines, [`g{a_b="1;2", ${ID}, key_9x="n", key_y="u", ${SVC}} 1 @0`]);
  });

  test('a point without a recorded value is a staleness marker', () => {
    const { lines } = decode(request([{ name: 'g', gauge: { dataPoints: [{ timeUnixNano: TIME, flags: 1 }] } }]));
    assert.deepEqual(lines, [`g{${ID}, ${SVC}} stale @0`]);
  });

  const good = { name: 'good', gauge: { dataPoints: [{ timeUnixNano: TIME, asInt: 1 }] } };
  const BAD: readonly (readonly [string, object, string, number, Partial<DecodeLimits>?])[] = [
    ['no temporality', { name: 'd', histogram: { dataPoints: [{ timeUnixNano: TIME, count: 1 }] } }, 'unsupported', 1],
    ['no name', { name: '..', gauge: { dataPoints: [{ timeUnixNano: TIME, asInt: 1 }] } }, 'invalid_record', 1],
    [
      'a time too old',
      { name: 'd', gauge: { dataPoints: [{ timeUnixNano: `${NOW - 7_200_001}000000`, asInt: 1 }] } },
      'too_old',
      1,
    ],
    [
      'a time too new',
      { name: 'd', gauge: { dataPoints: [{ timeUnixNano: `${NOW + 600_001}000000`, asInt: 1 }] } },
      'too_new',
      1,
    ],
    [
      'counts that do not fit the bounds',
      {
        name: 'd',
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [{ timeUnixNano: TIME, count: 1, bucketCounts: [1, 0, 0], explicitBounds: [1] }],
        },
      },
      'invalid_record',
      1,
    ],
    [
      'a scale too coarse',
      {
        name: 'd',
        exponentialHistogram: { aggregationTemporality: 2, dataPoints: [{ timeUnixNano: TIME, count: 1, scale: -5 }] },
      },
      'unsupported',
      1,
    ],
    [
      'too many labels',
      {
        name: 'd',
        gauge: { dataPoints: [{ timeUnixNano: TIME, asInt: 1, attributes: [text('a', '1'), text('b', '2')] }] },
      },
      'label_count',
      1,
      { labelsPerSeries: 5 },
    ],
  ];
  for (const [what, bad, reason, count, limits] of BAD) {
    test(`points with ${what} are refused with their reason, their neighbours are stored`, () => {
      const { lines, decoded } = decode(request([good, bad, { ...good, name: 'other' }]), limits);
      assert.deepEqual(lines, [`good{${ID}, ${SVC}} 1 @0`, `other{${ID}, ${SVC}} 1 @0`]);
      assert.deepEqual(
        decoded.rejections.map(({ reason, count }) => [reason, count]),
        [[reason, count]],
      );
    });
  }

  test('a histogram that does not fit under the limit of series leaves nothing half stored', () => {
    const histogram = {
      name: 'h',
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [{ timeUnixNano: TIME, count: 1, sum: 1, bucketCounts: [1, 0], explicitBounds: [1] }],
      },
    };
    const { lines, decoded } = decode(request([good, histogram, good]), {}, createMapInterner(3));
    assert.deepEqual(lines, [`good{${ID}, ${SVC}} 1 @0`, `good{${ID}, ${SVC}} 1 @0`]);
    assert.deepEqual(
      decoded.rejections.map(({ reason, count }) => [reason, count]),
      [['series_limit', 1]],
    );
  });

  test('the same points in later requests are the same series', () => {
    const ctx = context();
    const body = jsonBytes(request([good]));
    const [one, two] = [0, 1].map(() => rowsOf(decodeOtlpMetricsJson(body, ctx, undefined), 'samples'));
    assert.deepEqual(one, two);
  });

  test('more points than a request may hold are too large', () => {
    assert.throws(
      () => decodeOtlpMetricsJson(jsonBytes(request([good, good])), context({ recordsPerRequest: 1 }), undefined),
      { kind: 'too-large' },
    );
  });

  test("upstream's example is understood whole", { skip: upstreamMissing }, () => {
    const ctx = { ...context(), nowMs: 1544712660300 };
    const decoded = decodeOtlpMetricsJson(jsonBytes(upstreamExample('metrics.json')), ctx, undefined);
    assert.deepEqual(decoded.rejections, []);
    assert.ok(decoded.accepted.samples > 0);
  });
});

test('damaged requests are read or refused, never worse', { skip: upstreamMissing }, () => {
  const points = [
    {
      timeUnixNano: TIME,
      count: '3',
      sum: 2,
      bucketCounts: ['1', '2'],
      explicitBounds: [1],
      attributes: [text('a', 'b')],
      exemplars: [{ timeUnixNano: TIME, asDouble: 0.5 }],
    },
  ];
  const exponential = [{ timeUnixNano: TIME, count: '3', scale: 2, positive: { offset: 1, bucketCounts: ['1', '2'] } }];
  const metrics = [
    { name: 'h', unit: 's', histogram: { aggregationTemporality: 2, dataPoints: points } },
    { name: 'e', exponentialHistogram: { aggregationTemporality: 2, dataPoints: exponential } },
    {
      name: 's',
      summary: { dataPoints: [{ timeUnixNano: TIME, count: 1, quantileValues: [{ quantile: 0.5, value: 1 }] }] },
    },
    {
      name: 'c',
      sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ timeUnixNano: TIME, asInt: 1 }] },
    },
  ];
  const value = request(metrics, [...SERVICE, text('host.name', 'h')]);
  const ctx = context({}, createMapInterner(100_000));
  for (const [decoder, bytes] of [
    [decodeOtlpMetricsProtobuf, upstreamEncode('metrics', value)],
    [decodeOtlpMetricsJson, jsonBytes(value)],
  ] as const) {
    for (const body of [...mutations(bytes, 1500, 3), ...Array.from(bytes, (_, end) => bytes.slice(0, end))]) {
      try {
        const decoded = decoder(body, ctx, undefined);
        for (const table of ['samples', 'native_histograms', 'exemplars', 'metadata']) rowsOf(decoded, table);
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }
  }
});
