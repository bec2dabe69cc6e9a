import type { HttpRequest, HttpResponse, Route } from '../../base/http.ts';
import { elasticResponse } from '../../receive/elasticsearch/index.ts';
import type { Call, ElasticHandler } from './call.ts';
import { type FieldType, fieldTypes, indexCounts, indexNames, mappingOf } from './catalog.ts';
import { ElasticError } from './errors.ts';
import { list, scalar } from './json_fields.ts';
import { readBody } from './request_body.ts';

type MakeRoutes = (methods: string, path: string, handler: ElasticHandler) => Route[];

/** What there is: indices, their fields, how much is in them. */
export function catalogRoutes(route: MakeRoutes, everywhere: MakeRoutes): Route[] {
  return [
    ...everywhere('GET', '/_mapping', mappings),
    ...everywhere('GET POST', '/_field_caps', fieldCapabilities),
    ...everywhere('GET', '/_alias', aliases),
    ...route('GET', '/_aliases', aliases),
    ...everywhere('GET', '/_settings', settings),
    ...route('GET', '/_cat/indices', catIndices),
    ...route('GET', '/_cat/indices/:index', catIndices),
    ...route('GET', '/_cat/health', catHealth),
    ...route('GET', '/:index', indexInformation),
  ];
}

async function existing(request: HttpRequest, { source, nowMs }: Call): Promise<readonly string[]> {
  const { index = '' } = request.params;
  const names = await indexNames(source, index, nowMs);
  if (names.length === 0 && index !== '' && !index.includes('*') && index !== '_all')
    throw new ElasticError(404, 'index_not_found_exception', `no such index [${index.slice(0, 255)}]`);
  return names;
}

async function mappings(request: HttpRequest, call: Call): Promise<HttpResponse> {
  await existing(request, call);
  const types = await fieldTypes(call.source, request.params.index ?? '', call.nowMs, request.signal);
  return elasticResponse(200, byName([...types].map(([name, fields]) => [name, { mappings: mappingOf(fields) }])));
}

async function indexInformation(request: HttpRequest, call: Call): Promise<HttpResponse> {
  await existing(request, call);
  // HEAD asks only whether it is there.
  if (request.method === 'HEAD') return elasticResponse(200, {});
  const types = await fieldTypes(call.source, request.params.index ?? '', call.nowMs, request.signal);
  return elasticResponse(
    200,
    byName(
      [...types].map(([name, fields]) => [name, { aliases: {}, mappings: mappingOf(fields), settings: SETTINGS }]),
    ),
  );
}

const SETTINGS = { index: { number_of_shards: '1', number_of_replicas: '0' } } as const;

async function settings(request: HttpRequest, call: Call): Promise<HttpResponse> {
  const names = await existing(request, call);
  return elasticResponse(200, byName(names.map((name) => [name, { settings: SETTINGS }])));
}

async function aliases(request: HttpRequest, call: Call): Promise<HttpResponse> {
  const names = await existing(request, call);
  return elasticResponse(200, byName(names.map((name) => [name, { aliases: {} }])));
}

async function fieldCapabilities(request: HttpRequest, call: Call): Promise<HttpResponse> {
  const indices = await existing(request, call);
  const asked = list(readBody(request).fields ?? request.query.get('fields')?.split(',') ?? '*').map((name) =>
    scalar(name, 'fields'),
  );
  const types = await fieldTypes(call.source, request.params.index ?? '', call.nowMs, request.signal);
  const wanted = (name: string): boolean =>
    asked.some((one) => one === '*' || one === name || (one.endsWith('*') && name.startsWith(one.slice(0, -1))));
  const fields: Record<string, Record<string, object>> = Object.create(null);
  for (const ofIndex of types.values())
    for (const [name, type] of ofIndex)
      if (wanted(name)) {
        fields[name] ??= Object.create(null) as Record<string, object>;
        fields[name][type] = capability(type);
      }
  return elasticResponse(200, { indices, fields });
}

function capability(type: FieldType): object {
  return { type, metadata_field: false, searchable: true, aggregatable: type !== 'text' };
}

async function catIndices(request: HttpRequest, call: Call): Promise<HttpResponse> {
  const counts = await indexCounts(call.source, request.params.index ?? '', call.nowMs, request.signal);
  const rows = [...counts].map(([index, docs]) => ({
    health: 'green',
    status: 'open',
    index,
    uuid: index,
    pri: '1',
    rep: '0',
    'docs.count': String(docs),
    'docs.deleted': '0',
    'store.size': null,
    'pri.store.size': null,
  }));
  return table(request, rows);
}

function catHealth(request: HttpRequest, { nowMs }: Call): HttpResponse {
  const iso = new Date(nowMs).toISOString();
  return table(request, [
    {
      epoch: String(Math.floor(nowMs / 1000)),
      timestamp: iso.slice(11, 19),
      cluster: 'trilith',
      status: 'green',
      'node.total': '1',
    },
  ]);
}

/** Rows as JSON, or as columns of text as `_cat` does by default. */
function table(request: HttpRequest, rows: readonly Readonly<Record<string, string | null>>[]): HttpResponse {
  const accepts = request.headers.accept ?? '';
  if (request.query.get('format') === 'json' || accepts.includes('json')) return elasticResponse(200, rows);
  const names = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => names.map((name) => row[name] ?? ''));
  const all = request.query.has('v') ? [names, ...lines] : lines;
  const widths = names.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  const text = all.map(
    (line) =>
      `${line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(' ')
        .trimEnd()}\n`,
  );
  return {
    status: 200,
    headers: { 'content-type': 'text/plain; charset=UTF-8', 'x-elastic-product': 'Elasticsearch' },
    body: text.join(''),
  };
}

function byName(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const named: Record<string, unknown> = Object.create(null);
  for (const [name, value] of entries) named[name] = value;
  return named;
}
