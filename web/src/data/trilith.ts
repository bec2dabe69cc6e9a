import * as contract from '@trilith/contract';
import { ends, type Range } from '../time/range.ts';
import { getJson } from './http.ts';

export function fetchStatus(signal?: AbortSignal): Promise<contract.StatusAnswer> {
  return getJson('/api/status', {}, contract.statusAnswer, signal);
}

/** What changed in a range; with a service also what concerns every one. */
export function fetchChanges(range: Range, service: string, signal?: AbortSignal): Promise<contract.ChangesAnswer> {
  return getJson('/api/changes', { ...ends(range), service }, contract.changesAnswer, signal);
}

export function fetchMasking(signal?: AbortSignal): Promise<contract.MaskingAnswer> {
  return getJson('/api/masking', {}, contract.maskingAnswer, signal);
}

export function fetchNoise(signal?: AbortSignal): Promise<contract.NoiseAnswer> {
  return getJson('/api/noise', {}, contract.noiseAnswer, signal);
}

export function fetchSampling(signal?: AbortSignal): Promise<contract.SamplingAnswer> {
  return getJson('/api/sampling', {}, contract.samplingAnswer, signal);
}

export function fetchTargets(signal?: AbortSignal): Promise<contract.TargetsAnswer> {
  return getJson('/api/targets', {}, contract.targetsAnswer, signal);
}

export function fetchServices(range: Range, service: string, signal?: AbortSignal): Promise<contract.ServicesAnswer> {
  return getJson('/api/services', { ...ends(range), service }, contract.servicesAnswer, signal);
}

export function fetchService(
  name: string,
  range: Range,
  steps: number,
  signal?: AbortSignal,
): Promise<contract.ServiceAnswer> {
  return getJson(
    `/api/services/${encodeURIComponent(name)}`,
    { ...ends(range), steps },
    contract.serviceAnswer,
    signal,
  );
}

export function fetchProblems(range: Range, service: string, signal?: AbortSignal): Promise<contract.ProblemsAnswer> {
  return getJson('/api/problems', { ...ends(range), service }, contract.problemsAnswer, signal);
}

export function resolveText(text: string, signal?: AbortSignal): Promise<contract.ResolveAnswer> {
  return getJson('/api/resolve', { text: text.slice(0, 4000) }, contract.resolveAnswer, signal);
}

export function fetchMetrics(
  range: Range,
  filter: { readonly search: string; readonly service: string; readonly limit: number },
  signal?: AbortSignal,
): Promise<contract.MetricsAnswer> {
  return getJson('/api/metrics', { ...ends(range), ...filter }, contract.metricsAnswer, signal);
}

/** How a query is evaluated over a range, or with step 0 at its end. */
export function fetchExplain(
  query: string,
  range: Range,
  stepMs: number,
  signal?: AbortSignal,
): Promise<contract.ExplainAnswer> {
  return getJson('/api/explain', { query, ...ends(range), step: stepMs }, contract.explainAnswer, signal);
}

export interface CardinalityFilter {
  readonly metric: string;
  readonly label: string;
  readonly service: string;
  readonly limit: number;
}

export function fetchCardinality(
  range: Range,
  filter: CardinalityFilter,
  signal?: AbortSignal,
): Promise<contract.CardinalityAnswer> {
  return getJson('/api/cardinality', { ...ends(range), ...filter }, contract.cardinalityAnswer, signal);
}

export function fetchServiceCost(toMs: number, signal?: AbortSignal): Promise<contract.ServiceCostAnswer> {
  return getJson('/api/cardinality/services', { to: Math.ceil(toMs) }, contract.serviceCostAnswer, signal);
}
