export { wantsCategorized } from './encode.ts';
export { errorResponse } from './errors.ts';
export { lokiRoutes } from './routes.ts';
export { encodeTailFrame, tailRequest } from './tail.ts';
