import type { Watch } from '../head/changes.ts';
import type { QueryRequest, QueryResult } from './engine.ts';
import { PromqlError } from './promql_error.ts';

interface Running {
  readonly promise: Promise<QueryResult>;
  readonly watch: Watch;
  readonly cancel: AbortController;
  waiting: number;
}

/**
 * Lets identical queries share one evaluation: one that is under way and has seen everything the next asker has to see.
 * Who leaves does not take the others along; when all have left, the evaluation ends. The second argument of the result
 * watches for samples the query might have to see; where nobody would tell, nothing is shared.
 */
export function createSharing(
  evaluate: (request: QueryRequest) => Promise<QueryResult>,
): (request: QueryRequest, watch: () => Watch | undefined) => Promise<QueryResult> {
  const running = new Map<string, Running>();
  return (request, watch) => {
    const { query, startMs, endMs, stepMs, lookbackMs, timeoutMs } = request;
    const key = JSON.stringify([query, startMs, endMs, stepMs, lookbackMs, timeoutMs]);
    let shared = running.get(key);
    if (shared === undefined || shared.watch.changedMs < Number.POSITIVE_INFINITY || shared.cancel.signal.aborted) {
      const begun = watch();
      if (begun === undefined) return evaluate(request);
      const cancel = new AbortController();
      const started: Running = {
        watch: begun,
        cancel,
        waiting: 0,
        promise: evaluate({ ...request, signal: cancel.signal }).finally(() => {
          begun.release();
          if (running.get(key) === started) running.delete(key);
        }),
      };
      running.set(key, started);
      shared = started;
    }
    return join(shared, request.signal);
  };
}

function join(shared: Running, signal: AbortSignal | undefined): Promise<QueryResult> {
  shared.waiting++;
  if (signal === undefined) return shared.promise;
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      if (--shared.waiting > 0) {
        reject(new PromqlError('canceled', 'query was canceled', { cause: signal.reason }));
        return;
      }
      // The last one to leave ends the evaluation and hears what it says.
      shared.cancel.abort(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    shared.promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
