export { decodeLokiJson } from './decode_json.ts';
export { decodeLokiProtobuf } from './decode_protobuf.ts';
export { lokiRoutes } from './route.ts';
