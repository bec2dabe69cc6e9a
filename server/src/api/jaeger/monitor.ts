import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { type TraceSeries, type TraceStore, traceqlMetrics } from '../../query/index.ts';
import { structured } from './errors.ts';
import { given, malformed, whole } from './parameters.ts';

const NS_PER_MS = 1_000_000n;
/** As Jaeger's query service has them (defaultMetricsQueryLookbackDuration, …StepDuration), ms. */
const DEFAULT_LOOKBACK_MS = 3_600_000n;
const DEFAULT_STEP_MS = 5_000n;
const MAX_SERVICES = 100;
const KINDS: ReadonlySet<string> = new Set(['server', 'client', 'producer', 'consumer', 'internal', 'unspecified']);

/** Figures of the monitor, each a value by service, or by service and operation, over steps. */
interface Wanted {
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly stepNs: bigint;
  /** TraceQL of the spans that are counted. */
  readonly condition: string;
  readonly byOperation: boolean;
  readonly signal: AbortSignal;
}

/** @throws RequestError */
function wantedOf({ query, signal }: HttpRequest, nowMs: number): Wanted {
  // The UI joins several services by a comma in front of the name: `service=a,service=b`.
  const services = query.getAll('service').flatMap((text) => text.split(',service='));
  if (services.every((service) => service === ''))
    throw malformed('service', 'please provide at least one service name');
  if (services.length > MAX_SERVICES) throw malformed('service', `more than ${MAX_SERVICES} services`);
  const kinds = query.getAll('spanKind').map((kind) => kind.toLowerCase().replace(/^span_kind_/, ''));
  const unknown = kinds.find((kind) => !KINDS.has(kind));
  if (unknown !== undefined) throw malformed('spanKind', `unsupported span kind: '${unknown.slice(0, 64)}'`);
  const endNs = (whole(query, 'endTs') ?? BigInt(nowMs)) * NS_PER_MS;
  const lookback = positive(query, 'lookback', DEFAULT_LOOKBACK_MS);
  const oneOf = (field: string, values: readonly string[]): string =>
    `(${values.map((value) => `${field} = ${value}`).join(' || ')})`;
  return {
    startNs: endNs - lookback * NS_PER_MS,
    endNs,
    stepNs: positive(query, 'step', DEFAULT_STEP_MS) * NS_PER_MS,
    condition: [
      oneOf(
        'resource.service.name',
        services.filter((service) => service !== '').map((service) => JSON.stringify(service)),
      ),
      oneOf('kind', kinds.length === 0 ? ['server'] : kinds),
    ].join(' && '),
    byOperation: /^(?:1|t|true)$/i.test(given(query, 'groupByOperation') ?? ''),
    signal,
  };
}

function positive(query: URLSearchParams, name: string, fallback: bigint): bigint {
  const value = whole(query, name) ?? fallback;
  if (value <= 0n) throw malformed(name, 'must be a positive number of milliseconds');
  return value;
}

interface Measured {
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  /** By step; NaN where nothing was measured. */
  readonly values: readonly number[];
  readonly timeMs: (step: number) => number;
}

async function measure(store: TraceStore, wanted: Wanted, aggregate: string, more = ''): Promise<Measured[]> {
  const { condition, byOperation, ...range } = wanted;
  const by = byOperation ? 'resource.service.name, name' : 'resource.service.name';
  const text = `{ ${condition}${more} } | ${aggregate} by (${by})`;
  const { series, intervals } = await traceqlMetrics(store, { ...range, text, exemplars: 0 });
  return series.map((one) => ({
    labels: labelsOf(one, byOperation),
    values: [...one.values],
    timeMs: (step) => intervals.timeMs(step),
  }));
}

function labelsOf({ labels }: TraceSeries, byOperation: boolean): Measured['labels'] {
  const value = (name: string): string => String(labels.find(([label]) => label === name)?.[1]?.value ?? '');
  const service = { name: 'service_name', value: value('resource.service.name') };
  return byOperation ? [{ name: 'operation', value: value('name') }, service] : [service];
}

/** A MetricFamily (jaeger-idl, api_v2/metrics: openmetrics.proto) in JSON. */
function family(name: string, help: string, byOperation: boolean, measured: readonly Measured[]): HttpResponse {
  const [prefix, by] = byOperation ? ['service_operation', 'service & operation'] : ['service', 'service'];
  return jsonResponse(200, {
    name: `${prefix}_${name}`,
    type: 'GAUGE',
    help: `${help}, grouped by ${by}`,
    metrics: measured.map(({ labels, values, timeMs }) => ({
      labels,
      metricPoints: values.map((value, step) => ({
        gaugeValue: { doubleValue: Number.isNaN(value) ? 'NaN' : value },
        timestamp: new Date(timeMs(step)).toISOString(),
      })),
    })),
  });
}

/** `/api/metrics/calls`: requests a second. */
export async function calls(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const wanted = wantedOf(request, nowMs);
  return family('call_rate', 'calls/sec', wanted.byOperation, await measure(store, wanted, 'rate()'));
}

/** `/api/metrics/errors`: the share of requests that failed. */
export async function errors(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const wanted = wantedOf(request, nowMs);
  const [all, failed] = await Promise.all([
    measure(store, wanted, 'rate()'),
    measure(store, wanted, 'rate()', ' && status = error'),
  ]);
  const keyOf = ({ labels }: Measured): string => JSON.stringify(labels);
  const failedBy = new Map(failed.map((one) => [keyOf(one), one.values]));
  const shares = all.map((one) => {
    const of = failedBy.get(keyOf(one));
    return { ...one, values: one.values.map((value, step) => (value === 0 ? Number.NaN : (of?.[step] ?? 0) / value)) };
  });
  return family(
    'error_rate',
    'error rate, computed as a fraction of errors/sec over calls/sec',
    wanted.byOperation,
    shares,
  );
}

/** `/api/metrics/latencies`: a quantile of the time requests took, ms. */
export async function latencies(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const quantile = Number(given(request.query, 'quantile') ?? Number.NaN);
  if (!(quantile >= 0 && quantile <= 1)) throw malformed('quantile', 'must be a number between 0 and 1');
  const wanted = wantedOf(request, nowMs);
  const measured = await measure(store, wanted, `quantile_over_time(duration, ${quantile})`);
  const inMs = measured.map((one) => ({ ...one, values: one.values.map((seconds) => seconds * 1000) }));
  return family('latencies', `${quantile.toFixed(2)}th quantile latency`, wanted.byOperation, inMs);
}

/** `/api/metrics/minstep`: ms. */
export async function minStep(): Promise<HttpResponse> {
  return structured(1);
}
