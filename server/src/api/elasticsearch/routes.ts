import type { HttpHandler, HttpRequest, HttpResponse, Route } from '../../base/http.ts';
import type { SearchSource } from '../../query/index.ts';
import { elasticResponse } from '../../receive/elasticsearch/index.ts';
import type { Call, ElasticHandler } from './call.ts';
import { catalogRoutes } from './catalog_routes.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { ElasticError, errorAnswer, parsingError } from './errors.ts';
import { type JsonObject, object } from './json_fields.ts';
import { readBody, readLines } from './request_body.ts';
import { runSearch, type SearchAnswer } from './search.ts';
import { readSearch, type SearchRequest } from './search_request.ts';

export interface ElasticsearchApiOptions {
  readonly sourceOf: (tenant: string) => SearchSource;
  readonly now?: () => number;
}

const PREFIX = '/elasticsearch';
const MAX_SEARCHES = 100;
const SHARDS = { total: 1, successful: 1, skipped: 0, failed: 0 } as const;

/**
 * Elasticsearch's endpoints that read (elastic.co/guide/en/elasticsearch/reference/8.19/rest-apis.html), as far as scripts and
 * Grafana's data source use them; docs/compatibility.md has the list.
 */
export function elasticsearchRoutes({ sourceOf, now = Date.now }: ElasticsearchApiOptions): Route[] {
  const wrap =
    (handler: ElasticHandler): HttpHandler =>
    async (request) => {
      try {
        return await handler(request, { source: sourceOf(request.tenant), nowMs: now() });
      } catch (error) {
        return errorAnswer(error);
      }
    };
  const route = (methods: string, path: string, handler: ElasticHandler): Route[] =>
    methods
      .split(' ')
      .map((method) => ({ method: method as Route['method'], path: PREFIX + path, handler: wrap(handler) }));
  const everywhere = (methods: string, path: string, handler: ElasticHandler): Route[] => [
    ...route(methods, path, handler),
    ...route(methods, `/:index${path}`, handler),
  ];
  return [
    ...everywhere('GET POST', '/_search', search),
    ...everywhere('GET POST', '/_count', count),
    ...everywhere('GET POST', '/_msearch', multiSearch),
    ...route('GET POST', '/_search/scroll', scroll),
    ...route('DELETE', '/_search/scroll', closed),
    ...route('POST', '/:index/_pit', openPointInTime),
    ...route('DELETE', '/_pit', closed),
    ...route('GET', '/:index/_doc/:id', (request, call) => document(request, call, 'whole')),
    ...route('GET', '/:index/_source/:id', (request, call) => document(request, call, 'source')),
    ...catalogRoutes(route, everywhere),
  ];
}

function surroundings(request: HttpRequest, { source, nowMs }: Call, fixedMs = nowMs): Parameters<typeof runSearch>[2] {
  const ignoreUnavailable = request.query.get('ignore_unavailable') === 'true';
  return { source, nowMs: fixedMs, ignoreUnavailable, signal: request.signal };
}

function context(nowMs: number): { nowMs: number; timeZone: string } {
  return { nowMs, timeZone: 'UTC' };
}

async function search(request: HttpRequest, call: Call): Promise<HttpResponse> {
  const started = performance.now();
  const body = readBody(request);
  const point = body.pit === undefined ? undefined : decodeCursor(object(body.pit, 'pit').id);
  const nowMs = point?.nowMs ?? call.nowMs;
  const indices = point?.indices ?? request.params.index ?? '';
  const asked = readSearch(body, request.query, context(nowMs));
  const isScroll = request.query.has('scroll');
  const answer = await runSearch(asked, indices, surroundings(request, call, nowMs));
  const extra: Record<string, unknown> = {};
  if (point !== undefined) extra.pit_id = object(body.pit, 'pit').id;
  if (isScroll) extra._scroll_id = scrollId({ indices, nowMs, body, after: undefined }, asked, answer);
  return elasticResponse(200, { ...extra, ...searchBody(answer, asked, started, request.query) });
}

/** What goes on behind the page: without more the same place again, where there is nothing. */
function scrollId(cursor: Parameters<typeof encodeCursor>[0], asked: SearchRequest, answer: SearchAnswer): string {
  const { aggs: _, aggregations: __, from: ___, ...body } = cursor.body;
  return encodeCursor({ ...cursor, body: { ...body, size: asked.size }, after: answer.last ?? [] });
}

