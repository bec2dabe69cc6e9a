import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { detectFields, type LogqlEngine } from '../../query/index.ts';
import { matchersOf, rangeOf } from './labels.ts';
import { parseBounds, parseLimit } from './parameters.ts';
import { logExpr } from './volume.ts';

const DEFAULT_FIELDS = 1_000;
const DEFAULT_LINES = 1_000;
const MOST = 5_000;
/** Labels that stay whatever their values look like (pkg/querier/querier.go DetectedLabels). */
const ALWAYS_SHOWN: ReadonlySet<string> = new Set(['cluster', 'namespace', 'instance', 'pod']);
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

function limitOf(query: URLSearchParams): number {
  return parseLimit(query.get('limit') ?? query.get('field_limit'), DEFAULT_FIELDS, MOST);
}

function detect(engine: LogqlEngine, request: HttpRequest, nowMs: number) {
  const { query, signal } = request;
  return detectFields(engine, {
    log: logExpr(query.get('query') ?? '{}'),
    ...parseBounds(query, nowMs),
    lines: parseLimit(query.get('line_limit'), DEFAULT_LINES, MOST),
    signal,
  });
}

/** `detected_fields`: what the newest matching lines carry. */
export async function detectedFields(engine: LogqlEngine, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const limit = limitOf(request.query);
  const found = await detect(engine, request, nowMs);
  const fields = found.slice(0, limit).map(({ name, type, parsers, values }) => ({
    label: name,
    type,
    cardinality: values.length,
    parsers: parsers.length === 0 ? null : parsers,
  }));
  return jsonResponse(200, { fields, limit });
}

/** `detected_field/{name}/values`: the values of one of them, the most frequent first. */
export async function detectedFieldValues(
  engine: LogqlEngine,
  request: HttpRequest,
  nowMs: number,
): Promise<HttpResponse> {
  const limit = limitOf(request.query);
  const found = await detect(engine, request, nowMs);
  const values = found.find(({ name }) => name === request.params.name)?.values ?? [];
  return jsonResponse(200, { values: values.slice(0, limit), limit });
}

/** `detected_labels`: stream labels worth choosing from: those whose values are all numbers or UUIDs are left out. */
export async function detectedLabels(engine: LogqlEngine, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const range = rangeOf(parseBounds(request.query, nowMs));
  const matchers = matchersOf(request.query);
  await engine.index.refresh();
  const labels = engine.index.labelNames(matchers, range).flatMap((label) => {
    const values = engine.index.values(label, matchers, range);
    const shown = values.length > 0 && (ALWAYS_SHOWN.has(label) || !areIds(values));
    return shown ? [{ label, cardinality: values.length }] : [];
  });
  return jsonResponse(200, { detectedLabels: labels });
}

function areIds(values: readonly string[]): boolean {
  if (values.length <= 2 && values.every((value) => value === '0' || value === '1')) return false;
  return values.every((value) => (value.trim() !== '' && Number.isFinite(Number(value))) || UUID.test(value));
}
