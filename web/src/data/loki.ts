import * as v from 'valibot';
import type { Range } from '../time/range.ts';
import { getJson } from './http.ts';

const valuesAnswer = v.object({ data: v.optional(v.array(v.string()), []) });

function nsParams(range: Range): { readonly start: string; readonly end: string } {
  return { start: `${Math.floor(range.fromMs)}000000`, end: `${Math.ceil(range.toMs)}000000` };
}

export async function labelNames(range: Range, signal?: AbortSignal): Promise<readonly string[]> {
  return (await getJson('/loki/api/v1/labels', nsParams(range), valuesAnswer, signal)).data;
}

export async function labelValues(name: string, range: Range, signal?: AbortSignal): Promise<readonly string[]> {
  return (await getJson(`/loki/api/v1/label/${encodeURIComponent(name)}/values`, nsParams(range), valuesAnswer, signal))
    .data;
}
