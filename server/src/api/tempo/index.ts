export { tempoRoutes } from './routes.ts';
