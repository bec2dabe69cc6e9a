export { elasticsearchRoutes } from './routes.ts';
