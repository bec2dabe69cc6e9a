export { decodeTracesProtobuf } from './traces_protobuf.ts';
