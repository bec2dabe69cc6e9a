import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import type { Matcher } from '../../model/labels.ts';
import type { TenantMetrics } from '../../query/index.ts';

/** What is known of a metric of a target. */
export interface TargetMetric {
  readonly metric: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** Endings of the series of a family whose metadata is under the name without them. */
const SUFFIXES = /_(bucket|sum|count|total|created|info|gsum|gcount)$/;
const DAY_MS = 86_400_000;

/** Metadata of the metrics of one target (`job` and `instance`), for the thread that knows the targets. */
export async function targetMetadata(
  { query }: HttpRequest,
  metrics: TenantMetrics,
  nowMs: number,
): Promise<HttpResponse> {
  const matchers = ['job', 'instance'].map((name): Matcher => ({ name, operator: '=', value: query.get(name) ?? '' }));
  const metric = query.get('metric') ?? '';
  const range = { fromMs: nowMs - DAY_MS, toMs: nowMs };
  const names = new Set((await metrics.labelValues('__name__', [matchers], range)).keys());
  const families = new Set([...names, ...[...names].map((name) => name.replace(SUFFIXES, ''))]);
  const rows = await metrics.metadata(metric === '' ? undefined : metric, 0);
  const data: readonly TargetMetric[] = rows.filter((row) => families.has(row.metric));
  return jsonResponse(200, { status: 'success', data });
}
