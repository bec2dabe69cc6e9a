import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import type { Matcher } from '../../model/labels.ts';
import type { TenantMetrics, TimeRange } from '../../query/index.ts';
import { BadRequest } from './errors.ts';
import { boolean, integer, optionalTime, selectorParameters } from './parameters.ts';
import { FUZZY_ALGORITHMS, type SearchTerms, scoreOf } from './search_scores.ts';

/** Upstream's defaults and bounds (web/api/v1/search.go). */
const DEFAULT_LIMIT = 100;
const MOST_RESULTS = 10_000;
const MOST_TERMS = 32;
const DEFAULT_RANGE_MS = 3_600_000;

interface SearchRequest {
  readonly selectors: readonly (readonly Matcher[])[];
  readonly range: TimeRange;
  readonly terms: SearchTerms;
  readonly order: 'ascending' | 'descending' | 'score';
  readonly includeScore: boolean;
  readonly limit: number;
  readonly batch: number;
}

interface Hit {
  readonly text: string;
  readonly score: number;
}

/** `/search/metric_names`: names of metrics by relevance, in batches of JSON lines. */
export async function searchMetricNames(
  { query }: HttpRequest,
  metrics: TenantMetrics,
  nowMs: number,
): Promise<HttpResponse> {
  const request = searchRequest(query, nowMs, 'metric_names');
  const withMetadata = flag(query, 'include_metadata', false);
  const found = hits([...(await metrics.labelValues('__name__', request.selectors, request.range)).keys()], request);
  const known = new Map<string, { readonly type: string; readonly help: string; readonly unit: string }>();
  if (withMetadata && found.shown.length > 0)
    for (const row of await metrics.metadata(undefined, 0)) known.set(row.metric, row);
  return lines(request, found, ({ text, score }) => {
    const row = known.get(text);
    return {
      name: text,
      ...(request.includeScore ? { score } : {}),
      ...(row === undefined ? {} : filled({ type: row.type, help: row.help, unit: row.unit })),
    };
  });
}

/** `/search/label_names`. */
export async function searchLabelNames(
  { query }: HttpRequest,
  metrics: TenantMetrics,
  nowMs: number,
): Promise<HttpResponse> {
  const request = searchRequest(query, nowMs, 'label_names');
  const found = hits([...(await metrics.labelNames(request.selectors, request.range)).keys()], request);
  return lines(request, found, ({ text, score }) => ({ name: text, ...(request.includeScore ? { score } : {}) }));
}

/** `/search/label_values`: of the label named by `label`. */
export async function searchLabelValues(
  { query }: HttpRequest,
  metrics: TenantMetrics,
  nowMs: number,
): Promise<HttpResponse> {
  const request = searchRequest(query, nowMs, 'label_values');
  const label = query.get('label') ?? '';
  if (label === '') throw new BadRequest('missing required parameter "label"');
  const found = hits([...(await metrics.labelValues(label, request.selectors, request.range)).keys()], request);
  return lines(request, found, ({ text, score }) => ({ value: text, ...(request.includeScore ? { score } : {}) }));
}

function searchRequest(query: URLSearchParams, nowMs: number, endpoint: string): SearchRequest {
  const range = {
    fromMs: optionalTime(query, 'start', nowMs - DEFAULT_RANGE_MS, false),
    toMs: optionalTime(query, 'end', nowMs, false),
  };
  if (range.toMs < range.fromMs) throw new BadRequest('end timestamp must not be before start timestamp');
  const selectors = selectorParameters(query);
  const terms = query.getAll('search[]');
  if (terms.length > MOST_TERMS)
    throw new BadRequest(`too many search[] terms: got ${terms.length}, maximum is ${MOST_TERMS}`);
  return {
    selectors,
    range,
    terms: { terms, ...fuzziness(query), caseSensitive: flag(query, 'case_sensitive', true) },
    includeScore: flag(query, 'include_score', false),
    order: orderOf(query, terms.length > 0, endpoint),
    limit: limitOf(query),
    batch: positive(query, 'batch_size') ?? DEFAULT_LIMIT,
  };
}

