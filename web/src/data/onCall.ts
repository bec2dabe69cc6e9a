/** Our own API of on-call: schedules, overrides, and what people did about groups of alerts. */
import * as contract from '@trilith/contract';
import type { Range } from '../time/range.ts';
import { ends } from '../time/range.ts';
import { getJson, sendJson } from './http.ts';

export function fetchOnCall(signal?: AbortSignal): Promise<contract.OnCallAnswer> {
  return getJson('/api/on-call', {}, contract.onCallAnswer, signal);
}

/** Shifts of a schedule that cover a range. */
export function fetchShifts(schedule: string, range: Range, signal?: AbortSignal): Promise<contract.ShiftsAnswer> {
  return getJson('/api/on-call/shifts', { schedule, ...ends(range) }, contract.shiftsAnswer, signal);
}

/** Overrides that have not ended. */
export async function fetchOverrides(signal?: AbortSignal): Promise<readonly contract.OnCallOverride[]> {
  return (await getJson('/api/on-call/overrides', {}, contract.overridesAnswer, signal)).overrides;
}

export function addOverride(override: contract.OverrideRequest): Promise<contract.OnCallOverride> {
  return sendJson('POST', '/api/on-call/overrides', {}, override, contract.onCallOverride);
}

export async function removeOverride(id: string): Promise<void> {
  await sendJson('DELETE', '/api/on-call/overrides', { id }, undefined, contract.overridesAnswer);
}

/** What people did about groups of alerts, and the escalations that run. */
export function fetchResponses(signal?: AbortSignal): Promise<contract.ResponsesAnswer> {
  return getJson('/api/alerts/responses', {}, contract.responsesAnswer, signal);
}

/** Acknowledges, assigns or comments a group of alerts; answers with the group's response as it is kept. */
export function sendResponse(response: contract.ResponseRequest): Promise<contract.GroupResponse> {
  return sendJson('POST', '/api/alerts/responses', {}, response, contract.groupResponse);
}
