import type { ProtobufShape } from '../../base/protobuf_json.ts';

/** Messages of jaeger.api_v3 (jaeger-idl, api_v3/query_service.proto) as far as they are spoken here; traces are OTLP's TracesData. */

/** google.protobuf.Timestamp and Duration. */
const SECONDS: ProtobufShape = { seconds: { number: 1, type: 'int64' }, nanos: { number: 2, type: 'uint32' } };
const seconds = (number: number): ProtobufShape[string] => ({ number, type: { message: () => SECONDS } });

const TRACE_QUERY: ProtobufShape = {
  serviceName: { number: 1, type: 'text' },
  operationName: { number: 2, type: 'text' },
  attributes: { number: 3, type: 'text', repeats: 'map' },
  startTimeMin: seconds(4),
  startTimeMax: seconds(5),
  durationMin: seconds(6),
  durationMax: seconds(7),
  searchDepth: { number: 8, type: 'uint32' },
};
const OPERATION: ProtobufShape = { name: { number: 1, type: 'text' }, spanKind: { number: 2, type: 'text' } };

export const GET_TRACE_REQUEST: ProtobufShape = { traceId: { number: 1, type: 'text' } };
export const FIND_TRACES_REQUEST: ProtobufShape = { query: { number: 1, type: { message: () => TRACE_QUERY } } };
export const GET_OPERATIONS_REQUEST: ProtobufShape = {
  service: { number: 1, type: 'text' },
  spanKind: { number: 2, type: 'text' },
};
export const GET_SERVICES_RESPONSE: ProtobufShape = { services: { number: 1, type: 'text', repeats: 'list' } };
export const GET_OPERATIONS_RESPONSE: ProtobufShape = {
  operations: { number: 1, type: { message: () => OPERATION }, repeats: 'list' },
};
