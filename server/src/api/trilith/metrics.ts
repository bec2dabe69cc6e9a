import type { ExplainAnswer, ExplainNode, MetricRow, MetricsAnswer } from '@trilith/contract';
import type { HttpRequest, Route } from '../../base/http.ts';
import type { Matcher } from '../../model/labels.ts';
import { createExplainer, type ExplainedNode } from '../../query/index.ts';
import type { QueryRouteOptions } from './engines.ts';
import { answering, RequestError, required, timeRange, wholeNumber } from './respond.ts';

const MAX_METRICS = 10_000;
/** Suffixes of the series a family is made of; they take type and help of the family. */
const FAMILY_SUFFIX = /_(?:bucket|sum|count|total|created|info)$/;

/** The metric list, and how a query is evaluated. */
export function metricRoutes({ enginesOf, costOf }: QueryRouteOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/metrics',
      handler: answering(async (request, notes) => {
        const range = timeRange(request);
        const { metrics } = enginesOf(request.tenant);
        const service = request.query.get('service') ?? '';
        const selectors = service === '' ? [] : serviceSelectors(service);
        const [names, metadata] = await Promise.all([
          metrics.labelValues('__name__', selectors, range),
          metrics.metadata(undefined, 0),
        ]);
        const known = new Map(metadata.map((row) => [row.metric, row]));
        const uses = metrics.uses();
        const rows = [...names].map(([name, series]): MetricRow => {
          const own = known.get(name) ?? known.get(name.replace(FAMILY_SUFFIX, ''));
          const { type = 'unknown', help = '', unit = '' } = own ?? {};
          return { name, type: type === '' ? 'unknown' : type, help, unit, series, uses: uses.get(name) ?? 0 };
        });
        const found = searchMetrics(rows, request.query.get('search') ?? '');
        const limit = Math.min(MAX_METRICS, wholeNumber(request, 'limit', MAX_METRICS));
        return { metrics: found.slice(0, limit), total: found.length, notes: notes() } satisfies MetricsAnswer;
      }, costOf),
    },
    {
      method: 'GET',
      path: '/api/explain',
      handler: answering(async (request, notes) => {
        const { metrics } = enginesOf(request.tenant);
        const { observer, tree } = createExplainer();
        const result = await metrics.query({
          query: required(request, 'query'),
          ...evaluationTimes(request),
          signal: request.signal,
          observer,
        });
        const root = tree();
        if (root === undefined) throw new RequestError(400, 'bad_query', 'the query reads nothing');
        return {
          root: nodeAnswer(root),
          samplesRead: result.samplesRead,
          warnings: [...result.warnings],
          infos: [...result.infos],
          notes: notes(),
        } satisfies ExplainAnswer;
      }, costOf),
    },
  ];
}

/** Selectors of the series of a service, under each of the names it goes by. */
function serviceSelectors(service: string): readonly (readonly Matcher[])[] {
  return ['service', 'service_name', 'service.name', 'job'].map((name) => [{ name, operator: '=', value: service }]);
}

function evaluationTimes(request: HttpRequest): {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
} {
  const { fromMs, toMs } = timeRange(request);
  const stepMs = wholeNumber(request, 'step', 0);
  if (stepMs === 0) return { startMs: toMs, endMs: toMs, stepMs };
  if ((toMs - fromMs) / stepMs > 11_000)
    throw new RequestError(400, 'bad_request', 'exceeded maximum resolution of 11,000 points per timeseries');
  return { startMs: fromMs, endMs: toMs, stepMs };
}

function nodeAnswer(node: ExplainedNode): ExplainNode {
  return { ...node, labels: [...node.labels], children: node.children.map(nodeAnswer) };
}

/** Metrics holding every word in name or help: names that start so first, then those more queries ask for, then by name. */
export function searchMetrics(rows: readonly MetricRow[], text: string): readonly MetricRow[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const first = words[0] ?? '';
  const ranked: { readonly row: MetricRow; readonly rank: number }[] = [];
  for (const row of rows) {
    const name = row.name.toLowerCase();
    const all = `${name} ${row.help.toLowerCase()}`;
    if (!words.every((word) => all.includes(word))) continue;
    ranked.push({ row, rank: name.startsWith(first) ? 0 : name.includes(first) ? 1 : 2 });
  }
  return ranked.sort((a, b) => a.rank - b.rank || b.row.uses - a.row.uses).map(({ row }) => row);
}
