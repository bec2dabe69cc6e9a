export { jaegerQueryRoutes } from './routes.ts';