async function scroll(request: HttpRequest, call: Call): Promise<HttpResponse> {
  const started = performance.now();
  const given = readBody(request);
  const id = given.scroll_id ?? request.query.get('scroll_id');
  const cursor = decodeCursor(Array.isArray(id) ? id[0] : id);
  const isEnd = cursor.after?.length === 0;
  // Pages are told apart by what they are sorted by, which a search without a sort does not show.
  const body = { ...cursor.body, track_total_hits: true, ...(isEnd ? { size: 0 } : { search_after: cursor.after }) };
  const asked = readSearch(body, new URLSearchParams(), context(cursor.nowMs));
  const answer = await runSearch(asked, cursor.indices, surroundings(request, call, cursor.nowMs));
  const next = isEnd ? String(id) : scrollId(cursor, asked, answer);
  return elasticResponse(200, { _scroll_id: next, ...searchBody(answer, asked, started, request.query) });
}

function openPointInTime(request: HttpRequest, { nowMs }: Call): HttpResponse {
  const indices = request.params.index ?? '';
  return elasticResponse(200, { id: encodeCursor({ indices, nowMs, body: {}, after: undefined }), _shards: SHARDS });
}

function closed(): HttpResponse {
  return elasticResponse(200, { succeeded: true, num_freed: 1 });
}

function searchBody(answer: SearchAnswer, asked: SearchRequest, started: number, query: URLSearchParams): object {
  const { total, hits, aggregations } = answer;
  const asNumber = query.get('rest_total_hits_as_int') === 'true';
  return {
    took: Math.round(performance.now() - started),
    timed_out: false,
    _shards: SHARDS,
    hits: {
      ...(total < 0 ? {} : { total: asNumber ? total : { value: total, relation: 'eq' } }),
      max_score: asked.isSorted || hits.length === 0 ? null : 1,
      hits,
    },
    ...(aggregations === undefined ? {} : { aggregations }),
  };
}

async function count(request: HttpRequest, call: Call): Promise<HttpResponse> {
  const body = readBody(request);
  const asked = readSearch({ query: body.query, size: 0 }, request.query, context(call.nowMs));
  const { total } = await runSearch(asked, request.params.index ?? '', surroundings(request, call));
  return elasticResponse(200, { count: total, _shards: SHARDS });
}

/** Searches one after the other: a header with the indices, then the body; one that fails does not fail the others. */
async function multiSearch(request: HttpRequest, call: Call): Promise<HttpResponse> {
  const started = performance.now();
  const lines = readLines(request);
  if (lines.length === 0 || lines.length % 2 !== 0)
    throw parsingError('a header and a body for each search are needed');
  if (lines.length / 2 > MAX_SEARCHES) throw parsingError(`more than ${MAX_SEARCHES} searches in one request`);
  const responses: object[] = [];
  for (let i = 0; i < lines.length; i += 2)
    responses.push(await oneOfMany(lines[i] ?? {}, lines[i + 1] ?? {}, request, call));
  return elasticResponse(200, { took: Math.round(performance.now() - started), responses });
}

async function oneOfMany(header: JsonObject, body: JsonObject, request: HttpRequest, call: Call): Promise<object> {
  const started = performance.now();
  try {
    const indices = Array.isArray(header.index)
      ? header.index.join(',')
      : String(header.index ?? request.params.index ?? '');
    const asked = readSearch(body, new URLSearchParams(), context(call.nowMs));
    const options = surroundings(request, call);
    const ignoreUnavailable = options.ignoreUnavailable || header.ignore_unavailable === true;
    const answer = await runSearch(asked, indices, { ...options, ignoreUnavailable });
    return { ...searchBody(answer, asked, started, request.query), status: 200 };
  } catch (error) {
    const { status, body: text } = errorAnswer(error);
    return { ...(JSON.parse(String(text)) as object), status };
  }
}

/** One document by its id: one the sender chose, or one that a bulk request was answered with. */
async function document(request: HttpRequest, call: Call, shape: 'whole' | 'source'): Promise<HttpResponse> {
  const { index = '', id = '' } = request.params;
  const asked = readSearch(
    { query: { ids: { values: [id] } }, size: 1, track_total_hits: false },
    new URLSearchParams(),
    context(call.nowMs),
  );
  const { hits } = await runSearch(asked, index, surroundings(request, call));
  const [hit] = hits as readonly { readonly _index: string; readonly _source: object }[];
  if (hit === undefined) {
    if (shape === 'source')
      throw new ElasticError(404, 'resource_not_found_exception', `Document not found [${index}]/[${id.slice(0, 64)}]`);
    return elasticResponse(404, { _index: index, _id: id, found: false });
  }
  if (shape === 'source') return elasticResponse(200, hit._source);
  return elasticResponse(200, { _index: hit._index, _id: id, _version: 1, found: true, _source: hit._source });
}
