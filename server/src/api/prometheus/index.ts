export { type PrometheusApiOptions, prometheusRoutes } from './routes.ts';
