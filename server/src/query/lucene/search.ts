import type { LogPredicate, QueryOptions, StoreReader } from '../../store/index.ts';
import { countLogs } from '../../store/index.ts';
import type { LogStreamIndex } from '../logql/stream_index.ts';
import type { TimeRange } from '../series_index.ts';
import type { Condition } from './condition.ts';
import { type IndexExpression, indexNameOf } from './index_names.ts';
import { planCondition, streamsWith } from './predicate.ts';

/** One tenant's records, as a search sees them. */
export interface SearchSource {
  readonly reader: StoreReader;
  readonly index: LogStreamIndex;
  readonly query: QueryOptions;
}

/** A search, ready to be read or counted. */
export interface PlannedSearch {
  readonly source: SearchSource;
  readonly predicate: LogPredicate;
  /** ns, half open. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** Indices that have records in the range and belong to the search. */
  readonly indices: readonly string[];
}

const NS_PER_MS = 1_000_000n;
/** Without a bound of its own a search reaches this far back: further than anything is kept. */
const REACH_NS = 3650n * 86_400_000n * NS_PER_MS;
/** Clocks of senders may be ahead by this much. */
const AHEAD_NS = 3_600_000n * NS_PER_MS;

/** Chooses streams in memory and makes the predicate for the rest. Throws LuceneError and StoreError. */
export async function planSearch(
  source: SearchSource,
  condition: Condition,
  indices: IndexExpression,
  nowMs: number,
): Promise<PlannedSearch> {
  await source.index.refresh();
  const nowNs = BigInt(Math.floor(nowMs)) * NS_PER_MS;
  const bounds = timeBounds(condition);
  const startNs = max(bounds.startNs ?? 0n, nowNs - REACH_NS);
  const endNs = min(bounds.endNs ?? nowNs + AHEAD_NS, nowNs + REACH_NS);
  const range: TimeRange = { fromMs: Number(startNs / NS_PER_MS), toMs: Number(endNs / NS_PER_MS) };
  const streams = source.index.select([], range);
  const context = { index: source.index, range, streams };
  const names = new Set<string>();
  const ofIndices = streamsWith((labels) => {
    const name = indexNameOf(labels);
    const belongs = indices.matches(name);
    if (belongs) names.add(name);
    return belongs;
  }, context);
  const predicate: LogPredicate = { kind: 'and', parts: [ofIndices, planCondition(condition, context)] };
  return { source, predicate, startNs, endNs: max(endNs, startNs), indices: [...names].sort() };
}

/** The stretch of time outside which a condition cannot hold. */
function timeBounds(condition: Condition): { startNs?: bigint | undefined; endNs?: bigint | undefined } {
  if (condition.kind === 'time') return condition;
  if (condition.kind !== 'and') return {};
  const bounds = condition.parts.map(timeBounds);
  const starts = bounds.flatMap(({ startNs }) => (startNs === undefined ? [] : [startNs]));
  const ends = bounds.flatMap(({ endNs }) => (endNs === undefined ? [] : [endNs]));
  return {
    startNs: starts.length === 0 ? undefined : starts.reduce(max),
    endNs: ends.length === 0 ? undefined : ends.reduce(min),
  };
}

/** How many records match, each once. Throws StoreError. */
export async function countMatches(search: PlannedSearch, signal?: AbortSignal): Promise<number> {
  const { source, predicate, startNs, endNs } = search;
  if (endNs <= startNs) return 0;
  const request = {
    originNs: startNs - 1n,
    widthNs: endNs - startNs,
    buckets: 1,
    predicate,
    keys: [],
    bytes: false,
  };
  let total = 0;
  for await (const counts of countLogs(source.reader, request, optionsOf(source, signal)))
    for (let row = 0; row < counts.rows; row++) total += counts.count(row);
  return total;
}

export function optionsOf({ query }: SearchSource, signal: AbortSignal | undefined): QueryOptions {
  return signal === undefined ? query : { ...query, signal };
}

export function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

export function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
