import { parse, print } from '@trilith/lang/promql';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { labelsToRecord } from '../../model/labels.ts';
import type { TenantMetrics } from '../../query/index.ts';
import { metric, sampleText, seconds } from './encode.ts';
import { BadRequest } from './errors.ts';
import { limitParameter, rangeParameters, selectorParameters } from './parameters.ts';

const TRUNCATED = 'results truncated due to limit';

/** A successful answer; lists are cut at the limit, which is remarked. */
function success(data: readonly unknown[], limit: number): HttpResponse {
  if (limit === 0 || data.length <= limit) return jsonResponse(200, { status: 'success', data });
  return jsonResponse(200, { status: 'success', data: data.slice(0, limit), warnings: [TRUNCATED] });
}

/** `/series`: label sets of the series that match. */
export async function series({ query }: HttpRequest, metrics: TenantMetrics): Promise<HttpResponse> {
  const selectors = selectorParameters(query);
  if (selectors.length === 0) throw new BadRequest('no match[] parameter provided');
  const limit = limitParameter(query);
  const found = await metrics.series(selectors, rangeParameters(query));
  const shown = limit > 0 ? found.slice(0, limit) : found;
  const warnings = shown.length < found.length ? `,"warnings":[${JSON.stringify(TRUNCATED)}]` : '';
  const body = `{"status":"success","data":[${shown.map(metric).join(',')}]${warnings}}`;
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

/** `/labels`: names of labels. */
export async function labels({ query }: HttpRequest, metrics: TenantMetrics): Promise<HttpResponse> {
  const found = await metrics.labelNames(selectorParameters(query), rangeParameters(query));
  return success([...found.keys()], limitParameter(query));
}

/** `/label/:name/values`. Names that are not plain come as `U__` with escapes. */
export async function labelValues({ query, params }: HttpRequest, metrics: TenantMetrics): Promise<HttpResponse> {
  const name = unescapeName(params.name ?? '');
  if (name === '') throw new BadRequest('invalid label name: ""');
  const found = await metrics.labelValues(name, selectorParameters(query), rangeParameters(query));
  return success([...found.keys()], limitParameter(query));
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

/** `/metadata`: type, help and unit by metric. */
export async function metadata({ query }: HttpRequest, metrics: TenantMetrics): Promise<HttpResponse> {
  const wanted = query.get('metric');
  const rows = await metrics.metadata(wanted === null || wanted === '' ? undefined : wanted, limitParameter(query));
  const data: Record<string, unknown> = Object.create(null);
  for (const { metric: name, type, help, unit } of rows) data[name] = [{ type, help, unit }];
  return jsonResponse(200, { status: 'success', data });
}

/** `/format_query`: the query as it is printed. */
export function formatQuery({ query }: HttpRequest): HttpResponse {
  return jsonResponse(200, { status: 'success', data: print(parse(query.get('query') ?? '')) });
}

/** `/query_exemplars`: exemplars of the series a query selects. */
export async function exemplars({ query }: HttpRequest, metrics: TenantMetrics): Promise<HttpResponse> {
  const found = await metrics.exemplars(query.get('query') ?? '', rangeParameters(query));
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
