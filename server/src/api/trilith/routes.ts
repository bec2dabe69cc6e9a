import type { Route } from '../../base/http.ts';
import type { QueryRouteOptions } from './engines.ts';
import { logRoutes } from './logs.ts';

/** The routes of our own API that read the store; they run in a query worker. */
export function trilithQueryRoutes(options: QueryRouteOptions): Route[] {
  return [...logRoutes(options)];
}
