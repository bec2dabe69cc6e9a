import { children, type Expr, print } from '@trilith/lang/promql';
import { lowerBound } from '../../base/lower_bound.ts';
import { labelsKey } from '../../model/labels.ts';
import type { Watch } from '../head/changes.ts';
import type { QueryRequest, QueryResult } from './engine.ts';
import { compareLabels } from './label_sets.ts';
import type { ResultSeries } from './shape_result.ts';

/** Bytes of results kept for a tenant. */
const MOST_BYTES = 32 * 1024 * 1024;
const LARGEST_SHARE = 1 / 4;
/** Of results up to so many points the text is kept too; a point of it takes about so many bytes. */
const MOST_WRITTEN_POINTS = 50_000;
const WRITTEN_BYTES = 64;

interface Entry {
  readonly watch: Watch;
  readonly result: QueryResult;
  readonly startMs: number;
  readonly endMs: number;
  readonly bytes: number;
}

export interface ResultCacheOptions {
  /** Evaluates in full. */
  readonly evaluate: (request: QueryRequest) => Promise<QueryResult>;
  /** Watches for samples that change what the expression selects; undefined when nobody would tell. */
  readonly watch: (expr: Expr) => Watch | undefined;
  readonly mostBytes?: number;
}

/** Evaluates range queries, using what an earlier evaluation of the same graph came to. */
export interface ResultCache {
  /** @param expr the query, parsed */
  query(request: QueryRequest, expr: Expr): Promise<QueryResult>;
  clear(): void;
  readonly bytes: number;
}

/**
 * The next refresh of a graph asks for the same steps and a few more. Steps that were evaluated and that no sample has come
 * for since are taken as they were; only those behind them are evaluated. Only expressions whose value at a step depends
 * on nothing but samples up to it are remembered.
 */
export function createResultCache({ evaluate, watch, mostBytes = MOST_BYTES }: ResultCacheOptions): ResultCache {
  const entries = new Map<string, Entry>();
  const texts = new WeakMap<Expr, string>();
  let bytes = 0;

  /** The expression as text, written alike however it was typed; undefined where steps do not stand for themselves. */
  const textOf = (expr: Expr): string | undefined => {
    const known = texts.get(expr);
    if (known !== undefined) return known === '' ? undefined : known;
    const text = isStepwise(expr) ? print(expr) : '';
    texts.set(expr, text);
    return text === '' ? undefined : text;
  };

  const drop = (key: string): void => {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    entry.watch.release();
    bytes -= entry.bytes;
  };
  const keep = (key: string, entry: Entry): void => {
    drop(key);
    if (entry.bytes > mostBytes * LARGEST_SHARE || entry.watch.changedMs <= entry.startMs) {
      entry.watch.release();
      return;
    }
    entries.set(key, entry);
    bytes += entry.bytes;
    // Oldest use first: a Map keeps the order of insertion.
    for (const oldest of entries.keys()) {
      if (bytes <= mostBytes) break;
      drop(oldest);
    }
  };

  return {
    async query(request, expr) {
      const text = textOf(expr);
      if (text === undefined) return evaluate(request);
      const { startMs, stepMs } = request;
      const key = `${stepMs}/${startMs % stepMs}/${request.lookbackMs ?? ''}/${text}`;
      const endMs = startMs + Math.floor((request.endMs - startMs) / stepMs) * stepMs;
      const same = entries.get(key);
      if (same !== undefined && same.startMs === startMs && same.endMs === endMs && same.watch.changedMs > endMs) {
        entries.delete(key);
        entries.set(key, same);
        return { ...same.result, samplesRead: 0 };
      }
      const begun = watch(expr);
      if (begun === undefined) return evaluate(request);
      try {
        const known = entries.get(key);
        const until = known === undefined ? Number.NEGATIVE_INFINITY : lastTrueStep(known, stepMs);
        let result: QueryResult;
        if (known === undefined || startMs < known.startMs || startMs > until) result = await evaluate(request);
        else if (until >= endMs) result = joined(known.result, undefined, startMs, endMs, until, stepMs);
        else {
          const tail = await evaluate({ ...request, startMs: until + stepMs });
          result = hasHistograms(tail)
            ? await evaluate(request)
            : joined(known.result, tail, startMs, endMs, until, stepMs);
        }
        result = writable(result);
        // Watched from before anything was read: what came meanwhile counts against it already.
        if (result.type === 'matrix' && !hasHistograms(result))
          keep(key, { watch: begun, result, startMs, endMs, bytes: sizeOf(result) });
        else begun.release();
        return result;
      } catch (error) {
        begun.release();
        throw error;
      }
    },
    clear() {
      for (const key of [...entries.keys()]) drop(key);
    },
    get bytes() {
      return bytes;
    },
  };
}

