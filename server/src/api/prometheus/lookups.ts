import { type Expr, type ParseOptions, PromqlParseError, parse, walk } from '@trilith/lang/promql';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { labelsToRecord } from '../../model/labels.ts';
import type { TenantMetrics } from '../../query/index.ts';
import { metric, seconds } from './encode.ts';
import { BadRequest } from './errors.ts';
import { integer, LATEST_MS, limitParameter, optionalTime, rangeParameters, selectorParameters } from './parameters.ts';
import { sampleText } from './sample_text.ts';

const TRUNCATED = 'results truncated due to limit';

/** A successful answer; lists are cut at the limit, which is remarked. */
function success(data: readonly unknown[], limit: number): HttpResponse {
  if (limit === 0 || data.length <= limit) return jsonResponse(200, { status: 'success', data });
  return jsonResponse(200, { status: 'success', data: data.slice(0, limit), warnings: [TRUNCATED] });
}

/** `/series`: label sets of the series that match. */
export async function series({ query }: HttpRequest, metrics: TenantMetrics): Promise<HttpResponse> {
  if (!query.has('match[]')) throw new BadRequest('no match[] parameter provided');
  const limit = limitParameter(query);
  const range = rangeParameters(query);
  const found = await metrics.series(selectorParameters(query, true), range);
  const shown = limit > 0 ? found.slice(0, limit) : found;
  const warnings = shown.length < found.length ? `,"warnings":[${JSON.stringify(TRUNCATED)}]` : '';
  const body = `{"status":"success","data":[${shown.map(metric).join(',')}]${warnings}}`;
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

/** `/labels`: names of labels. */
export async function labels({ query }: HttpRequest, metrics: TenantMetrics): Promise<HttpResponse> {
  const limit = limitParameter(query);
  const range = rangeParameters(query);
  const found = await metrics.labelNames(selectorParameters(query), range);
  return success([...found.keys()], limit);
}

/** `/label/:name/values`. Names that are not plain come as `U__` with escapes. */
export async function labelValues({ query, params }: HttpRequest, metrics: TenantMetrics): Promise<HttpResponse> {
  const name = unescapeName(params.name ?? '');
  if (name === '') throw new BadRequest('invalid label name: ""');
  const limit = limitParameter(query);
  const range = rangeParameters(query);
  const found = await metrics.labelValues(name, selectorParameters(query), range);
  return success([...found.keys()], limit);
}

/** Undoes Prometheus' "values escaping": `U__http_2e_status` is `http.status`. */
function unescapeName(name: string): string {
  if (!name.startsWith('U__')) return name;
  return name.slice(3).replace(/__|_([0-9a-fA-F]{1,6})_/g, (whole, code?: string) => {
    if (code === undefined) return '_';
    const point = Number.parseInt(code, 16);
    return point > 0x10ffff ? whole : String.fromCodePoint(point);
  });
}

/** A whole number that may be negative (no limit), as upstream's metadata endpoints read it. */
export function looseLimit(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  if (text === null || text === '') return -1;
  const limit = integer(text);
  if (limit === undefined) throw new BadRequest(`${name} must be a number`);
  return limit;
}

/** `/metadata`: type, help and unit by metric. */
export async function metadata({ query }: HttpRequest, metrics: TenantMetrics): Promise<HttpResponse> {
  const limit = looseLimit(query, 'limit');
  // One entry a metric is what is kept: any `limit_per_metric` is satisfied by it.
  looseLimit(query, 'limit_per_metric');
  const wanted = query.get('metric');
  const data: Record<string, unknown> = Object.create(null);
  if (limit !== 0) {
    const rows = await metrics.metadata(wanted === null || wanted === '' ? undefined : wanted, Math.max(0, limit));
    for (const { metric: name, type, help, unit } of rows) data[name] = [{ type, help, unit }];
  }
  return jsonResponse(200, { status: 'success', data });
}

/** `/query_exemplars`: exemplars of the series a query selects; 204 for a query that selects none, as upstream. */
export async function exemplars(
  { query }: HttpRequest,
  metrics: TenantMetrics,
  _nowMs: number,
  options: ParseOptions,
): Promise<HttpResponse> {
  const fromMs = optionalTime(query, 'start', Number.MIN_SAFE_INTEGER);
  const toMs = optionalTime(query, 'end', LATEST_MS);
  if (toMs < fromMs) throw new BadRequest('end timestamp must not be before start timestamp');
  const expr = parseBare(query.get('query') ?? '', options);
  let selects = false;
  walk(expr, ({ kind }) => {
    selects ||= kind === 'vector-selector';
  });
  if (!selects) return { status: 204 };
  const found = await metrics.exemplars(query.get('query') ?? '', { fromMs: Math.max(0, fromMs), toMs });
  const data = found.map(({ labels: seriesLabels, exemplars: rows }) => ({
    seriesLabels: labelsToRecord(seriesLabels),
    exemplars: rows.map((row) => ({
      labels: labelsToRecord(row.labels),
      value: sampleText(row.value),
      timestamp: Number(seconds(row.timeMs)),
    })),
  }));
  return jsonResponse(200, { status: 'success', data });
}

/** Parses where upstream's error does not name the parameter. */
function parseBare(text: string, options: ParseOptions): Expr {
  try {
    return parse(text, options);
  } catch (error) {
    if (error instanceof PromqlParseError) throw new BadRequest(error.message, { cause: error });
    throw error;
  }
}
