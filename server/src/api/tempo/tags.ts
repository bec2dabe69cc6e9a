import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import { fieldNamed, type TagQuery, type TagValues, type TraceStore, tagNames, tagValues } from '../../query/index.ts';
import type { TagScope } from '../../store/index.ts';
import { answer } from './answer.ts';
import { ParameterError } from './errors.ts';
import { TAG_VALUES_RESPONSE, TAG_VALUES_V2_RESPONSE, TAGS_RESPONSE, TAGS_V2_RESPONSE } from './messages.ts';
import { isFresh, rangeOf, wholeNumber } from './parameters.ts';

const MAX_NAMES = 1_000;
const MOST_NAMES = 10_000;
const SCOPES: readonly TagScope[] = ['resource', 'span', 'event', 'link', 'instrumentation'];
/** Fields that no attribute is, as editors offer them (tempo, pkg/search: GetVirtualIntrinsicValues). */
const INTRINSICS = [
  'duration',
  'event:name',
  'event:timeSinceStart',
  'instrumentation:name',
  'instrumentation:version',
  'kind',
  'link:spanID',
  'link:traceID',
  'name',
  'rootName',
  'rootServiceName',
  'span:duration',
  'span:id',
  'span:kind',
  'span:name',
  'span:parentID',
  'span:status',
  'span:statusMessage',
  'status',
  'statusMessage',
  'trace:duration',
  'trace:id',
  'trace:rootName',
  'trace:rootService',
  'traceDuration',
];
const METRICS = { totalJobs: 1, completedJobs: 1 };

function queryOf(request: HttpRequest, nowMs: number): TagQuery {
  const { query, signal } = request;
  // How long a search goes on without finding more has no meaning where all is read at once; it is checked all the same.
  wholeNumber(query, 'maxStaleValues', 0, MOST_NAMES, 0);
  return {
    ...rangeOf(query, nowMs),
    filter: query.get('q') ?? '',
    limit: wholeNumber(query, 'limit', MAX_NAMES, MOST_NAMES, 0) || MAX_NAMES,
    fresh: isFresh(request),
    signal,
  };
}

interface NamedScope {
  readonly name: TagScope;
  readonly tags: readonly string[];
}

/** The scopes asked for with the names in use. @throws ParameterError */
async function scopesOf(store: TraceStore, request: HttpRequest, nowMs: number): Promise<readonly NamedScope[]> {
  const asked = scopeOf(request);
  const query = queryOf(request, nowMs);
  const wanted = SCOPES.filter((scope) => asked === 'none' || scope === asked);
  return Promise.all(
    wanted.map(async (name) => {
      const names = await tagNames(store, name, query);
      return { name, tags: name === 'resource' ? [...new Set(['service.name', ...names])].sort() : names };
    }),
  );
}

function scopeOf({ query }: HttpRequest): TagScope | 'intrinsic' | 'none' {
  const asked = query.get('scope') ?? '';
  if (asked === '' || asked === 'none') return 'none';
  const scope = asked === 'intrinsic' ? asked : SCOPES.find((one) => one === asked);
  if (scope === undefined) throw new ParameterError(`invalid scope: ${asked.slice(0, 64)}`);
  return scope;
}

/** `/api/search/tags`: names of every scope together. */
export async function tags(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const scopes = await scopesOf(store, request, nowMs);
  const names = scopeOf(request) === 'intrinsic' ? INTRINSICS : scopes.flatMap((scope) => scope.tags);
  return answer(request, TAGS_RESPONSE, { tagNames: [...new Set(names)].sort(), metrics: METRICS });
}

/** `/api/v2/search/tags`: names by scope; scopes without any are left out. */
export async function tagsV2(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const asked = scopeOf(request);
  const found = (await scopesOf(store, request, nowMs)).filter((scope) => scope.tags.length > 0);
  const intrinsic = asked === 'none' || asked === 'intrinsic' ? [{ name: 'intrinsic', tags: INTRINSICS }] : [];
  return answer(request, TAGS_V2_RESPONSE, { scopes: [...found, ...intrinsic], metrics: METRICS });
}

/** `/api/search/tag/{name}/values`: the name is an attribute's, of whatever scope. */
export async function tagValuesV1(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const name = request.params.name ?? '';
  const field = fieldNamed(name) ?? fieldNamed(`.${name}`) ?? fieldNamed(`.${JSON.stringify(name)}`);
  if (field === undefined) throw new ParameterError('please provide a non-empty tagName');
  const found = await tagValues(store, field, queryOf(request, nowMs));
  const values = found.kind === 'keywords' ? found.values : found.values.map(({ value }) => value);
  return answer(request, TAG_VALUES_RESPONSE, { tagValues: [...new Set(values)], metrics: METRICS });
}

/** `/api/v2/search/tag/{name}/values`: the name is a field as TraceQL writes it. */
export async function tagValuesV2(store: TraceStore, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const name = request.params.name ?? '';
  const field = fieldNamed(name);
  if (field === undefined)
    throw new ParameterError(
      `please provide a valid tagName: ${JSON.stringify(name.slice(0, 200))} is no field of TraceQL, as .http.method, resource.service.name or status`,
    );
  const found = await tagValues(store, field, queryOf(request, nowMs));
  return answer(request, TAG_VALUES_V2_RESPONSE, { tagValues: typedValues(found), metrics: METRICS });
}

const TYPES: Readonly<Record<string, string>> = { i: 'int', d: 'float', b: 'bool' };

function typedValues(found: TagValues): { readonly type: string; readonly value: string }[] {
  if (found.kind === 'keywords') return found.values.map((value) => ({ type: 'keyword', value }));
  return found.values.map(({ value, letter }) => ({ type: TYPES[letter] ?? 'string', value }));
}
