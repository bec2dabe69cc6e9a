/** Silences as Alertmanager's API has them, and what one would hold. */
import { type SilencePreview, silencePreview } from '@trilith/contract';
import * as v from 'valibot';
import { getJson, sendEmpty, sendJson } from './http.ts';

const matcher = v.object({
  name: v.string(),
  value: v.string(),
  isRegex: v.boolean(),
  isEqual: v.optional(v.boolean(), true),
});
export type SilenceMatcher = v.InferOutput<typeof matcher>;

const silence = v.object({
  id: v.string(),
  status: v.object({ state: v.picklist(['active', 'pending', 'expired']) }),
  matchers: v.array(matcher),
  startsAt: v.string(),
  endsAt: v.string(),
  updatedAt: v.string(),
  createdBy: v.string(),
  comment: v.string(),
});
export type Silence = v.InferOutput<typeof silence>;

const path = '/alertmanager/api/v2';

/** Active ones by their end, pending ones by their start, expired ones by the latest end. */
export function fetchSilences(signal?: AbortSignal): Promise<readonly Silence[]> {
  return getJson(`${path}/silences`, {}, v.array(silence), signal);
}

export function fetchSilence(id: string, signal?: AbortSignal): Promise<Silence> {
  return getJson(`${path}/silence/${encodeURIComponent(id)}`, {}, silence, signal);
}

/** What is asked of a silence; an id changes the one with it. */
export interface SilenceRequest {
  readonly id?: string;
  readonly matchers: readonly SilenceMatcher[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly createdBy: string;
  readonly comment: string;
}

/** Makes or changes a silence; its id, when it is on disk. */
export async function keepSilence(request: SilenceRequest): Promise<string> {
  return (await sendJson('POST', `${path}/silences`, {}, request, v.object({ silenceID: v.string() }))).silenceID;
}

/** Ends a silence now. */
export async function expireSilence(id: string): Promise<void> {
  await sendEmpty('DELETE', `${path}/silence/${encodeURIComponent(id)}`);
}

/** What a silence with these matchers would hold now, and would have held in the last week. */
export function fetchSilencePreview(matchers: readonly string[], signal?: AbortSignal): Promise<SilencePreview> {
  return getJson('/api/alerts/silences/preview', { filter: matchers }, silencePreview, signal);
}
