import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { spanVocabulary, type TraceStore } from '../../query/index.ts';
import type { SpanVocabulary } from '../../store/index.ts';
import { rangeOf } from './search.ts';

const MAX_NAMES = 1000;
const INTRINSICS = [
  'duration',
  'kind',
  'name',
  'rootName',
  'rootServiceName',
  'status',
  'statusMessage',
  'traceDuration',
];
const KINDS = ['client', 'consumer', 'internal', 'producer', 'server', 'unspecified'];
const STATUSES = ['error', 'ok', 'unset'];

async function keys(
  store: TraceStore,
  request: HttpRequest,
  nowMs: number,
): Promise<{ span: readonly string[]; resource: readonly string[] }> {
  const range = rangeOf(request.query, nowMs);
  const [span, resource] = await Promise.all([
    spanVocabulary(store, { kind: 'keys', scope: 'span' }, range, MAX_NAMES, request.signal),
    spanVocabulary(store, { kind: 'keys', scope: 'resource' }, range, MAX_NAMES, request.signal),
  ]);
  return { span, resource };
}

export async function tags(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const { span, resource } = await keys(store, request, nowMs);
  return jsonResponse(200, { tagNames: [...new Set(['service.name', ...span, ...resource])].sort() });
}

export async function tagsV2(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const { span, resource } = await keys(store, request, nowMs);
  const asked = request.query.get('scope') ?? 'none';
  const scopes = [
    { name: 'resource', tags: [...new Set(['service.name', ...resource])].sort() },
    { name: 'span', tags: [...span].sort() },
    { name: 'intrinsic', tags: INTRINSICS },
  ].filter((scope) => asked === 'none' || asked === '' || scope.name === asked);
  return jsonResponse(200, { scopes });
}

/** A tag as its endpoints name it: `resource.service.name`, `.http.method`, `span.x`, an intrinsic, or a bare key. */
function tagOf(name: string): SpanVocabulary | readonly string[] {
  switch (name) {
    case 'service.name':
    case '.service.name':
    case 'resource.service.name':
    case 'rootServiceName':
    case 'trace:rootService':
      return { kind: 'services' };
    case 'name':
    case 'span:name':
    case 'rootName':
    case 'trace:rootName':
      return { kind: 'names', service: '' };
    case 'kind':
    case 'span:kind':
      return KINDS;
    case 'status':
    case 'span:status':
      return STATUSES;
  }
  if (name.startsWith('resource.')) return { kind: 'values', scope: 'resource', key: name.slice(9) };
  if (name.startsWith('span.')) return { kind: 'values', scope: 'span', key: name.slice(5) };
  return { kind: 'values', scope: 'any', key: name.startsWith('.') ? name.slice(1) : name };
}

async function values(store: TraceStore, request: HttpRequest, nowMs: number): Promise<readonly string[]> {
  const tag = tagOf(request.params.name ?? '');
  if (!('kind' in tag)) return tag;
  return spanVocabulary(store, tag, rangeOf(request.query, nowMs), MAX_NAMES, request.signal);
}

export async function tagValues(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  return jsonResponse(200, { tagValues: await values(store, request, nowMs) });
}

export async function tagValuesV2(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const found = await values(store, request, nowMs);
  const keyword = found === KINDS || found === STATUSES;
  const type = (value: string): string => (keyword ? 'keyword' : /^-?\d+$/.test(value) ? 'int' : 'string');
  return jsonResponse(200, { tagValues: found.map((value) => ({ type: type(value), value })) });
}
