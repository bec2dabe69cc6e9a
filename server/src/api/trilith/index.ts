export { type StatusSources, statusRoutes, type TargetRow } from './status.ts';
