import type { CardinalityAnswer, ServiceCostAnswer } from '@trilith/contract';
import type { HttpRequest, Route } from '../../base/http.ts';
import type { Matcher } from '../../model/labels.ts';
import { cardinality, samplesByService } from '../../query/index.ts';
import { countNewSeries, newSeriesByMetric, storedSamples } from '../../store/index.ts';
import type { QueryRouteOptions, TenantEngines } from './engines.ts';
import { answering, timeRange, wholeNumber } from './respond.ts';

const MAX_ROWS = 500;
const MAX_CHURN_STEPS = 120;
/** What a service costs is measured over this stretch: long enough for every usual scrape interval. */
const MEASURED_MS = 300_000;
const MS_PER_DAY = 86_400_000;
const STEPS_MS = [60_000, 300_000, 900_000, 3_600_000, 6 * 3_600_000, MS_PER_DAY, 7 * MS_PER_DAY] as const;

/** What makes the number of series, and what each service's metrics cost. */
export function cardinalityRoutes({ enginesOf, costOf }: QueryRouteOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/cardinality',
      handler: answering(
        async (request, notes) => ({ ...(await counted(request, enginesOf(request.tenant))), notes: notes() }),
        costOf,
      ),
    },
    {
      method: 'GET',
      path: '/api/cardinality/services',
      handler: answering(async (request, notes) => {
        const { metrics, traces } = enginesOf(request.tenant);
        const toMs = wholeNumber(request, 'to');
        const range = { fromMs: Math.max(0, toMs - MEASURED_MS), toMs };
        const options = { ...traces.query, signal: request.signal };
        const [found, stored] = await Promise.all([
          metrics.withIndex((index) => samplesByService(index, traces.reader, range, options)),
          storedSamples(traces.reader, options),
        ]);
        const bytesPerSample = stored.samples === 0 ? 0 : stored.bytes / stored.samples;
        const seconds = MEASURED_MS / 1000;
        return {
          ...range,
          services: found.map(({ name, series, samples }) => ({
            name,
            series,
            samplesPerSecond: samples / seconds,
            bytesPerDay: (samples / seconds) * 86_400 * bytesPerSample,
          })),
          stored: stored.samples === 0 ? null : stored,
          notes: notes(),
        } satisfies ServiceCostAnswer;
      }, costOf),
    },
  ];
}

async function counted(
  request: HttpRequest,
  { metrics, traces }: TenantEngines,
): Promise<Omit<CardinalityAnswer, 'notes'>> {
  const range = timeRange(request);
  const limit = Math.max(1, Math.min(MAX_ROWS, wholeNumber(request, 'limit', 20)));
  const [metric, label, service] = ['metric', 'label', 'service'].map((name) => request.query.get(name) ?? '');
  const matchers: Matcher[] = [];
  if (metric) matchers.push({ name: '__name__', operator: '=', value: metric });
  if (label) matchers.push({ name: label, operator: '!=', value: '' });
  const stepMs = STEPS_MS.find((step) => (range.toMs - range.fromMs) / step <= MAX_CHURN_STEPS) ?? 28 * MS_PER_DAY;
  const churnRange = {
    fromMs: Math.floor(range.fromMs / stepMs) * stepMs,
    toMs: range.toMs,
    metric: metric || undefined,
  };
  const { signal } = request;
  const options = { ...traces.query, signal };
  const question = { matchers, service: service || undefined, label: label || undefined, range, limit, signal };
  const [counts, created, newest] = await Promise.all([
    metrics.withIndex((index) => cardinality(index, question)),
    countNewSeries(traces.reader, { ...churnRange, stepMs }, options),
    newSeriesByMetric(traces.reader, { ...churnRange, limit: 100_000 }, options),
  ]);
  return {
    ...counts,
    metrics: counts.metrics.map((one) => ({ ...one, created: newest.get(one.name) ?? 0 })),
    labels: [...counts.labels],
    pairs: [...counts.pairs],
    services: [...counts.services],
    values: [...counts.values],
    churn: { startMs: churnRange.fromMs, stepMs, created: [...created] },
    created: created.reduce((sum, one) => sum + one, 0),
  };
}
