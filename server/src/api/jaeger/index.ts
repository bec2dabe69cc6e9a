export { jaegerQueryGrpcMethods } from './grpc.ts';
export { jaegerQueryRoutes } from './routes.ts';
