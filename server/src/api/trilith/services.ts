import type { ServiceAnswer, ServiceRow, ServicesAnswer } from '@trilith/contract';
import type { Route } from '../../base/http.ts';
import { type ServiceFigures, type ServiceSteps, serviceOverTime, services } from '../../query/index.ts';
import type { QueryRouteOptions } from './engines.ts';
import { answering, timeRange, wholeNumber } from './respond.ts';

const NS_PER_MS = 1_000_000n;
const MAX_STEPS = 500;
const MAX_OPERATIONS = 50;
const SPARKLINE_STEPS = 30;

/** Services with their rate, errors and duration, and one service over time. */
export function serviceRoutes({ enginesOf, costOf }: QueryRouteOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/services',
      handler: answering(async (request, notes) => {
        const { fromMs, toMs } = timeRange(request);
        const range = { startNs: BigInt(fromMs) * NS_PER_MS, endNs: BigInt(toMs) * NS_PER_MS };
        const wanted = request.query.get('service');
        const rows = await services(enginesOf(request.tenant).traces, range, SPARKLINE_STEPS, request.signal);
        const shown = wanted === null || wanted === '' ? rows : rows.filter(({ name }) => name === wanted);
        return { services: shown.map(serviceRow), notes: notes() } satisfies ServicesAnswer;
      }, costOf),
    },
    {
      method: 'GET',
      path: '/api/services/:name',
      handler: answering(async (request, notes) => {
        const { fromMs, toMs } = timeRange(request);
        const steps = Math.min(MAX_STEPS, Math.max(1, wholeNumber(request, 'steps', 60)));
        const name = request.params.name ?? '';
        const range = { startNs: BigInt(fromMs) * NS_PER_MS, endNs: BigInt(toMs) * NS_PER_MS };
        const found = await serviceOverTime(enginesOf(request.tenant).traces, name, range, steps, request.signal);
        return {
          name,
          startMs: fromMs,
          ...seriesOf(found, steps),
          operations: operationsOf(found, (toMs - fromMs) / 1000),
          notes: notes(),
        } satisfies ServiceAnswer;
      }, costOf),
    },
  ];
}

function serviceRow(figures: ServiceFigures): ServiceRow {
  return {
    name: figures.name,
    requestRate: figures.requestRate ?? null,
    errorRatio: figures.errorRatio ?? null,
    p50Ms: figures.p50Ms ?? null,
    p95Ms: figures.p95Ms ?? null,
    logErrors: figures.logErrors,
    logLines: figures.logLines,
    lastSeenMs: figures.lastSeenNs === undefined ? null : Number(figures.lastSeenNs / NS_PER_MS),
    sparkline: figures.sparkline.map((value) => value ?? null),
  };
}

function seriesOf(
  { steps, stepNs }: ServiceSteps,
  count: number,
): Pick<ServiceAnswer, 'stepMs' | 'rate' | 'errors' | 'p50Ms' | 'p95Ms' | 'p99Ms'> {
  const stepMs = Math.max(1, Math.round(Number(stepNs) / 1e6));
  const empty = (): (number | null)[] => new Array<number | null>(count).fill(null);
  const series = { rate: empty(), errors: empty(), p50Ms: empty(), p95Ms: empty(), p99Ms: empty() };
  for (const step of steps) {
    if (step.bucket >= count) continue;
    series.rate[step.bucket] = step.requests / (stepMs / 1000);
    series.errors[step.bucket] = step.errors / (stepMs / 1000);
    series.p50Ms[step.bucket] = step.p50Ms;
    series.p95Ms[step.bucket] = step.p95Ms;
    series.p99Ms[step.bucket] = step.p99Ms;
  }
  return { stepMs, ...series };
}

function operationsOf({ operations }: ServiceSteps, seconds: number): ServiceAnswer['operations'] {
  return operations.slice(0, MAX_OPERATIONS).map((row) => ({
    name: row.operation,
    rate: row.requests / seconds,
    errorRatio: row.requests === 0 ? 0 : row.errors / row.requests,
    p50Ms: row.p50Ms,
    p95Ms: row.p95Ms,
  }));
}
