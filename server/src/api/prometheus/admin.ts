import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { BadRequest } from './errors.ts';
import { EARLIEST_MS, LATEST_MS, optionalTime, selector } from './parameters.ts';

/** What a deletion of series takes: all that the selectors choose between two times, ms since the epoch, ends included. */
export interface DeleteSeries {
  readonly selectors: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** Takes data away; rejects with StoreError. Undefined while the store is not ready. */
export interface SeriesDeleter {
  /** Resolves when no query sees the data any more, and a crash cannot bring it back. */
  delete(tenant: string, request: DeleteSeries): Promise<void>;
  /** Resolves when what was deleted is off the disk. */
  clean(tenant: string): Promise<void>;
}

/** `/admin/tsdb/delete_series`: 204 when the data is gone for every query. Throws BadRequest. */
export async function deleteSeries({ query, tenant }: HttpRequest, deleter: SeriesDeleter): Promise<HttpResponse> {
  const selectors = query.getAll('match[]');
  if (selectors.length === 0) throw new BadRequest('no match[] parameter provided');
  const fromMs = optionalTime(query, 'start', EARLIEST_MS);
  const toMs = optionalTime(query, 'end', LATEST_MS);
  const bad = (message: string, cause?: unknown): BadRequest =>
    new BadRequest(`invalid parameter "match[]": ${message}`, { cause });
  for (const text of selectors) selector(text, bad);
  if (toMs >= fromMs) await deleter.delete(tenant, { selectors, fromMs, toMs });
  return { status: 204 };
}

/** `/admin/tsdb/clean_tombstones`: 204 when what was deleted is off the disk. */
export async function cleanTombstones({ tenant }: HttpRequest, deleter: SeriesDeleter): Promise<HttpResponse> {
  await deleter.clean(tenant);
  return { status: 204 };
}

/** `/admin/tsdb/snapshot`: there are no blocks to link into a directory; what there is instead is named. */
export const snapshot = (): HttpResponse =>
  jsonResponse(422, {
    status: 'error',
    errorType: 'execution',
    error:
      'snapshots of TSDB blocks are not supported: data is not kept in blocks. POST /api/admin/backup?to=DIR writes a backup of everything, `trilith restore` reads it',
  });
