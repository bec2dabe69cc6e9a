import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import type { TenantMetrics } from '../../query/index.ts';
import { integer, selector } from './parameters.ts';

/**
 * The ids of the series that `match[]` selects in a range, as little-endian 64-bit numbers: for the thread that deletes
 * them.
 */
export async function selectIds({ query }: HttpRequest, metrics: TenantMetrics): Promise<HttpResponse> {
  const range = { fromMs: integer(query.get('from') ?? '') ?? 0, toMs: integer(query.get('to') ?? '') ?? 0 };
  const selectors = query.getAll('match[]').map((text) => selector(text));
  const ids = await metrics.withIndex((index) => {
    const references = new Set(selectors.flatMap((matchers) => [...index.select(matchers, range)]));
    return BigUint64Array.from(references, (reference) => index.id(reference)).sort();
  });
  return { status: 200, body: new Uint8Array(ids.buffer) };
}

/** Series that have nothing left: they are in no selection until they are written again. */
export async function forgetIds({ body }: HttpRequest, metrics: TenantMetrics): Promise<HttpResponse> {
  const words = new Uint32Array(body.slice().buffer);
  await metrics.withIndex((index) => {
    for (let i = 0; i < words.length; i += 2) {
      const reference = index.find(words[i + 1] as number, words[i] as number);
      if (reference >= 0) index.forget(reference);
    }
  });
  return { status: 204 };
}
