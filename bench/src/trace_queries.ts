import { type BenchQuery, form } from './bench_query.ts';
import type { GeneratedSet } from './sets.ts';

/** The questions of the research's section 10.3, as Tempo's and Jaeger's data sources put them. */
export function traceQueries({ fromMs, toMs, traceIds }: GeneratedSet): BenchQuery[] {
  const bounds = { start: Math.floor(fromMs / 1000), end: Math.ceil(toMs / 1000) };
  // Whole minutes: Tempo moves a range to multiples of its step.
  const minutes = { start: Math.ceil(fromMs / 60_000) * 60, end: Math.floor(toMs / 60_000) * 60, step: '60s' };
  const tempo = (id: string, ask: string, ...paths: string[]): BenchQuery => ({ id, ask, product: 'tempo', paths });
  const jaeger = (id: string, ask: string, ...paths: string[]): BenchQuery => ({ id, ask, product: 'jaeger', paths });
  const search = (q: string): string => form('/api/search', { q, ...bounds, limit: 20 });
  const metrics = (q: string): string => form('/api/metrics/query_range', { q, ...minutes });
  // As Jaeger's UI asks (jaeger-ui, packages/jaeger-ui/src/api/v3/client.ts): Jaeger has let go of the older paths for it.
  const found = (parameters: Readonly<Record<string, string | number>>): string =>
    form('/api/v3/trace-summaries', {
      'query.service_name': 'service-3',
      'query.start_time_min': new Date(fromMs).toISOString(),
      'query.start_time_max': new Date(toMs).toISOString(),
      'query.num_traces': 20,
      ...parameters,
    });
  const [oldest = '', newest = ''] = [traceIds[0], traceIds.at(-1)];
  return [
    tempo('TQ1', 'trace by id, recent', `/api/traces/${newest}`),
    tempo('TQ2', 'trace by id, old, no time', `/api/traces/${oldest}`),
    tempo(
      'TQ4',
      'service and duration > 2 s, 20 newest',
      search('{ resource.service.name = "service-3" && duration > 2s }'),
    ),
    tempo('TQ5', 'status = error and route', search('{ status = error && span.http.route = "/v1/route7" }')),
    tempo('TQ6', 'one customer', search('{ span.user.id = "u4242" }')),
    tempo(
      'TQ7',
      'attribute regex',
      search('{ span.db.query.text =~ ".*id = .7" && resource.service.name = "service-1" }'),
    ),
    tempo(
      'TQ8',
      'structural: service >> error of another',
      search('{ resource.service.name = "service-1" } >> { resource.service.name = "service-2" && status = error }'),
    ),
    tempo(
      'TQ9',
      'requests, errors and latency of services per minute',
      metrics('{ kind = server } | rate() by (resource.service.name)'),
      metrics('{ kind = server && status = error } | rate() by (resource.service.name)'),
      metrics('{ kind = server } | quantile_over_time(duration, .5, .95) by (resource.service.name)'),
    ),
    tempo(
      'TQ10',
      'rate and p99 by route',
      metrics('{ kind = client } | rate() by (span.http.route)'),
      metrics('{ kind = client } | quantile_over_time(duration, .99) by (span.http.route)'),
    ),
    jaeger('TQ11', 'service graph', form('/api/dependencies', { endTs: toMs, lookback: toMs - fromMs })),
    tempo(
      'TQ12',
      'tag names and values',
      form('/api/v2/search/tags', bounds),
      form('/api/v2/search/tag/span.http.route/values', bounds),
    ),
    jaeger('JQ1', 'trace by id, recent', `/api/traces/${newest}`),
    jaeger('JQ2', 'services and the operations of one', '/api/v3/services', '/api/v3/operations?service=service-3'),
    jaeger('JQ3', 'slow ones of a service', found({ 'query.duration_min': '2s' })),
    jaeger('JQ4', 'one customer of a service', found({ 'query.attributes': '{"user.id":"u4242"}' })),
  ];
}

/** TQ3: a trace of 50,000 spans to its last byte. */
export function monsterQueries({ traceIds: [id = ''] }: GeneratedSet): BenchQuery[] {
  return [
    { id: 'TQ3', ask: 'trace of 50,000 spans, JSON', product: 'tempo', paths: [`/api/traces/${id}`] },
    { id: 'JQ5', ask: 'trace of 50,000 spans, Jaeger JSON', product: 'jaeger', paths: [`/api/traces/${id}`] },
  ];
}
