export { prometheusRoutes } from './routes.ts';
export { type PrometheusServerOptions, prometheusServerRoutes } from './server_routes.ts';
export type { ServerStatus } from './server_status.ts';
export type { ScrapeTargets } from './targets.ts';
