import type { LogqlEngine, TenantMetrics, TraceStore } from '../../query/index.ts';
import type { Cost } from './respond.ts';

/** The engines of one tenant's database. */
export interface TenantEngines {
  readonly metrics: TenantMetrics;
  readonly logs: LogqlEngine;
  readonly traces: TraceStore;
}

export interface QueryRouteOptions {
  readonly enginesOf: (tenant: string) => TenantEngines;
  readonly costOf: <T>(run: (cost: Cost) => T) => T;
}
