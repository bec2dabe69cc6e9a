import type { LogExpr } from '@trilith/lang/logql';
import { xxhash64 } from '../../base/xxhash64.ts';
import { type LogPredicate, type LogRecords, readLogs, recordKeyText } from '../../store/index.ts';
import type { LogqlEngine } from '../logql/engine.ts';
import { compilePipeline } from '../logql/pipeline.ts';
import { planStages } from '../logql/push_filters.ts';
import { planSelector } from '../logql/push_matchers.ts';
import { LogqlError } from '../logql/query_error.ts';
import { batchOf, millisecondsOf } from '../logql/store_source.ts';

export interface LogDeletionPlan {
  readonly records: LogRecords;
  /** Streams that can have such records. */
  readonly streams: readonly bigint[];
}

/** Records named one by one: more are asked for in smaller stretches of time. */
const MOST_KEYS = 1_000_000;
/** As many streams are named in the statement; of more the selector's own predicate has to do. */
const MOST_STREAMS = 20_000;

/**
 * How a log query's records are named to the store: by a predicate where it can decide all of the query, else by the keys of
 * the records that come through the pipeline. Throws LogqlError, StoreError.
 */
export async function planLogDeletion(
  engine: LogqlEngine,
  query: { readonly log: LogExpr; readonly startNs: bigint; readonly endNs: bigint; readonly signal: AbortSignal },
): Promise<LogDeletionPlan> {
  await engine.index.refresh();
  const { log, startNs, endNs } = query;
  const range = millisecondsOf(startNs, endNs);
  const selector = planSelector(log.matchers, engine.index, range);
  const stages = planStages(log.stages, engine.index, range);
  const streams = Array.from(selector.streams, (reference) => engine.index.id(reference));
  // A stream that is indexed only later was not asked about: none of its records may go.
  const named: LogPredicate[] = streams.length <= MOST_STREAMS ? [{ kind: 'streams', ids: streams }] : [];
  const predicate: LogPredicate = { kind: 'and', parts: [selector.predicate, ...named, ...stages.predicate] };
  if (selector.exact && stages.exact) return { records: { kind: 'predicate', predicate }, streams };
  const keys = await keysOf(engine, query, predicate, new Set(streams));
  return { records: { kind: 'keys', keys }, streams };
}

/** @param allowed the streams whose records count */
async function keysOf(
  engine: LogqlEngine,
  { log, startNs, endNs, signal }: Parameters<typeof planLogDeletion>[1],
  predicate: LogPredicate,
  allowed: ReadonlySet<bigint>,
): Promise<BigUint64Array> {
  const pipeline = compilePipeline(log.stages);
  const request = { startNs, endNs, predicate, direction: 'forward', withResource: true } as const;
  const keys: bigint[] = [];
  for await (const block of readLogs(engine.reader, request, { database: engine.database, signal })) {
    const batch = batchOf(block, engine.index, allowed);
    for (let i = 0; i < batch.rows; i++) {
      const timeNs = batch.times[i] ?? 0n;
      const streamId = batch.streamId(i);
      const line = batch.line(i);
      if (pipeline.run(batch.stream(i), batch.metadata(i), line, timeNs, batch.virtual(i)) === undefined) continue;
      keys.push(xxhash64(Buffer.from(recordKeyText(timeNs, streamId, line))));
      if (keys.length > MOST_KEYS)
        throw new LogqlError(
          'limit',
          `more than ${MOST_KEYS} records in one request: delete shorter stretches of time`,
        );
    }
  }
  return BigUint64Array.from(keys);
}
