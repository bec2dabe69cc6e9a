/** OTLP requests (JSON) with every kind of point, for two receivers to agree on. */
type Json = Readonly<Record<string, unknown>>;

const nanos = (ms: number): string => `${Math.round(ms)}000000`;
const text = (key: string, stringValue: string): Json => ({ key, value: { stringValue } });
const STEP_MS = 10_000;
const POINTS = 12;

/**
 * Requests of points that end at a time, ms since the epoch, oldest first.
 * @param withoutBuckets whether there is a histogram that only counts: as one with custom buckets Prometheus refuses it,
 * and the whole request with it
 */
export function otlpRequests(endMs: number, withoutBuckets: boolean): readonly Json[] {
  const begin = endMs - POINTS * STEP_MS;
  return Array.from({ length: POINTS }, (_, i) => request(begin, i, withoutBuckets));
}

function request(begin: number, i: number, withoutBuckets: boolean): Json {
  const time = begin + (i + 1) * STEP_MS;
  const point = (fields: Json, attributes: readonly Json[] = []): Json => ({
    startTimeUnixNano: nanos(begin),
    timeUnixNano: nanos(time),
    attributes,
    ...fields,
  });
  const delta = (fields: Json, attributes: readonly Json[] = []): Json =>
    point({ startTimeUnixNano: nanos(time - STEP_MS), ...fields }, attributes);
  const metrics = [...scalars(point, delta, time, i), ...histograms(point, delta, time, i, withoutBuckets)];
  return {
    resourceMetrics: [
      {
        resource: {
          attributes: [
            text('service.name', 'api'),
            text('service.namespace', 'shop'),
            text('service.instance.id', 'pod-1'),
            text('k8s.pod.name', 'p-1'),
            text('_private', 'u'),
            { key: 'replicas', value: { intValue: '3' } },
          ],
        },
        scopeMetrics: [
          {
            scope: { name: 'lib', version: '1.2', attributes: [text('build.id', 'x')] },
            schemaUrl: 'https://example.com/schema/1',
            metrics,
          },
        ],
      },
      {
        resource: { attributes: [text('service.name', 'bare')] },
        scopeMetrics: [{ scope: {}, metrics: [{ name: 'bare.gauge', gauge: { dataPoints: [point({ asInt: i })] } }] }],
      },
      {
        resource: { attributes: [text('host.name', 'nobody')] },
        scopeMetrics: [{ metrics: [{ name: 'anonymous', unit: '1', gauge: { dataPoints: [point({ asInt: i })] } }] }],
      },
    ],
  };
}

type Point = (fields: Json, attributes?: readonly Json[]) => Json;

function scalars(point: Point, delta: Point, time: number, i: number): Json[] {
  const sum = (
    name: string,
    unit: string,
    temporality: number,
    isMonotonic: boolean,
    dataPoints: readonly Json[],
  ): Json => ({
    name,
    unit,
    description: `The ${name}.`,
    sum: { aggregationTemporality: temporality, isMonotonic, dataPoints },
  });
  const exemplars = [
    {
      timeUnixNano: nanos(time - 5),
      asDouble: 0.5 + i,
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      filteredAttributes: [text('user.id', `u${i}`)],
    },
  ];
  return [
    {
      name: 'queue.depth',
      unit: '{items}',
      gauge: {
        dataPoints: [
          point({ asInt: String(-i) }, [text('queue.name', 'ledger'), text('a.b', '1'), text('a_b', '2')]),
          point({ asDouble: i * 1.1 }, [text('queue.name', 'mail'), text('__double__x', 'd'), text('9lives', 'n')]),
          point({ asDouble: i, flags: i === 6 ? 1 : 0 }, [text('queue.name', 'ends')]),
        ],
      },
    },
    { name: 'cpu.utilization', unit: '1', gauge: { dataPoints: [point({ asDouble: i / 10 })] } },
    { name: 'net.io', unit: 'By/s', gauge: { dataPoints: [point({ asDouble: i * 1e6 }, [text('job', 'mine')])] } },
    sum('http.server.requests', '1', 2, true, [
      point({ asInt: String(i * 3), exemplars }, [
        { key: 'http.status', value: { intValue: '200' } },
        { key: 'ok', value: { boolValue: true } },
        { key: 'share', value: { doubleValue: 0.25 } },
      ]),
    ]),
    sum('jobs_total', '', 2, true, [point({ asDouble: i * 0.5 })]),
    sum('process.memory', 'By', 2, false, [point({ asInt: String(100 - i) })]),
    sum('delta.requests', '', 1, true, [
      delta({ asInt: String(i) }, [text('route', '/a')]),
      delta({ asInt: '2' }, [text('route', '/b')]),
    ]),
    sum('delta.level', 'ms', 1, false, [delta({ asDouble: i % 2 === 0 ? 1.5 : -1 })]),
    {
      name: 'gc.pause',
      unit: 'ms',
      summary: {
        dataPoints: [
          point({
            count: String(i),
            sum: i * 2.5,
            quantileValues: [
              { quantile: 0, value: 0.1 },
              { quantile: 0.5, value: i },
              { quantile: 1, value: i * 2 },
            ],
          }),
        ],
      },
    },
  ];
}

function histograms(point: Point, delta: Point, time: number, i: number, withoutBuckets: boolean): Json[] {
  const bounds = [0.005, 0.1, 1, 2.5];
  const explicit = (counts: readonly number[]): Json => ({
    count: String(counts.reduce((sum, count) => sum + count, 0)),
    sum: i * 0.75,
    bucketCounts: counts.map(String),
    explicitBounds: bounds,
    exemplars: [{ timeUnixNano: nanos(time - 1), asDouble: 0.07, traceId: '0af7651916cd43dd8448eb211c80319c' }],
  });
  const exponential = (scale: number, counts: readonly number[], negative: readonly number[]): Json => ({
    count: String([...counts, ...negative].reduce((sum, count) => sum + count, i)),
    sum: i * 1.25,
    scale,
    zeroCount: String(i),
    positive: { offset: -2 + i, bucketCounts: counts.map(String) },
    negative: { offset: 1, bucketCounts: negative.map(String) },
  });
  const histogram = (name: string, temporality: number, dataPoints: readonly Json[]): Json => ({
    name,
    unit: 's',
    histogram: { aggregationTemporality: temporality, dataPoints },
  });
  const native = (name: string, temporality: number, dataPoints: readonly Json[]): Json => ({
    name,
    unit: 's',
    exponentialHistogram: { aggregationTemporality: temporality, dataPoints },
  });
  return [
    histogram('http.duration', 2, [point(explicit([i, i * 2, 0, i, 1]))]),
    histogram('no.sum', 2, [point({ count: '3', bucketCounts: ['1', '2'], explicitBounds: [1] })]),
    ...(withoutBuckets ? [histogram('no.buckets', 2, [point({ count: String(i), sum: i })])] : []),
    histogram('delta.duration', 1, [delta(explicit([1, 0, 2, i, 0]))]),
    native('exp.duration', 2, [point(exponential(3, [i, 0, 0, 0, 0, 2], [i]))]),
    native('exp.fine', 2, [point(exponential(12, [1, 2, 3, 4, 5, 6, 7, 8, 9], []))]),
    native('exp.delta', 1, [delta(exponential(2, [1, i], [2]))]),
  ];
}
