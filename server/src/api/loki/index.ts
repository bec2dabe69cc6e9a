export { DELETION_PATHS, decodePlan, type LogDeleter, lokiDeletionRoutes } from './deletion.ts';
export { wantsCategorized } from './encode.ts';
export { errorResponse } from './errors.ts';
export { lokiRoutes } from './routes.ts';
export { lokiRuleRoutes } from './rules.ts';
export { encodeTailFrame, tailRequest } from './tail.ts';
