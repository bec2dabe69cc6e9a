import type { AnswerNotes, ServiceMapAnswer, TraceDifferencesAnswer, TraceOverviewAnswer } from '@trilith/contract';
import type { HttpRequest, Route } from '../../base/http.ts';
import { parseSearch, serviceMap, spanDifferences, traceOverview } from '../../query/index.ts';
import type { QueryRouteOptions } from './engines.ts';
import { answering, nsRange, required, timeRange, wholeNumber } from './respond.ts';

const MAX_STEPS = 500;

/** What a query selects over time and by duration, in what a part of it differs, and the map of services. */
export function traceViewRoutes({ enginesOf, costOf }: QueryRouteOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/traces/overview',
      handler: answering(async (request, notes) => {
        const { fromMs, toMs } = timeRange(request);
        const steps = Math.min(MAX_STEPS, Math.max(1, wholeNumber(request, 'steps', 60)));
        const overview = await traceOverview(enginesOf(request.tenant).traces, {
          ...nsRange({ fromMs, toMs }),
          query: queryOf(request),
          steps,
          signal: request.signal,
        });
        return {
          startMs: fromMs,
          stepMs: Number(overview.stepNs) / 1e6,
          spans: overview.steps.map((step) => step.spans),
          errors: overview.steps.map((step) => step.errors),
          p50Ms: overview.steps.map((step) => step.p50Ms ?? null),
          p95Ms: overview.steps.map((step) => step.p95Ms ?? null),
          p99Ms: overview.steps.map((step) => step.p99Ms ?? null),
          bands: [...overview.bands],
          cells: [...overview.cells],
          totals: overview.totals,
          operations: [...overview.operations],
          notes: partly(notes(), overview.cut),
        } satisfies TraceOverviewAnswer;
      }, costOf),
    },
    {
      method: 'GET',
      path: '/api/traces/differences',
      handler: answering(async (request, notes) => {
        const range = timeRange(request);
        const within = request.query.has('selectionFrom') ? timeRange(request, 'selectionFrom', 'selectionTo') : range;
        const { selected, others, attributes, cut } = await spanDifferences(enginesOf(request.tenant).traces, {
          ...nsRange(range),
          query: queryOf(request),
          selection: { ...nsRange(within), query: parseSearch(required(request, 'selection')) },
          signal: request.signal,
        });
        return {
          selected,
          others,
          attributes: attributes.map((one) => ({ ...one, values: [...one.values] })),
          notes: partly(notes(), cut),
        } satisfies TraceDifferencesAnswer;
      }, costOf),
    },
    {
      method: 'GET',
      path: '/api/service_map',
      handler: answering(async (request, notes) => {
        const range = nsRange(timeRange(request));
        const { nodes, edges, sampled } = await serviceMap(enginesOf(request.tenant).traces, range, request.signal);
        return {
          nodes: nodes.map((node) => ({ ...node, p95Ms: node.p95Ms ?? null })),
          edges: [...edges],
          sampled,
          notes: notes(),
        } satisfies ServiceMapAnswer;
      }, costOf),
    },
  ];
}

/** The query asked for; without one, every span. */
function queryOf(request: HttpRequest): ReturnType<typeof parseSearch> {
  return parseSearch(request.query.get('query') || '{}');
}

function partly(notes: AnswerNotes, cut: boolean): AnswerNotes {
  if (!cut) return notes;
  const warning = 'There are more spans than such a query is held against; the figures are of a part of them.';
  return { ...notes, partial: true, warnings: [...notes.warnings, warning] };
}
