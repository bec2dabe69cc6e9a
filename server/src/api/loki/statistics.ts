import { type LogExpr, parse, type RangeOperation } from '@trilith/lang/logql';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { labelsToRecord } from '../../model/labels.ts';
import { type LogqlEngine, logFields, planSelector, type Series } from '../../query/index.ts';
import { sampleText } from './encode.ts';
import { selectorOf } from './labels.ts';
import { ParameterError, parseBounds, parseLimit, type TimeBounds } from './parameters.ts';

function logExpr(text: string): LogExpr {
  const expr = parse(text, { allowAnySelector: true });
  if (expr.kind !== 'log') throw new ParameterError('a log query is expected');
  return expr;
}

/** `sum by (…) (operation(log[range]))` at the end of the range. */
async function total(
  engine: LogqlEngine,
  log: LogExpr,
  operation: RangeOperation,
  by: readonly string[],
  { startNs, endNs }: TimeBounds,
  signal: AbortSignal,
): Promise<readonly Series[]> {
  const { span } = log;
  const range = { log, rangeNs: Number(endNs - startNs), offsetNs: 0, span };
  const inner = { kind: 'range_aggregation' as const, operation, range, span };
  const expr = {
    kind: 'vector_aggregation' as const,
    operation: 'sum' as const,
    inner,
    grouping: { without: false, labels: by },
    span,
  };
  const result = await engine.query({
    expr,
    startNs: endNs,
    endNs,
    stepNs: 1n,
    direction: 'forward',
    limit: 1,
    instant: true,
    signal,
  });
  return result.kind === 'metric' && result.value.kind === 'matrix' ? result.value.series : [];
}

/** How much a selector would read. */
export async function indexStats(engine: LogqlEngine, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const bounds = parseBounds(request.query, nowMs);
  const text = request.query.get('query') ?? '';
  if (text === '') throw new ParameterError('query parameter is required');
  const matchers = selectorOf(text);
  const log = logExpr(text);
  const [entries, bytes] = await Promise.all([
    total(engine, log, 'count_over_time', [], bounds, request.signal),
    total(engine, log, 'bytes_over_time', [], bounds, request.signal),
  ]);
  const range = { fromMs: Number(bounds.startNs / 1_000_000n), toMs: Number(bounds.endNs / 1_000_000n) };
  const streams = planSelector(matchers, engine.index, range).streams.length;
  return jsonResponse(200, {
    streams,
    chunks: streams,
    entries: entries[0]?.values[0] ?? 0,
    bytes: bytes[0]?.values[0] ?? 0,
  });
}

/** Bytes by label, the largest first. */
export async function volume(engine: LogqlEngine, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const bounds = parseBounds(request.query, nowMs);
  const limit = parseLimit(request.query.get('limit'), 100, 5000);
  const log = logExpr(request.query.get('query') ?? '{}');
  const targets = (request.query.get('targetLabels') ?? '').split(',').filter((name) => name !== '');
  const by = targets.length > 0 ? targets : log.matchers.map((m) => m.name);
  const series = [
    ...(await total(engine, log, 'bytes_over_time', by.length > 0 ? by : ['service_name'], bounds, request.signal)),
  ];
  series.sort((a, b) => (b.values[0] ?? 0) - (a.values[0] ?? 0));
  const time = Number(bounds.endNs / 1_000_000n) / 1000;
  const result = series
    .slice(0, limit)
    .map((s) => ({ metric: labelsToRecord(s.labels), value: [time, sampleText(s.values[0] ?? 0)] }));
  return jsonResponse(200, { status: 'success', data: { resultType: 'vector', result } });
}

/** Fields found in a sample of the newest lines. */
export async function detectedFields(engine: LogqlEngine, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const bounds = parseBounds(request.query, nowMs);
  const limit = parseLimit(request.query.get('limit') ?? request.query.get('field_limit'), 1000, 5000);
  const found = await logFields(engine, {
    log: logExpr(request.query.get('query') ?? '{}'),
    ...bounds,
    sample: 1000,
    signal: request.signal,
  });
  const fields = found.fields
    .filter((field) => field.origin !== 'label')
    .slice(0, limit)
    .map((field) => ({
      label: field.name,
      type: field.type === 'number' ? 'float' : field.type,
      cardinality: field.distinct,
      parsers: field.parser === '' ? null : [field.parser],
    }));
  return jsonResponse(200, { fields, limit });
}
