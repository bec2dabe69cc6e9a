export { decodeOtlpLogsJson } from './logs_json.ts';
export { decodeOtlpLogsProtobuf } from './logs_protobuf.ts';
export { otlpRoutes } from './route.ts';
export { decodeOtlpTracesJson } from './traces_json.ts';
export { decodeOtlpTracesProtobuf } from './traces_protobuf.ts';
