export { createAccounting } from './accounting.ts';
export { changeRoutes, changeWriteRoutes } from './changes.ts';
export type { TenantEngines } from './engines.ts';
export { encodeLogTailFrame } from './log_tail.ts';
export { ownProblems, withOwnProblems } from './problems.ts';
export { RequestError } from './respond.ts';
export { trilithQueryRoutes } from './routes.ts';
export { type StageSources, stageRoutes } from './stages.ts';
export { type StatusSources, statusOf, statusRoutes, type TargetRow } from './status.ts';
