import type { Route } from '../../base/http.ts';
import { cardinalityRoutes } from './cardinality.ts';
import { countRoutes } from './counts.ts';
import type { QueryRouteOptions } from './engines.ts';
import { logLineRoutes } from './log_lines.ts';
import { logPatternRoutes } from './log_patterns.ts';
import { logRoutes } from './logs.ts';
import { metricRoutes } from './metrics.ts';
import { problemRoutes } from './problems.ts';
import { resolveRoutes } from './resolve.ts';
import { serviceRoutes } from './services.ts';
import { traceColumnRoutes } from './trace_columns.ts';
import { traceContextRoutes } from './trace_context.ts';
import { traceSearchRoutes } from './trace_search.ts';
import { traceViewRoutes } from './trace_views.ts';
import { traceRoutes } from './traces.ts';

/** The routes of our own API that read the store; they run in a query worker. */
export function trilithQueryRoutes(options: QueryRouteOptions): Route[] {
  return [
    ...countRoutes(options),
    ...metricRoutes(options),
    ...cardinalityRoutes(options),
    ...logRoutes(options),
    ...logLineRoutes(options),
    ...logPatternRoutes(options),
    ...traceContextRoutes(options),
    ...traceSearchRoutes(options),
    ...traceViewRoutes(options),
    ...traceRoutes(options),
    ...traceColumnRoutes(options),
    ...serviceRoutes(options),
    ...problemRoutes(options),
    ...resolveRoutes(options),
  ];
}
