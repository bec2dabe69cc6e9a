import { type LabelMatcher, LogqlParseError, parse } from '@trilith/lang/logql';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { labelsToRecord, type Matcher } from '../../model/labels.ts';
import type { LogqlEngine } from '../../query/index.ts';
import { ParameterError, parseBounds, type TimeBounds } from './parameters.ts';

const SIX_HOURS = 6n * 3600n * 1_000_000_000n;

/** Bounds as the index takes them. */
export function rangeOf({ startNs, endNs }: TimeBounds): { fromMs: number; toMs: number } {
  return { fromMs: Number(startNs / 1_000_000n), toMs: Number(endNs / 1_000_000n) };
}

/** The matchers of a stream selector. @throws ParameterError when it is more than a selector */
export function selectorOf(text: string): readonly LabelMatcher[] {
  const expr = parse(text, { allowAnySelector: true });
  if (expr.kind !== 'log' || expr.stages.length > 0) throw new ParameterError('only label matchers are supported');
  return expr.matchers;
}

/** The matchers of an optional `query`. */
export function matchersOf(query: URLSearchParams): readonly Matcher[] {
  const text = query.get('query') ?? '';
  return text === '' ? [] : selectorOf(text);
}

function success(data: unknown): HttpResponse {
  return jsonResponse(200, { status: 'success', data });
}

/** Label names: those of streams, and the vocabulary every record answers to. */
export async function labelNames(engine: LogqlEngine, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const bounds = parseBounds(request.query, nowMs, SIX_HOURS);
  await engine.index.refresh();
  const names = engine.index.labelNames(matchersOf(request.query), rangeOf(bounds));
  const all = names.length === 0 ? [] : [...new Set([...names, 'service_name', 'level'])].sort();
  return success(all);
}

export async function labelValues(engine: LogqlEngine, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const bounds = parseBounds(request.query, nowMs, SIX_HOURS);
  const name = request.params.name ?? '';
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new ParameterError(`invalid label name '${name}'`);
  await engine.index.refresh();
  return success(engine.index.values(name, matchersOf(request.query), rangeOf(bounds)));
}

/** Label sets of the streams that satisfy any of the selectors. */
export async function series(engine: LogqlEngine, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const bounds = parseBounds(request.query, nowMs, SIX_HOURS);
  const selectors = [...request.query.getAll('match'), ...request.query.getAll('match[]')];
  if (selectors.length === 0) selectors.push('{}');
  await engine.index.refresh();
  const references = new Set<number>();
  for (const selector of selectors) {
    try {
      for (const reference of engine.index.select(selectorOf(selector), rangeOf(bounds))) references.add(reference);
    } catch (error) {
      if (!(error instanceof LogqlParseError)) throw error;
      throw new ParameterError(error.message, { cause: error });
    }
  }
  return success([...references].map((reference) => labelsToRecord(engine.index.labels(reference))));
}
