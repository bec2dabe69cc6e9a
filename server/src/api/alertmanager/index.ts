/** Alertmanager's API v2. */
export { type AlertmanagerApiOptions, alertmanagerRoutes } from './routes.ts';
