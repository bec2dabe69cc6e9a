import { RE2JS } from 're2js';
import {
  aggregate,
  countMatches,
  type Hit,
  indexExpression,
  placeOfField,
  planSearch,
  readHits,
  type SearchSource,
  wildcardPattern,
} from '../../query/index.ts';
import { ElasticError } from './errors.ts';
import { MAX_WINDOW, type SearchRequest, type SourceFilter } from './search_request.ts';
import { flatFields, type Source, sourceOf } from './source.ts';

/** A page of a search, ready to be put into an answer. */
export interface SearchAnswer {
  /** -1 when it was not asked for. */
  readonly total: number;
  readonly hits: readonly object[];
  /** What a next page begins behind; undefined when there is none. */
  readonly last: readonly unknown[] | undefined;
  readonly aggregations: Readonly<Record<string, unknown>> | undefined;
}

export interface SearchSurroundings {
  readonly source: SearchSource;
  readonly nowMs: number;
  readonly ignoreUnavailable: boolean;
  readonly signal: AbortSignal;
}

const NS_PER_MS = 1_000_000n;

/** Runs a search over indices. Throws ElasticError, LuceneError and StoreError. */
export async function runSearch(
  request: SearchRequest,
  indices: string,
  { source, nowMs, ignoreUnavailable, signal }: SearchSurroundings,
): Promise<SearchAnswer> {
  const expression = indexExpression(indices);
  const search = await planSearch(source, request.condition, expression, nowMs);
  if (!ignoreUnavailable) await requireIndices(source, expression, search.indices, nowMs);
  const { size, from, sort, condition } = request;
  const byTime = placeOfField(sort.field).kind === 'time';
  const wanted = size === 0 ? 0 : byTime ? from + size : MAX_WINDOW + 1;
  const direction = byTime && !sort.descending ? 'forward' : 'backward';
  const after =
    request.searchAfter === undefined ? undefined : positionOf(request.searchAfter, byTime, sort.descending);
  const read = wanted === 0 ? [] : await readHits(search, { direction, limit: wanted, after, signal });
  const found =
    condition.kind === 'and' && condition.parts[0]?.kind === 'ids' ? onlyIds(read, condition.parts[0].ids) : read;
  const page = byTime ? found.slice(from, from + size) : sortedPage(found, request);
  const isAll = wanted > 0 && after === undefined && read.length < wanted;
  const total = !request.countTotal ? -1 : isAll ? found.length : await countMatches(search, signal);
  const aggregations =
    request.aggregations.length === 0 ? undefined : await aggregate(search, request.aggregations, signal);
  const last = page.at(-1);
  return {
    total,
    hits: page.map((hit) => hitAnswer(hit, request)),
    last: last === undefined || page.length < size ? undefined : sortValues(last, request),
    aggregations,
  };
}

/** An index that is named and not there is an error; one that has no records in the range is there. */
async function requireIndices(
  source: SearchSource,
  expression: ReturnType<typeof indexExpression>,
  present: readonly string[],
  nowMs: number,
): Promise<void> {
  const missing = expression.concrete.filter((name) => !present.includes(name));
  if (missing.length === 0) return;
  const everywhere = await planSearch(source, { kind: 'all' }, expression, nowMs);
  const absent = missing.find((name) => !everywhere.indices.includes(name));
  if (absent !== undefined)
    throw new ElasticError(404, 'index_not_found_exception', `no such index [${absent.slice(0, 255)}]`);
}

function onlyIds(hits: readonly Hit[], ids: readonly string[]): readonly Hit[] {
  return hits.filter(({ id }) => ids.includes(id));
}

