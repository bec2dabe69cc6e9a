export { type LokiOptions, lokiRoutes } from './routes.ts';
