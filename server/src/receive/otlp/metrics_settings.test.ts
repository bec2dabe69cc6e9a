import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seriesText } from '../../model/label_limits.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { decodeOtlpMetricsJson } from './metrics_json.ts';
import { DEFAULT_OTLP_SETTINGS, type OtlpSettings, PROMETHEUS_OTLP_SETTINGS } from './settings.ts';
import { readOtlpSettings } from './settings_file.ts';
import { jsonBytes, NOW, rowsOf, testContext, text } from './test_requests.ts';

const nanos = (ms: number): string => `${ms}000000`;
const RESOURCE = [
  text('service.name', 'api'),
  text('service.namespace', 'shop'),
  text('service.instance.id', 'pod-1'),
  text('k8s.pod.name', 'p'),
  text('host.name', 'h'),
];
const gauge = (attributes: readonly object[] = [], times: readonly number[] = [NOW]) => ({
  name: 'queue.depth',
  unit: 'By',
  gauge: { dataPoints: times.map((time) => ({ timeUnixNano: nanos(time), asInt: 1, attributes })) },
});

/** Series and native histograms of a request, `name{labels}`, in order of their rows. */
function series(
  settings: OtlpSettings,
  metrics: readonly object[],
  scope: object = {},
): { names: string[]; histograms: Record<string, unknown>[] } {
  const interner = createMapInterner();
  const request = { resourceMetrics: [{ resource: { attributes: RESOURCE }, scopeMetrics: [{ ...scope, metrics }] }] };
  const decoded = decodeOtlpMetricsJson(jsonBytes(request), { ...testContext(), series: interner }, settings);
  assert.deepEqual(decoded.rejections, []);
  const name = (row: Record<string, unknown>): string =>
    seriesText(interner.labels([...interner.idLow].indexOf(Number(row.series))));
  const samples = rowsOf(decoded, 'samples').map((row) => `${name(row)} @${Number(row.ts) - NOW}`);
  return {
    names: samples.filter((line) => !line.startsWith('target_info')),
    histograms: rowsOf(decoded, 'native_histograms'),
  };
}

