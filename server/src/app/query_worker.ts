import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Route } from '../base/http.ts';
import { createRouter } from '../base/router.ts';
import { type Answer, serveCalls } from '../base/worker_calls.ts';
import { type Connection, connectReader } from '../store/index.ts';
import type { QueryAnswer, QueryCall, QueryWorkerData } from './query_messages.ts';

/** A query worker: the query APIs over one read-only client. Requests run concurrently, CPU work yields between slices. */
const { connection } = workerData as QueryWorkerData;
const reader = connectReader(connection as Connection);
const routes: readonly Route[] = [];
const router = createRouter(routes);

async function answer(call: QueryCall, signal: AbortSignal): Promise<Answer<QueryAnswer>> {
  const match = router.match(call.method, call.path);
  if (match === null) return { value: null, transfer: [] };
  const response = await match.route.handler({
    ...call,
    query: new URLSearchParams(call.query),
    params: match.params,
    signal,
  });
  const body = typeof response.body === 'object' ? ownBytes(response.body) : (response.body ?? '');
  return {
    value: { status: response.status, headers: response.headers ?? {}, body },
    transfer: typeof body === 'object' ? [body.buffer] : [],
  };
}

/** Bytes in a buffer of their own, so that transferring them takes nothing else along. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole =
    bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer;
  return whole ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

serveCalls<QueryCall, QueryAnswer, never>(parentPort as MessagePort, answer, () => undefined);
