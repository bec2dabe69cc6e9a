import { askOverHttp, messageFields } from '../../base/grpc_over_http.ts';
import type { GrpcMethod } from '../../base/grpc_server.ts';
import type { HttpResponse } from '../../base/http.ts';
import type { IncomingHttp } from '../../base/http_server.ts';
import type { ProtobufShape } from '../../base/protobuf_json.ts';
import {
  QUERY_INSTANT_REQUEST,
  QUERY_RANGE_REQUEST,
  SEARCH_REQUEST,
  TAG_VALUES_REQUEST,
  TAGS_REQUEST,
} from './messages.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A call of tempopb.StreamingQuerier and the request over HTTP that asks the same. */
interface StreamedQuery {
  readonly method: string;
  readonly request: ProtobufShape;
  readonly path: (fields: Fields) => string;
  readonly query: (fields: Fields) => Fields;
}

const valuesPath =
  (version: string) =>
  ({ tagName }: Fields): string =>
    `/tempo/api/${version}search/tag/${encodeURIComponent(String(tagName ?? ''))}/values`;
const withoutTag = ({ tagName, ...rest }: Fields): Fields => rest;

const QUERIES: readonly StreamedQuery[] = [
  { method: 'Search', request: SEARCH_REQUEST, path: () => '/tempo/api/search', query: searchParameters },
  { method: 'SearchTags', request: TAGS_REQUEST, path: () => '/tempo/api/search/tags', query: (fields) => fields },
  { method: 'SearchTagsV2', request: TAGS_REQUEST, path: () => '/tempo/api/v2/search/tags', query: (fields) => fields },
  { method: 'SearchTagValues', request: TAG_VALUES_REQUEST, path: valuesPath(''), query: withoutTag },
  { method: 'SearchTagValuesV2', request: TAG_VALUES_REQUEST, path: valuesPath('v2/'), query: withoutTag },
  {
    method: 'MetricsQueryRange',
    request: QUERY_RANGE_REQUEST,
    path: () => '/tempo/api/metrics/query_range',
    query: ({ step, ...rest }) => ({ ...rest, ...(step === undefined ? {} : { step: `${step}ns` }) }),
  },
  {
    method: 'MetricsQueryInstant',
    request: QUERY_INSTANT_REQUEST,
    path: () => '/tempo/api/metrics/query',
    query: (fields) => fields,
  },
];

/**
 * Tempo's streaming queries (grafana.com/docs/tempo, "Tempo gRPC API"), which Grafana uses where streaming is enabled: each
 * is the request over HTTP, its whole answer in one message.
 * @param answer to HTTP requests; it knows who may ask and how many queries run at once
 */
export function tempoGrpcMethods(answer: (request: IncomingHttp) => Promise<HttpResponse>): GrpcMethod[] {
  return QUERIES.map((query) => ({
    path: `/tempopb.StreamingQuerier/${query.method}`,
    streams: true,
    async handler(call) {
      const fields = messageFields(query.request, call);
      return askOverHttp(answer, call, query.path(fields), query.query(fields));
    },
  }));
}

function searchParameters({ tags, minDurationMs, maxDurationMs, ...rest }: Fields): Fields {
  const pairs = Object.entries((tags ?? {}) as Readonly<Record<string, string>>);
  return {
    ...rest,
    ...(pairs.length === 0 ? {} : { tags: pairs.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(' ') }),
    ...(minDurationMs === undefined ? {} : { minDuration: `${minDurationMs}ms` }),
    ...(maxDurationMs === undefined ? {} : { maxDuration: `${maxDurationMs}ms` }),
  };
}
