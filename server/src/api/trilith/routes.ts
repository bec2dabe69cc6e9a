import type { Route } from '../../base/http.ts';
import type { LogqlEngine } from '../../query/index.ts';
import { logRoutes } from './logs.ts';
import type { Cost } from './respond.ts';

/** The engines of one tenant's database. */
export interface TenantEngines {
  readonly logs: LogqlEngine;
}

export interface QueryRouteOptions {
  readonly enginesOf: (tenant: string) => TenantEngines;
  readonly costOf: <T>(run: (cost: Cost) => T) => T;
}

/** The routes of our own API that read the store; they run in a query worker. */
export function trilithQueryRoutes(options: QueryRouteOptions): Route[] {
  return [...logRoutes(options)];
}