/** A result with places for its text, where it is small enough to be kept. */
function writable(result: QueryResult): QueryResult {
  const points = result.series.reduce((sum, { values }) => sum + values.length, 0);
  if (points > MOST_WRITTEN_POINTS || result.type !== 'matrix') return result;
  return { ...result, series: result.series.map((one) => ({ ...one, written: {} })) };
}

const hasHistograms = ({ series }: QueryResult): boolean => series.some(({ histograms }) => histograms !== undefined);

/** The last step of an entry that nothing has come for since; before its start when all have changed. */
function lastTrueStep({ watch, startMs, endMs }: Entry, stepMs: number): number {
  if (watch.changedMs > endMs) return endMs;
  return startMs + (Math.ceil((watch.changedMs - startMs) / stepMs) - 1) * stepMs;
}

/**
 * Functions whose value at a step depends on the query's range, whose series are chosen over all of it, or that look at
 * start timestamps, of whose changes nobody tells.
 */
const NOT_STEPWISE: ReadonlySet<string> = new Set(['start', 'end', 'range', 'step', 'info', 'start_timestamp']);

function isStepwise(expr: Expr): boolean {
  switch (expr.kind) {
    case 'vector-selector':
      if (expr.smoothed || expr.offsetMs < 0 || expr.offsetExpr !== undefined) return false;
      return expr.atMs === undefined && expr.atPreprocessor === undefined;
    case 'matrix-selector':
      return expr.rangeExpr === undefined && isStepwise(expr.selector);
    case 'subquery':
      if (expr.rangeExpr !== undefined || expr.stepExpr !== undefined || expr.offsetExpr !== undefined) return false;
      if (expr.offsetMs < 0 || expr.atMs !== undefined || expr.atPreprocessor !== undefined) return false;
      return isStepwise(expr.expr);
    case 'call':
      return !NOT_STEPWISE.has(expr.func.name) && expr.args.every(isStepwise);
    default:
      return children(expr).every(isStepwise);
  }
}

/** Steps [startMs, untilMs] of a result and all of a tail behind it. */
function joined(
  known: QueryResult,
  tail: QueryResult | undefined,
  startMs: number,
  endMs: number,
  untilMs: number,
  stepMs: number,
): QueryResult {
  const lastKnown = Math.min(untilMs, endMs);
  const count = Math.round((endMs - startMs) / stepMs) + 1;
  const grid = new Float64Array(count);
  for (let step = 0; step < count; step++) grid[step] = startMs + step * stepMs;
  const tails = new Map<string, ResultSeries>();
  for (const one of tail?.series ?? []) tails.set(labelsKey(one.labels), one);
  const series: ResultSeries[] = [];
  for (const one of known.series) {
    const from = lowerBound(one.times, startMs);
    const to = lowerBound(one.times, lastKnown + 1);
    const key = labelsKey(one.labels);
    const more = tails.get(key);
    tails.delete(key);
    const rows = to - from + (more?.times.length ?? 0);
    if (rows === 0) continue;
    const values = new Float64Array(rows);
    values.set(one.values.subarray(from, to));
    if (more !== undefined) values.set(more.values, to - from);
    let times = grid;
    if (rows < count) {
      times = new Float64Array(rows);
      times.set(one.times.subarray(from, to));
      if (more !== undefined) times.set(more.times, to - from);
    }
    const { written } = one;
    series.push({
      labels: one.labels,
      times,
      values,
      ...(written === undefined ? {} : { carried: { written, from, to } }),
    });
  }
  const isNew = tails.size > 0;
  for (const one of tails.values()) series.push(one);
  if (isNew) series.sort((a, b) => compareLabels(a.labels, b.labels));
  return {
    ...known,
    series,
    timeMs: endMs,
    warnings: union(known.warnings, tail?.warnings),
    infos: union(known.infos, tail?.infos),
    samplesRead: tail?.samplesRead ?? 0,
  };
}

const union = (a: readonly string[], b: readonly string[] | undefined): readonly string[] =>
  b === undefined || b.length === 0 ? a : [...new Set([...a, ...b])];

/** Bytes a result takes; times shared by series are counted once. */
function sizeOf({ series }: QueryResult): number {
  const times = new Set<Float64Array>();
  let bytes = 512;
  for (const one of series) {
    times.add(one.times);
    const written = one.written === undefined ? 0 : one.values.length * WRITTEN_BYTES;
    bytes += one.values.byteLength + written + 200 + one.labels.length * 16;
  }
  for (const one of times) bytes += one.byteLength;
  return bytes;
}
