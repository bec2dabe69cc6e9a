/** Our own API of traces: searching, what was found over time, how spans differ, the service map. */
import * as contract from '@trilith/contract';
import { ends, type Range } from '../time/range.ts';
import { getJson } from './http.ts';

export interface TraceSearch {
  readonly query: string;
  readonly order: 'newest' | 'slowest';
  /** Fields whose values come with every found span, as TraceQL writes them. */
  readonly column: readonly string[];
  readonly limit: number;
  /** Matching spans given of each trace at most. */
  readonly spans: number;
}

export function searchTraces(
  search: TraceSearch,
  range: Range,
  signal?: AbortSignal,
): Promise<contract.TraceSearchAnswer> {
  return getJson('/api/traces/search', { ...search, ...ends(range) }, contract.traceSearchAnswer, signal);
}

export function fetchOperations(
  service: string,
  range: Range,
  signal?: AbortSignal,
): Promise<contract.TraceOperationsAnswer> {
  return getJson('/api/traces/operations', { service, ...ends(range) }, contract.traceOperationsAnswer, signal);
}

export function fetchTraceOverview(
  query: string,
  range: Range,
  steps: number,
  signal?: AbortSignal,
): Promise<contract.TraceOverviewAnswer> {
  return getJson('/api/traces/overview', { query, ...ends(range), steps }, contract.traceOverviewAnswer, signal);
}

/** How the selected spans differ from the others of a query; `within` bounds the selection in time. */
export function fetchTraceDifferences(
  query: string,
  selection: string,
  within: Range,
  range: Range,
  signal?: AbortSignal,
): Promise<contract.TraceDifferencesAnswer> {
  const { from: selectionFrom, to: selectionTo } = ends(within);
  const params = { query, selection, selectionFrom, selectionTo, ...ends(range) };
  return getJson('/api/traces/differences', params, contract.traceDifferencesAnswer, signal);
}

export function fetchServiceMap(range: Range, signal?: AbortSignal): Promise<contract.ServiceMapAnswer> {
  return getJson('/api/service_map', ends(range), contract.serviceMapAnswer, signal);
}
