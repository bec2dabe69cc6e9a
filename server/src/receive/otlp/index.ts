export { decodeOtlpLogsJson } from './logs_json.ts';
export { decodeOtlpLogsProtobuf } from './logs_protobuf.ts';
export { decodeOtlpMetricsProtobuf } from './metrics_decode.ts';
export { decodeOtlpMetricsJson } from './metrics_json.ts';
export { otlpRoutes } from './route.ts';
export { DEFAULT_OTLP_SETTINGS, type OtlpSettings } from './settings.ts';
export { readOtlpSettings } from './settings_file.ts';
export { decodeOtlpTracesJson } from './traces_json.ts';
export { decodeOtlpTracesProtobuf } from './traces_protobuf.ts';
