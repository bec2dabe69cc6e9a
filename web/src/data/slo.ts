/** Our own API of objectives: budgets, and the time that is taken out of them. */
import * as contract from '@trilith/contract';
import { ends, type Range } from '../time/range.ts';
import { getJson, sendJson } from './http.ts';

const pathOf = (name: string): string => `/api/slo/${encodeURIComponent(name)}`;

export function fetchObjectives(signal?: AbortSignal): Promise<contract.SloList> {
  return getJson('/api/slo', {}, contract.sloList, signal);
}

export function fetchObjective(name: string, signal?: AbortSignal): Promise<contract.SloDetail> {
  return getJson(pathOf(name), {}, contract.sloDetail, signal);
}

/** Where the facts of a range are downloaded. */
export function factsPath(name: string, range: Range, format: 'csv' | 'json'): string {
  const { from, to } = ends(range);
  return `${pathOf(name)}/facts?from=${from}&to=${to}&format=${format}`;
}

/** What would be left with a stretch excluded, or with an exclusion (its id) taken back. */
export function fetchPreview(
  name: string,
  change: Range | { readonly without: string },
  signal?: AbortSignal,
): Promise<contract.SloPreview> {
  const params = 'without' in change ? change : ends(change);
  return getJson(`${pathOf(name)}/preview`, params, contract.sloPreview, signal);
}

/** Answers with the objective as it is then. */
export function addExclusion(name: string, exclusion: contract.NewSloExclusion): Promise<contract.SloDetail> {
  return sendJson('POST', `${pathOf(name)}/exclusions`, {}, exclusion, contract.sloDetail);
}

/** Answers with the objective as it is then. */
export function removeExclusion(name: string, id: string): Promise<contract.SloDetail> {
  return sendJson('DELETE', `${pathOf(name)}/exclusions`, { id }, undefined, contract.sloDetail);
}
