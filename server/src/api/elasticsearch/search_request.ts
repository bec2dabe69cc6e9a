import type { Condition, NamedAggregation } from '../../query/index.ts';
import { readAggregations } from './aggregations.ts';
import type { DateContext } from './date_math.ts';
import { ElasticError, parsingError } from './errors.ts';
import { type JsonObject, list, object, scalar, wholeNumber } from './json_fields.ts';
import { readQuery, readUrlQuery } from './query_dsl.ts';

/** Elasticsearch's `index.max_result_window`. */
export const MAX_WINDOW = 10_000;
const DEFAULT_SIZE = 10;

/** Which fields of a document are answered; wildcards. */
export interface SourceFilter {
  readonly shown: boolean;
  readonly includes: readonly string[];
  readonly excludes: readonly string[];
}

export interface Sort {
  readonly field: string;
  readonly descending: boolean;
}

/** A search as it is asked. */
export interface SearchRequest {
  readonly condition: Condition;
  readonly from: number;
  readonly size: number;
  /** By one field; time when none is named. Sorts by `_doc` and `_score` are by time: nothing is ranked. */
  readonly sort: Sort;
  /** Whether hits say what they are sorted by. */
  readonly isSorted: boolean;
  readonly searchAfter: readonly unknown[] | undefined;
  readonly countTotal: boolean;
  readonly source: SourceFilter;
  readonly fields: readonly string[];
  readonly aggregations: readonly NamedAggregation[];
}

/** Parts of a body that change nothing here: ranking, highlighting, how the work is divided. */
const IGNORED: ReadonlySet<string> = new Set([
  'track_scores',
  'timeout',
  'terminate_after',
  'highlight',
  'stored_fields',
  'version',
  'seq_no_primary_term',
  'profile',
  'explain',
  'stats',
  'indices_boost',
  'pit',
  'ext',
  'preference',
]);
const READ: ReadonlySet<string> = new Set([
  'query',
  'from',
  'size',
  'sort',
  'search_after',
  'track_total_hits',
  '_source',
  'fields',
  'docvalue_fields',
  'aggs',
  'aggregations',
  'post_filter',
  'min_score',
]);
/** May be there as long as nothing is in them. */
const EMPTY_ONLY: ReadonlySet<string> = new Set([
  'script_fields',
  'runtime_mappings',
  'rescore',
  'suggest',
  'collapse',
  'slice',
  'knn',
]);

/** Reads a search from its body and its URL; what cannot be done is an error, never left out. Throws ElasticError, LuceneError. */
export function readSearch(body: JsonObject, url: URLSearchParams, context: DateContext): SearchRequest {
  for (const [name, value] of Object.entries(body)) {
    if (READ.has(name) || IGNORED.has(name)) continue;
    const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
    if (!(EMPTY_ONLY.has(name) && isEmpty)) throw parsingError(`[${name.slice(0, 64)}] of a search is not supported`);
  }
  const from = wholeNumber(body.from ?? url.get('from'), 'from', 0);
  const size = wholeNumber(body.size ?? url.get('size'), 'size', DEFAULT_SIZE);
  if (from + size > MAX_WINDOW)
    throw new ElasticError(
      400,
      'illegal_argument_exception',
      `Result window is too large, from + size must be less than or equal to: [${MAX_WINDOW}] but was [${from + size}]. See the scroll api or search_after for a more efficient way to request large data sets.`,
    );
  const sorts = readSorts(body.sort ?? url.get('sort'));
  const named = sorts.find(({ field }) => field !== '_doc' && field !== '_score' && field !== '_shard_doc');
  const parts = [readQuery(body.query, context), readUrlQuery(url, context), readQuery(body.post_filter, context)];
  const total = body.track_total_hits ?? url.get('track_total_hits');
  return {
    condition: { kind: 'and', parts: parts.filter(({ kind }) => kind !== 'all') },
    from,
    size,
    sort: named ?? { field: '@timestamp', descending: true },
    isSorted: sorts.length > 0,
    searchAfter: body.search_after === undefined ? undefined : list(body.search_after),
    countTotal: total !== false && total !== 'false',
    source: readSourceFilter(body._source, url),
    fields: [...list(body.fields), ...list(body.docvalue_fields)].map((field) =>
      scalar(typeof field === 'object' ? object(field, 'fields').field : field, 'fields'),
    ),
    aggregations: readAggregations(body.aggs ?? body.aggregations, context),
  };
}

function readSorts(value: unknown): Sort[] {
  if (typeof value === 'string' && value.includes(':'))
    return value.split(',').map((one) => {
      const [field = '', direction = 'asc'] = one.split(':');
      return { field, descending: direction === 'desc' };
    });
  return list(value).flatMap((one): Sort[] => {
    if (typeof one === 'string') return [{ field: one, descending: one === '_score' }];
    return Object.entries(object(one, 'sort')).map(([field, options]) => {
      const order = typeof options === 'object' && options !== null ? Reflect.get(options, 'order') : options;
      return { field, descending: order === undefined ? field === '_score' : String(order).toLowerCase() === 'desc' };
    });
  });
}

function readSourceFilter(value: unknown, url: URLSearchParams): SourceFilter {
  const names = (list_: unknown): string[] =>
    list(list_)
      .flatMap((name) => scalar(name, '_source').split(','))
      .filter((name) => name !== '');
  const own = value ?? url.get('_source') ?? undefined;
  const includes = names(url.get('_source_includes') ?? undefined);
  const excludes = names(url.get('_source_excludes') ?? undefined);
  if (own === undefined) return { shown: true, includes, excludes };
  if (own === false || own === 'false') return { shown: false, includes: [], excludes: [] };
  if (own === true || own === 'true') return { shown: true, includes, excludes };
  if (typeof own === 'string' || Array.isArray(own)) return { shown: true, includes: names(own), excludes };
  const filter = object(own, '_source');
  return {
    shown: true,
    includes: names(filter.includes ?? filter.include),
    excludes: names(filter.excludes ?? filter.exclude),
  };
}
