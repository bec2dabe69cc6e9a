import { type LogExpr, parse, type RangeOperation } from '@trilith/lang/logql';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { type Labels, labelsKey, labelsToRecord } from '../../model/labels.ts';
import { type LogqlEngine, planSelector, type Series } from '../../query/index.ts';
import { sampleText } from './encode.ts';
import { executionStatistics } from './execution_statistics.ts';
import { rangeOf, selectorOf } from './labels.ts';
import { defaultStep, ParameterError, parseBounds, parseLimit, parseStep, type TimeBounds } from './parameters.ts';

/** A log query. @throws LogqlParseError, ParameterError for a metric query */
export function logExpr(text: string): LogExpr {
  const expr = parse(text, { allowAnySelector: true });
  if (expr.kind !== 'log') throw new ParameterError('a log query is expected');
  return expr;
}

/** `sum by (…) (operation(log[range]))` at every `rangeNs` from start to end, or at the end alone. */
async function sumOverTime(
  engine: LogqlEngine,
  log: LogExpr,
  operation: RangeOperation,
  by: readonly string[],
  window: { readonly startNs: bigint; readonly endNs: bigint; readonly rangeNs: bigint; readonly instant: boolean },
  signal: AbortSignal,
): Promise<readonly Series[]> {
  const { span } = log;
  const range = { log, rangeNs: Number(window.rangeNs), offsetNs: 0, span };
  const inner = { kind: 'range_aggregation' as const, operation, range, span };
  const expr = {
    kind: 'vector_aggregation' as const,
    operation: 'sum' as const,
    inner,
    grouping: { without: false, labels: by },
    span,
  };
  // A window is open at its start and closed at its end; a nanosecond less makes it what a range of time is.
  const [startNs, endNs] = [window.startNs - 1n, window.endNs - 1n];
  const { rangeNs: stepNs, instant } = window;
  const result = await engine.query({ expr, startNs, endNs, stepNs, direction: 'forward', limit: 1, instant, signal });
  return result.kind === 'metric' && result.value.kind === 'matrix' ? result.value.series : [];
}

/** How much a selector would read. */
export async function indexStats(engine: LogqlEngine, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const bounds = parseBounds(request.query, nowMs);
  const text = request.query.get('query') ?? '';
  if (text === '') throw new ParameterError('query parameter is required');
  const matchers = selectorOf(text);
  const log = logExpr(text);
  const { startNs, endNs } = bounds;
  const window = { startNs: endNs, endNs, rangeNs: endNs - startNs, instant: true };
  const [entries, bytes] = await Promise.all([
    sumOverTime(engine, log, 'count_over_time', [], window, request.signal),
    sumOverTime(engine, log, 'bytes_over_time', [], window, request.signal),
  ]);
  const streams = planSelector(matchers, engine.index, rangeOf(bounds)).streams.length;
  return jsonResponse(200, {
    streams,
    chunks: streams,
    entries: entries[0]?.values[0] ?? 0,
    bytes: bytes[0]?.values[0] ?? 0,
  });
}

/** What volumes are asked for: bytes of a selector's records, by which labels. */
interface VolumeQuery {
  readonly log: LogExpr;
  readonly by: readonly string[];
  /** Whether a label stands for itself, whatever its value (`aggregateBy=labels`). */
  readonly labelsOnly: boolean;
  readonly limit: number;
}

function volumeQuery(engine: LogqlEngine, { query }: HttpRequest, bounds: TimeBounds): VolumeQuery {
  const log = logExpr(query.get('query') ?? '{}');
  const aggregateBy = query.get('aggregateBy') ?? 'series';
  if (aggregateBy !== 'series' && aggregateBy !== 'labels')
    throw new ParameterError('invalid aggregation option. Must be series or labels');
  const targets = (query.get('targetLabels') ?? '').split(',').filter((name) => name !== '');
  const named = targets.length > 0 ? targets : log.matchers.map(({ name }) => name);
  const by = named.length > 0 ? [...new Set(named)] : engine.index.labelNames([], rangeOf(bounds));
  return { log, by, labelsOnly: aggregateBy === 'labels', limit: parseLimit(query.get('limit'), 100, 5000) };
}

