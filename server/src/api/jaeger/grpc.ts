import { askOverHttp, messageFields } from '../../base/grpc_over_http.ts';
import type { GrpcMethod } from '../../base/grpc_server.ts';
import type { HttpResponse } from '../../base/http.ts';
import type { IncomingHttp } from '../../base/http_server.ts';
import type { ProtobufShape } from '../../base/protobuf_json.ts';
import { FIND_TRACES_REQUEST, GET_OPERATIONS_REQUEST, GET_TRACE_REQUEST } from './messages.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A call of jaeger.api_v3.QueryService and the request over HTTP that asks the same. */
interface Query {
  readonly method: string;
  readonly streams: boolean;
  readonly request: ProtobufShape;
  readonly path: (fields: Fields) => string;
  readonly query: (fields: Fields) => Fields;
}

const QUERIES: readonly Query[] = [
  {
    method: 'GetTrace',
    streams: true,
    request: GET_TRACE_REQUEST,
    path: ({ traceId }) => `traces/${encodeURIComponent(String(traceId ?? ''))}`,
    query: () => ({}),
  },
  {
    method: 'FindTraces',
    streams: true,
    request: FIND_TRACES_REQUEST,
    path: () => 'traces',
    query: ({ query }) => searchParameters((query ?? {}) as Fields),
  },
  { method: 'GetServices', streams: false, request: {}, path: () => 'services', query: () => ({}) },
  {
    method: 'GetOperations',
    streams: false,
    request: GET_OPERATIONS_REQUEST,
    path: () => 'operations',
    query: (fields) => fields,
  },
];

/**
 * Jaeger's stable API for reading over gRPC (jaeger-idl, api_v3/query_service.proto): each call is the request over HTTP, its
 * whole answer in one message.
 * @param answer to HTTP requests; it knows who may ask and how many queries run at once
 */
export function jaegerQueryGrpcMethods(answer: (request: IncomingHttp) => Promise<HttpResponse>): GrpcMethod[] {
  return QUERIES.map(({ method, streams, request, path, query }) => ({
    path: `/jaeger.api_v3.QueryService/${method}`,
    streams,
    async handler(call) {
      const fields = messageFields(request, call);
      return askOverHttp(answer, call, `/jaeger/api/v3/${path(fields)}`, query(fields));
    },
  }));
}

function searchParameters({
  attributes,
  startTimeMin,
  startTimeMax,
  durationMin,
  durationMax,
  ...rest
}: Fields): Fields {
  const named: Record<string, unknown> = {
    ...rest,
    attributes: attributes === undefined ? undefined : JSON.stringify(attributes),
    startTimeMin: momentOf(startTimeMin),
    startTimeMax: momentOf(startTimeMax),
    durationMin: durationOf(durationMin),
    durationMax: durationOf(durationMax),
  };
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [`query.${name}`, value]));
}

/** google.protobuf.Timestamp and Duration as decoded. */
interface Seconds {
  readonly seconds?: string;
  readonly nanos?: number;
}

/** RFC 3339 with nanoseconds. */
function momentOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const { seconds = '0', nanos = 0 } = value as Seconds;
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return 'out of range';
  return `${date.toISOString().slice(0, 19)}.${String(nanos).padStart(9, '0')}Z`;
}

/** A Go duration. */
function durationOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const { seconds = '0', nanos = 0 } = value as Seconds;
  return `${BigInt(seconds) * 1_000_000_000n + BigInt(nanos)}ns`;
}
