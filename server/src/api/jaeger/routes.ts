import type { HttpRequest, HttpResponse, Route } from '../../base/http.ts';
import type { TraceStore } from '../../query/index.ts';
import { gatewayProblem, type Problem, problemOf, structuredProblem } from './errors.ts';
import { calls, errors, latencies, minStep } from './monitor.ts';
import { dependencies, operations, operationsOfService, search, services, trace } from './structured.ts';
import { capabilities, dependenciesV3, findTracesV3, operationsV3, servicesV3, summariesV3, traceV3 } from './v3.ts';

export interface JaegerOptions {
  /** The traces of a tenant's database. */
  readonly storeOf: (tenant: string) => TraceStore;
  readonly now?: () => number;
}

type Handler = (store: TraceStore, request: HttpRequest, nowMs: number) => Promise<HttpResponse>;

/** Jaeger's HTTP API for reading (jaegertracing.io/docs, APIs): the UI's own, which Grafana's data source uses too, and v3. */
export function jaegerQueryRoutes({ storeOf, now = Date.now }: JaegerOptions): Route[] {
  const get = (path: string, handler: Handler, say: (problem: Problem) => HttpResponse): Route => ({
    method: 'GET',
    path: `/jaeger/api/${path}`,
    handler: async (request) => {
      try {
        return await handler(storeOf(request.tenant), request, now());
      } catch (error) {
        return say(problemOf(error));
      }
    },
  });
  const structured: readonly (readonly [path: string, handler: Handler])[] = [
    ['services', services],
    ['services/:service/operations', operationsOfService],
    ['operations', operations],
    ['traces', search],
    ['traces/:id', trace],
    ['dependencies', dependencies],
    ['metrics/calls', calls],
    ['metrics/errors', errors],
    ['metrics/latencies', latencies],
    ['metrics/minstep', minStep],
  ];
  const v3: readonly (readonly [path: string, handler: Handler])[] = [
    ['services', servicesV3],
    ['operations', operationsV3],
    ['traces', findTracesV3],
    ['traces/:id', traceV3],
    ['trace-summaries', summariesV3],
    ['dependencies', dependenciesV3],
    ['capabilities', capabilities],
  ];
  return [
    ...structured.map(([path, handler]) => get(path, handler, structuredProblem)),
    ...v3.map(([path, handler]) => get(`v3/${path}`, handler, gatewayProblem)),
  ];
}
