export type { DeleteSeries, SeriesDeleter } from './admin.ts';
export { withExternalLabels } from './external_labels.ts';
export { INTERNAL_PATHS, prometheusRoutes } from './routes.ts';
export {
  alertmanagersRoutes,
  type PrometheusServerOptions,
  prometheusRuleRoutes,
  prometheusServerRoutes,
} from './server_routes.ts';
export type { ScrapeTargets } from './targets.ts';
