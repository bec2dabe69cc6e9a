export { decodeFluentForward } from './decode_forward.ts';
export { decodeFluentJson, decodeFluentMsgpack } from './decode_http.ts';
export { fluentHttpRoutes } from './http_route.ts';
