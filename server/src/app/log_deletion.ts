import { randomUUID } from 'node:crypto';
import { DELETION_PATHS, decodePlan, type LogDeleter } from '../api/loki/index.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { Ingest } from '../ingest/index.ts';
import { LogqlError } from '../query/index.ts';
import { LOG_DELETION_STAGES, type LogDeletionRequest, type LogDeletions, type Store } from '../store/index.ts';
import type { Queries } from './queries.ts';
import type { QueryCall } from './query_messages.ts';

export interface LogDeletionParts {
  readonly deletions: LogDeletions;
  readonly queries: Pick<Queries, 'call' | 'invalidate'>;
  readonly ingest: Pick<Ingest, 'flush' | 'purge'>;
  /** Tells the decoder that rows of streams may be gone. */
  readonly rowsDeleted: (tenant: string) => void;
  readonly log: Logger;
}

/** Deleting log records over all the places that know them: the log, the store, the index, the decoder. */
export interface LogDeletion extends LogDeleter {
  /** Does what was asked for before a stop and not done. */
  resume(tenants: readonly string[]): Promise<void>;
}

const NEVER = new AbortController().signal;

export function createLogDeletion({ deletions, queries, ingest, rowsDeleted, log }: LogDeletionParts): LogDeletion {
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: parts are rewritten by one deletion at a time. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn;
    return turn;
  };

  const ask = async (call: Pick<QueryCall, 'method' | 'path' | 'query' | 'body' | 'tenant'>): Promise<string> => {
    const answer = await queries.call({ headers: {}, ...call }, NEVER);
    const text = answer === null ? '' : new TextDecoder().decode(Buffer.from(answer.body));
    if (answer?.status === 400) throw new LogqlError('limit', text);
    if (answer === null || answer.status >= 300) throw new Error(text || `${call.path} answered ${answer?.status}`);
    return text;
  };

  const hide = async (tenant: string, id: string, request: LogDeletionRequest): Promise<void> => {
    // What is acknowledged may still be on its way to the store.
    await ingest.flush();
    const { query, startNs, endNs } = request;
    const parameters = new URLSearchParams({ query, start: startNs, end: endNs }).toString();
    const body = new Uint8Array(0);
    const plan = decodePlan(await ask({ method: 'GET', path: DELETION_PATHS.plan, query: parameters, body, tenant }));
    await deletions.hide(tenant, BigInt(startNs), BigInt(endNs), plan.records);
    const gone = await deletions.forgetStreams(tenant, plan.streams);
    if (gone.length > 0) {
      rowsDeleted(tenant);
      const ids = new Uint8Array(BigUint64Array.from(gone).buffer);
      await ask({ method: 'POST', path: DELETION_PATHS.forgetStreams, query: '', body: ids, tenant });
    }
    queries.invalidate();
    await deletions.note(tenant, id, request, 'hidden');
  };

  const remove = async (tenant: string, id: string, request: LogDeletionRequest): Promise<void> => {
    await deletions.clean(tenant);
    await ingest.purge();
    await deletions.note(tenant, id, request, 'done');
    log.info('log records were deleted', { tenant, id });
  };

  const removeLater = (tenant: string, id: string, request: LogDeletionRequest): void => {
    inTurn(() => remove(tenant, id, request)).catch((error: unknown) =>
      log.error('deleted log records are hidden but still on disk; it is tried again at the next start', { id, error }),
    );
  };

  return {
    async delete(tenant, request) {
      const id = randomUUID().slice(0, 8);
      await deletions.note(tenant, id, request, 'asked');
      try {
        await inTurn(() => hide(tenant, id, request));
      } catch (error) {
        if (error instanceof LogqlError) await deletions.note(tenant, id, request, 'refused');
        throw error;
      }
      removeLater(tenant, id, request);
      return id;
    },
    async list(tenant) {
      const all = await deletions.all(tenant);
      const taken = all.filter(({ version }) => version !== LOG_DELETION_STAGES.refused);
      return taken.map(({ id, body, version, createdMs }) => ({
        ...body,
        id,
        createdMs,
        done: version >= LOG_DELETION_STAGES.done,
      }));
    },
    async resume(tenants) {
      for (const tenant of tenants) {
        for (const { id, body, version } of await deletions.all(tenant)) {
          if (version >= LOG_DELETION_STAGES.done) continue;
          if (version < LOG_DELETION_STAGES.hidden) await inTurn(() => hide(tenant, id, body));
          await inTurn(() => remove(tenant, id, body));
        }
      }
    },
  };
}

/** Log deletion over a store, and in the background what an earlier stop interrupted. */
export function openLogDeletion(store: Store, parts: Omit<LogDeletionParts, 'deletions'>): LogDeletion {
  const deletion = createLogDeletion({ ...parts, deletions: store.logDeletions });
  const resume = async (): Promise<void> => deletion.resume(await store.tenants());
  resume().catch((error: unknown) =>
    parts.log.error('an interrupted deletion of log records could not be finished', { error }),
  );
  return deletion;
}
