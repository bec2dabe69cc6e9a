/** Alertmanager's API v2. */
export { alertmanagerRoutes } from './routes.ts';
