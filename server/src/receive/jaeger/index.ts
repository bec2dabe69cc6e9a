export { decodeJaegerThrift } from './decode.ts';
export { jaegerRoutes } from './route.ts';