describe('OTLP settings', () => {
  const plain = 'instance="pod-1", job="shop/api"';

  test('promoted resource attributes are labels where a point has none of that name', () => {
    const some = { ...PROMETHEUS_OTLP_SETTINGS, resourceAttributes: ['k8s.pod.name', 'host.name'] };
    assert.deepEqual(series(some, [gauge([text('host_name', 'mine')])]).names, [
      `queue_depth_bytes{host_name="mine", ${plain}, k8s_pod_name="p"} @0`,
    ]);
    const allBut = { ...PROMETHEUS_OTLP_SETTINGS, promoteAll: true, resourceAttributes: ['host.name', 'service.name'] };
    assert.deepEqual(series(allBut, [gauge()]).names, [
      `queue_depth_bytes{${plain}, k8s_pod_name="p", service_instance_id="pod-1", service_namespace="shop"} @0`,
    ]);
    assert.deepEqual(series(PROMETHEUS_OTLP_SETTINGS, [gauge()]).names, [`queue_depth_bytes{${plain}} @0`]);
  });

  test('names stay as they are without translation', () => {
    const settings: OtlpSettings = { ...DEFAULT_OTLP_SETTINGS, translationStrategy: 'NoTranslation' };
    assert.deepEqual(series(settings, [gauge([text('http.route', '/')])]).names, [
      `queue.depth{http.route="/", ${plain}, service.name="api"} @0`,
    ]);
  });

  test('a scope with a name becomes otel_scope labels when asked for, and wins', () => {
    const settings = { ...PROMETHEUS_OTLP_SETTINGS, promoteScopeMetadata: true };
    const scope = {
      scope: { name: 'lib', version: '1.2', attributes: [text('build', 'x')] },
      schemaUrl: 'https://example.com/1',
    };
    const [name = ''] = series(settings, [gauge([text('otel_scope_name', 'mine')])], scope).names;
    assert.match(name, /otel_scope_build="x", otel_scope_name="lib", otel_scope_schema_url="https:/);
    assert.doesNotMatch(name, /mine/);
    assert.deepEqual(series(settings, [gauge()], { scope: { version: '1.2' } }).names, [
      `queue_depth_bytes{${plain}} @0`,
    ]);
  });

  test('type and unit are labels when asked for', () => {
    const settings = { ...PROMETHEUS_OTLP_SETTINGS, typeAndUnitLabels: true };
    assert.deepEqual(series(settings, [gauge()]).names, [
      `queue_depth_bytes{__type__="gauge", __unit__="bytes", ${plain}} @0`,
    ]);
  });

  test('an explicit histogram becomes a native one with its own bounds when asked for', () => {
    const settings = { ...PROMETHEUS_OTLP_SETTINGS, convertHistogramsToNhcb: true };
    const point = {
      timeUnixNano: nanos(NOW),
      count: '7',
      sum: 9,
      bucketCounts: ['0', '3', '0', '4'],
      explicitBounds: [1, 2, 5],
    };
    const { names, histograms } = series(settings, [
      { name: 'h', unit: 's', histogram: { aggregationTemporality: 2, dataPoints: [point] } },
    ]);
    assert.deepEqual(names, []);
    const [row] = histograms;
    assert.equal(row?.schema, -53);
    assert.equal(row?.zero_threshold, 0);
    assert.deepEqual(
      [row?.positive_offsets, row?.positive_lengths, row?.positive_buckets, row?.custom_values],
      [[1], [3], [3, 0, 4], [1, 2, 5]],
    );
  });

  test('target_info is repeated every two and a half minutes between the first point and the last, once a time', () => {
    const interner = createMapInterner();
    const resource = {
      resource: { attributes: RESOURCE },
      scopeMetrics: [{ metrics: [gauge([], [NOW - 400_000, NOW])] }],
    };
    const decoded = decodeOtlpMetricsJson(
      jsonBytes({ resourceMetrics: [resource, resource] }),
      { ...testContext(), series: interner },
      { ...PROMETHEUS_OTLP_SETTINGS, keepIdentifying: true },
    );
    const info = interner.intern([]) - 1;
    const rows = rowsOf(decoded, 'samples').filter(({ series: id }) => Number(id) === interner.idLow[info]);
    assert.deepEqual(
      rows.map(({ ts }) => Number(ts) - NOW),
      [-400_000, -250_000, -100_000, 0],
    );
    assert.match(seriesText(interner.labels(info)), /^target_info\{.*service_name="api", service_namespace="shop"\}$/);
  });
});

describe('the otlp block of prometheus.yml', () => {
  test('is read as Prometheus reads it', () => {
    assert.deepEqual(readOtlpSettings('scrape_configs: []\n'), DEFAULT_OTLP_SETTINGS);
    assert.deepEqual(readOtlpSettings('otlp:\n'), DEFAULT_OTLP_SETTINGS);
    assert.deepEqual(readOtlpSettings('otlp: {}\n'), PROMETHEUS_OTLP_SETTINGS);
    const block = [
      'otlp:',
      '  translation_strategy: NoUTF8EscapingWithSuffixes',
      '  promote_resource_attributes: [" k8s.pod.name", service.name]',
      '  keep_identifying_resource_attributes: true',
      '  convert_histograms_to_nhcb: true',
      '  promote_scope_metadata: true',
      '  label_name_underscore_sanitization: false',
      '  label_name_preserve_multiple_underscores: false',
    ].join('\n');
    assert.deepEqual(readOtlpSettings(block), {
      translationStrategy: 'NoUTF8EscapingWithSuffixes',
      resourceAttributes: ['k8s.pod.name', 'service.name'],
      promoteAll: false,
      keepIdentifying: true,
      convertHistogramsToNhcb: true,
      promoteScopeMetadata: true,
      labelUnderscoreSanitization: false,
      labelPreserveMultipleUnderscores: false,
      typeAndUnitLabels: false,
    });
  });
});
