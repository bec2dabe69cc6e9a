import type { LogqlEngine, TenantMetrics } from '../../query/index.ts';
import type { Cost } from './respond.ts';

/** The engines of one tenant's database. */
export interface TenantEngines {
  readonly metrics: TenantMetrics;
  readonly logs: LogqlEngine;
}

export interface QueryRouteOptions {
  readonly enginesOf: (tenant: string) => TenantEngines;
  readonly costOf: <T>(run: (cost: Cost) => T) => T;
}