function positionOf(
  values: readonly unknown[],
  byTime: boolean,
  descending: boolean,
): { readonly timeNs: bigint; readonly key: string | undefined } {
  if (!byTime) throw new ElasticError(400, 'illegal_argument_exception', '[search_after] needs a sort by @timestamp');
  const [time, tie] = values;
  const exact = typeof tie === 'string' ? /^(-?\d{1,19}):(.*)$/s.exec(tie) : null;
  if (exact !== null) return { timeNs: BigInt(exact[1] ?? '0'), key: exact[2] ?? '' };
  const ms =
    typeof time === 'number' ? time : Number(typeof time === 'string' && /\D/.test(time) ? Date.parse(time) : time);
  if (!Number.isFinite(ms))
    throw new ElasticError(
      400,
      'illegal_argument_exception',
      'Failed to parse search_after value for field [@timestamp].',
    );
  const timeNs = BigInt(Math.trunc(ms)) * NS_PER_MS;
  return { timeNs: descending ? timeNs : timeNs + NS_PER_MS - 1n, key: undefined };
}

/** A time alone does not tell records of one moment apart: the second value does, and clients hand it back as it came. */
function sortValues(hit: Hit, { sort }: SearchRequest): unknown[] {
  if (placeOfField(sort.field).kind === 'time') return [Number(hit.timeNs / NS_PER_MS), `${hit.timeNs}:${hit.key}`];
  return [fieldValue(hit, sort.field) ?? null];
}

function fieldValue(hit: Hit, field: string): unknown {
  if (field === '_index') return hit.index;
  if (field === '_id') return hit.id;
  return flatFields(sourceOf(hit)).get(field.replace(/\.keyword$/, ''))?.[0];
}

function sortedPage(hits: readonly Hit[], { sort, from, size }: SearchRequest): Hit[] {
  if (hits.length > MAX_WINDOW)
    throw new ElasticError(
      400,
      'illegal_argument_exception',
      `sorting by [${sort.field.slice(0, 64)}] is done for up to ${MAX_WINDOW} matching documents: narrow the query, or sort by @timestamp`,
    );
  const keyed = hits.map((hit) => ({ hit, value: fieldValue(hit, sort.field) }));
  keyed.sort((a, b) => compareValues(a.value, b.value, sort.descending));
  return keyed.slice(from, from + size).map(({ hit }) => hit);
}

/** Documents without a value come last, whatever the direction. */
function compareValues(a: unknown, b: unknown, descending: boolean): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  const [left, right] = typeof a === 'number' && typeof b === 'number' ? [a, b] : [String(a), String(b)];
  const difference = left < right ? -1 : left > right ? 1 : 0;
  return descending ? -difference : difference;
}

function hitAnswer(hit: Hit, request: SearchRequest): object {
  const source = sourceOf(hit);
  const { shown } = request.source;
  return {
    _index: hit.index,
    _id: hit.id,
    _score: request.isSorted ? null : 1,
    ...(shown ? { _source: filterSource(source, request.source) } : {}),
    ...(request.fields.length === 0 ? {} : { fields: chosenFields(source, request.fields) }),
    ...(request.isSorted ? { sort: sortValues(hit, request) } : {}),
  };
}

/** Whether a dotted name is meant by one of the wildcards, or lies below what one names. */
function nameTest(wildcards: readonly string[]): (name: string) => boolean {
  const patterns = wildcards.map((wildcard) => RE2JS.compile(wildcardPattern({ wildcard, ignoreCase: false })));
  return (name) =>
    patterns.some((pattern) => pattern.matches(name)) || wildcards.some((wildcard) => name.startsWith(`${wildcard}.`));
}

function filterSource(source: Source, { includes, excludes }: SourceFilter): Source {
  if (includes.length === 0 && excludes.length === 0) return source;
  const included = includes.length === 0 ? () => true : nameTest(includes);
  const excluded = nameTest(excludes);
  return pruned(source, '', (name) => included(name) && !excluded(name));
}

function pruned(source: Source, prefix: string, keeps: (name: string) => boolean): Source {
  const kept: Source = Object.create(null);
  for (const [key, value] of Object.entries(source)) {
    const name = prefix + key;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const inner = pruned({ ...value }, `${name}.`, keeps);
      if (Object.keys(inner).length > 0) kept[key] = inner;
    } else if (keeps(name)) kept[key] = value;
  }
  return kept;
}

function chosenFields(source: Source, wildcards: readonly string[]): Source {
  const chosen = nameTest(wildcards);
  const fields: Source = Object.create(null);
  for (const [name, values] of flatFields(source)) if (chosen(name)) fields[name] = values;
  return fields;
}
