export { answer, protobufResponse, wantsProtobuf } from './answer.ts';
export { tempoGrpcMethods } from './grpc.ts';
export { resourceSpansJson } from './otlp_json.ts';
export { traceProtobuf } from './otlp_protobuf.ts';
export { type OtlpValue, otlpAttributes } from './otlp_values.ts';
export { typedAttributes } from './resource_spans.ts';
export { tempoRoutes } from './routes.ts';
