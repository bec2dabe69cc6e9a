export { type Accounting, createAccounting } from './accounting.ts';
export type { QueryRouteOptions, TenantEngines } from './engines.ts';
export { trilithQueryRoutes } from './routes.ts';
export { type StatusSources, statusRoutes, type TargetRow } from './status.ts';
