export { type TempoOptions, tempoRoutes } from './routes.ts';
