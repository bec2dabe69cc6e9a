import { randomUUID } from 'node:crypto';
import { type DeleteSeries, INTERNAL_PATHS, type SeriesDeleter } from '../api/prometheus/index.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { Ingest } from '../ingest/index.ts';
import type { DeletionRequest, Deletions, Store } from '../store/index.ts';
import type { Queries } from './queries.ts';
import type { QueryCall } from './query_messages.ts';

export interface SeriesDeletionParts {
  readonly deletions: Deletions;
  readonly queries: Pick<Queries, 'call' | 'invalidate'>;
  readonly ingest: Pick<Ingest, 'flush'>;
  /** Tells the decoder that rows of series may be gone. */
  readonly rowsDeleted: (tenant: string) => void;
  readonly nowMs: () => number;
}

/** Deleting series over all the places that know them: the log, the store, memory, the index, the decoder. */
export interface SeriesDeletion extends SeriesDeleter {
  /** Does what was asked for before a crash and not done. */
  resume(tenant: string): Promise<number>;
}

const NEVER = new AbortController().signal;

export function createSeriesDeletion(parts: SeriesDeletionParts): SeriesDeletion {
  const { deletions, queries, ingest, nowMs } = parts;
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: parts are rewritten by one deletion at a time. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn;
    return turn;
  };

  const perform = async (tenant: string, request: DeletionRequest): Promise<void> => {
    // What is acknowledged may still be on its way to the store.
    await ingest.flush();
    const ids = await select(tenant, request);
    if (ids.length > 0) {
      const { fromMs, toMs } = request;
      const gone = await deletions.run(tenant, { ids, fromMs, toMs });
      parts.rowsDeleted(tenant);
      queries.invalidate();
      await forget(tenant, gone);
    }
    await deletions.done(tenant, request);
  };

  const ask = async (call: Pick<QueryCall, 'method' | 'path' | 'query' | 'body' | 'tenant'>): Promise<Uint8Array> => {
    const answer = await queries.call({ headers: {}, ...call }, NEVER);
    if (answer === null || answer.status >= 300) throw new Error(`${call.path} answered ${answer?.status}`);
    return typeof answer.body === 'string' ? new TextEncoder().encode(answer.body) : answer.body;
  };

  const select = async (tenant: string, { selectors, fromMs, toMs }: DeleteSeries): Promise<BigUint64Array> => {
    const query = new URLSearchParams({ from: String(fromMs), to: String(toMs) });
    for (const text of selectors) query.append('match[]', text);
    const path = INTERNAL_PATHS.selectIds;
    const bytes = await ask({ method: 'GET', path, query: query.toString(), body: new Uint8Array(0), tenant });
    return new BigUint64Array(bytes.slice().buffer);
  };

  const forget = async (tenant: string, ids: BigUint64Array): Promise<void> => {
    const body = new Uint8Array(ids.slice().buffer);
    await ask({ method: 'POST', path: INTERNAL_PATHS.forgetIds, query: '', body, tenant });
  };

  return {
    delete: (tenant, { selectors, fromMs, toMs }) =>
      inTurn(async () => {
        // Samples still to come are not meant, whatever end was given.
        const request = { id: randomUUID(), selectors, fromMs, toMs: Math.min(toMs, nowMs()) };
        await deletions.request(tenant, request);
        await perform(tenant, request);
      }),
    clean: (tenant) => inTurn(() => deletions.clean(tenant)),
    async resume(tenant) {
      const pending = await deletions.pending(tenant);
      for (const request of pending) await inTurn(() => perform(tenant, request));
      return pending.length;
    },
  };
}

/** Does in the background what was asked for before the last stop and not done, for every tenant. */
export function resumeDeletions(store: Store, deletion: SeriesDeletion, log: Logger): void {
  const all = async (): Promise<void> => {
    for (const tenant of await store.tenants()) {
      const count = await deletion.resume(tenant);
      if (count > 0) log.info('deletions of series were finished that a stop had interrupted', { tenant, count });
    }
  };
  all().catch((error: unknown) => log.error('an interrupted deletion of series could not be finished', { error }));
}
