export { decodeFluentForward } from './decode_forward.ts';
export { decodeFluentJson, decodeFluentMsgpack } from './decode_http.ts';
export { listenForward } from './forward_server.ts';
export { fluentHttpRoutes } from './http_route.ts';
