export { type Accounting, createAccounting } from './accounting.ts';
export { type QueryRouteOptions, type TenantEngines, trilithQueryRoutes } from './routes.ts';
export { type StatusSources, statusRoutes, type TargetRow } from './status.ts';