/** The largest volumes of a window before each step. A record that has none of the labels is in none of them. */
async function volumes(
  engine: LogqlEngine,
  asked: VolumeQuery,
  window: { readonly startNs: bigint; readonly endNs: bigint; readonly rangeNs: bigint; readonly instant: boolean },
  signal: AbortSignal,
): Promise<readonly Volume[]> {
  const { startNs, endNs, rangeNs, instant } = window;
  const series = await sumOverTime(engine, asked.log, 'bytes_over_time', asked.by, window, signal);
  const steps = instant ? 1 : Number((endNs - startNs) / rangeNs) + 1;
  const groups = new Map<string, Volume>();
  for (const { labels, values, present } of series) {
    for (const group of groupsOf(labels, asked.labelsOnly)) {
      const key = labelsKey(group);
      let volume = groups.get(key);
      if (volume === undefined) {
        volume = { labels: group, bytes: new Float64Array(steps), total: 0 };
        groups.set(key, volume);
      }
      for (let i = 0; i < steps; i++) {
        const bytes = present[i] === 1 ? (values[i] ?? 0) : 0;
        volume.bytes[i] = (volume.bytes[i] ?? 0) + bytes;
        volume.total += bytes;
      }
    }
  }
  const all = [...groups.values()].filter(({ total }) => total > 0);
  const byName = (a: Volume, b: Volume): number => (labelsKey(a.labels) < labelsKey(b.labels) ? -1 : 1);
  return all.sort((a, b) => b.total - a.total || byName(a, b)).slice(0, asked.limit);
}

interface Volume {
  readonly labels: Labels;
  /** Bytes by step. */
  readonly bytes: Float64Array;
  total: number;
}

function groupsOf(labels: Labels, labelsOnly: boolean): Labels[] {
  if (labels.length === 0) return [];
  if (!labelsOnly) return [labels];
  return labels.flatMap((name, i) => (i % 2 === 0 && labels[i + 1] !== '' ? [[name, '']] : []));
}

/** `index/volume`: bytes by label over the whole range, the largest first. */
export async function volume(engine: LogqlEngine, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const bounds = parseBounds(request.query, nowMs);
  await engine.index.refresh();
  const asked = volumeQuery(engine, request, bounds);
  const { startNs, endNs } = bounds;
  const window = { startNs: endNs, endNs, rangeNs: endNs - startNs, instant: true };
  const time = seconds(endNs);
  const result = (await volumes(engine, asked, window, request.signal)).map(({ labels, total }) => ({
    metric: labelsToRecord(labels),
    value: [time, sampleText(total)],
  }));
  return jsonResponse(200, { status: 'success', data: { resultType: 'vector', result, stats: NO_STATISTICS } });
}

/** `index/volume_range`: bytes by label in each step. */
export async function volumeRange(engine: LogqlEngine, request: HttpRequest, nowMs: number): Promise<HttpResponse> {
  const bounds = parseBounds(request.query, nowMs);
  const step = request.query.get('step');
  const stepNs = step === null || step === '' ? defaultStep(bounds) : parseStep('step', step);
  await engine.index.refresh();
  const asked = volumeQuery(engine, request, bounds);
  // Whole steps that end at multiples of the step: each byte is in one of them.
  const alignedNs = bounds.startNs - (bounds.startNs % stepNs);
  const steps = (bounds.endNs - alignedNs + stepNs - 1n) / stepNs;
  const startNs = alignedNs + stepNs;
  const window = { startNs, endNs: alignedNs + steps * stepNs, rangeNs: stepNs, instant: false };
  const result = (await volumes(engine, asked, window, request.signal)).map(({ labels, bytes }) => ({
    metric: labelsToRecord(labels),
    values: [...bytes].flatMap((amount, i) =>
      amount > 0 ? [[seconds(startNs + BigInt(i) * stepNs), sampleText(amount)]] : [],
    ),
  }));
  return jsonResponse(200, { status: 'success', data: { resultType: 'matrix', result, stats: NO_STATISTICS } });
}

const NO_STATISTICS = executionStatistics({ seconds: 0, lines: 0, bytes: 0, entries: 0 });

function seconds(ns: bigint): number {
  return Number(ns / 1_000_000n) / 1000;
}
