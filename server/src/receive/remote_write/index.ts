export { decodeRemoteWrite1 } from './decode_v1.ts';
export { decodeRemoteWrite2 } from './decode_v2.ts';
export { remoteWriteRoutes } from './route.ts';
