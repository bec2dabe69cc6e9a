export { decodeJaegerAgent, decodeJaegerProtobuf, decodeJaegerThrift } from './decode.ts';
export { jaegerGrpcMethods } from './grpc.ts';
export { jaegerRoutes } from './route.ts';
export { jaegerSamplingRoutes } from './sampling.ts';
