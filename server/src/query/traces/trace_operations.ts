import { readTraceOperations, type TraceOperation } from '../../store/index.ts';
import type { TraceStore } from './trace.ts';
import { rangeOfTraces } from './trace_range.ts';
import { operationKey } from './usual.ts';

/** Distinct operations of one trace at most. */
const MOST_OPERATIONS = 10_000;

/** What a trace does, the operations with the most time first; none when nothing has the id. Throws StoreError. */
export async function operationsOfTrace(
  store: TraceStore,
  traceId: string,
  signal?: AbortSignal,
): Promise<readonly TraceOperation[]> {
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const operations = new Map<string, TraceOperation>();
  const add = (one: TraceOperation): void => {
    const key = operationKey(one);
    const known = operations.get(key);
    operations.set(key, {
      ...one,
      totalNs: one.totalNs + (known?.totalNs ?? 0),
      firstNs: known !== undefined && known.firstNs < one.firstNs ? known.firstNs : one.firstNs,
    });
  };
  // Memory first: what it lets go of meanwhile is in the store.
  const isWhole = store.recent?.shapes(traceId, ({ service, name, kind, durationNs, startNs }) =>
    add({ service, operation: name, kind, totalNs: Number(durationNs), firstNs: startNs }),
  );
  if (isWhole !== true) {
    const range = await rangeOfTraces(store, [traceId], options);
    const stored = await readTraceOperations(store.reader, { traceId, range, limit: MOST_OPERATIONS }, options);
    for (const one of stored) add(one);
  }
  return [...operations.values()].sort((a, b) => b.totalNs - a.totalNs);
}
