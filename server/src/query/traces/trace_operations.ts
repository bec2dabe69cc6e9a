import { readTraceOperations, SpanShapes, type TraceOperation, textAt } from '../../store/index.ts';
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
  const shapes = new SpanShapes();
  const isWhole = store.recent?.addShapes(shapes, traceId);
  for (const one of operationsOfShapes(shapes)) add(one);
  if (isWhole !== true) {
    const range = await rangeOfTraces(store, [traceId], options);
    const stored = await readTraceOperations(store.reader, { traceId, range, limit: MOST_OPERATIONS }, options);
    for (const one of stored) add(one);
  }
  return [...operations.values()].sort((a, b) => b.totalNs - a.totalNs);
}

/** What the spans of shapes do, each operation once. */
function operationsOfShapes({ rows, name, service, kind, duration, start, baseNs }: SpanShapes): TraceOperation[] {
  const sums = new Map<number, { readonly row: number; total: number; first: number }>();
  for (let row = 0; row < rows; row++) {
    const named = (service.codes[row] ?? 0) * name.known.texts.length + (name.codes[row] ?? 0);
    const key = named * kind.known.texts.length + (kind.codes[row] ?? 0);
    const from = start[row] ?? 0;
    let sum = sums.get(key);
    if (sum === undefined) {
      sum = { row, total: 0, first: from };
      sums.set(key, sum);
    }
    sum.total += duration[row] ?? 0;
    sum.first = Math.min(sum.first, from);
  }
  return Array.from(sums.values(), ({ row, total, first }) => ({
    service: textAt(service, row),
    operation: textAt(name, row),
    kind: textAt(kind, row),
    totalNs: total,
    firstNs: baseNs + BigInt(first),
  }));
}