function fuzziness(query: URLSearchParams): Pick<SearchTerms, 'threshold' | 'algorithm'> {
  const text = query.get('fuzz_threshold') ?? '';
  const percent = text === '' ? 0 : integer(text);
  if (percent === undefined || percent < 0 || percent > 100)
    throw new BadRequest(`invalid fuzz_threshold ${JSON.stringify(text)}: must be 0-100`);
  const wanted = query.get('fuzz_alg') ?? '';
  const algorithm = wanted === '' ? 'subsequence' : FUZZY_ALGORITHMS.find((name) => name === wanted);
  if (algorithm === undefined) {
    const known = FUZZY_ALGORITHMS.join(' ');
    throw new BadRequest(`unsupported fuzz_alg ${JSON.stringify(wanted)}: must be one of [${known}]`);
  }
  return { threshold: percent / 100, algorithm };
}

function orderOf(query: URLSearchParams, searches: boolean, endpoint: string): SearchRequest['order'] {
  const by = query.get('sort_by') ?? '';
  const direction = query.get('sort_dir') ?? '';
  if (direction !== '' && by === '') throw new BadRequest('sort_dir is only valid when sort_by is set');
  if (direction !== '' && by === 'score') throw new BadRequest('sort_dir is not supported for sort_by=score');
  if (direction !== '' && direction !== 'asc' && direction !== 'dsc')
    throw new BadRequest(`invalid sort_dir ${JSON.stringify(direction)}: must be "asc" or "dsc"`);
  if (by === 'score' && !searches) throw new BadRequest('sort_by=score requires search[] to be set');
  if (by !== '' && by !== 'alpha' && by !== 'score')
    throw new BadRequest(`invalid sort_by ${JSON.stringify(by)} for ${endpoint}: must be "alpha" or "score"`);
  return by === 'score' ? 'score' : direction === 'dsc' ? 'descending' : 'ascending';
}

function limitOf(query: URLSearchParams): number {
  const limit = positive(query, 'limit') ?? DEFAULT_LIMIT;
  if (limit > MOST_RESULTS)
    throw new BadRequest(`limit ${limit} exceeds the configured maximum (${MOST_RESULTS}, see --web.search.max-limit)`);
  return limit;
}

function positive(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  if (text === '') return undefined;
  const value = integer(text);
  if (value === undefined || value <= 0)
    throw new BadRequest(`invalid ${name} ${JSON.stringify(text)}: must be a positive integer`);
  return value;
}

function flag(query: URLSearchParams, name: string, otherwise: boolean): boolean {
  const text = query.get(name) ?? '';
  const value = text === '' ? otherwise : boolean(text);
  if (value === undefined) throw new BadRequest(`invalid ${name} ${JSON.stringify(text)}: must be boolean`);
  return value;
}

interface Hits {
  readonly shown: readonly Hit[];
  readonly more: boolean;
}

/** What matches, in order, cut at the limit. `texts` are sorted. */
function hits(texts: readonly string[], { terms, order, limit }: SearchRequest): Hits {
  const score = scoreOf(terms);
  const found: Hit[] = [];
  for (const text of order === 'descending' ? texts.toReversed() : texts) {
    const points = score(text);
    if (points > 0) found.push({ text, score: points });
    if (order !== 'score' && found.length > limit) break;
  }
  // Sorting is stable, so equal scores stay in the order of their texts.
  if (order === 'score') found.sort((a, b) => b.score - a.score);
  return { shown: found.slice(0, limit), more: found.length > limit };
}

/** One line a batch and a line that says how it ended. */
function lines({ batch }: SearchRequest, { shown, more }: Hits, show: (hit: Hit) => object): HttpResponse {
  let body = shown.length === 0 ? '{"results":[]}\n' : '';
  for (let i = 0; i < shown.length; i += batch)
    body += `${JSON.stringify({ results: shown.slice(i, i + batch).map(show) })}\n`;
  body += `${JSON.stringify({ status: 'success', has_more: more })}\n`;
  return { status: 200, headers: { 'content-type': 'application/x-ndjson; charset=utf-8' }, body };
}

/** Without empty members, as upstream leaves them out. */
const filled = (fields: Readonly<Record<string, string>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
