export { decodeZipkinFirstJson, decodeZipkinJson, decodeZipkinProtobuf } from './decode.ts';
export { zipkinRoutes } from './route.ts';
