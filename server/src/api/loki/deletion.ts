import { parse } from '@trilith/lang/logql';
import { type HttpRequest, type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';
import { type LogDeletionPlan, type LogqlEngine, planLogDeletion } from '../../query/index.ts';
import type { LogDeletionRequest } from '../../store/index.ts';
import { errorResponse, text } from './errors.ts';
import { ParameterError, parseStep, parseTime } from './parameters.ts';
import { logExpr } from './volume.ts';

/** A deletion as a list shows it. */
export interface KnownDeletion extends LogDeletionRequest {
  readonly id: string;
  readonly createdMs: number;
  /** Whether its records are off the disk. */
  readonly done: boolean;
}

/** Deletes log records; rejects with LogqlError and StoreError. */
export interface LogDeleter {
  /** Resolves with the request's id when no query sees the records any more; then they are taken off the disk. */
  delete(tenant: string, request: LogDeletionRequest): Promise<string>;
  list(tenant: string): Promise<readonly KnownDeletion[]>;
}

/** What the thread that deletes asks of the one that reads data; not reachable from outside. */
export const DELETION_PATHS = {
  plan: '/internal/loki/plan_deletion',
  forgetStreams: '/internal/loki/forget_streams',
} as const;

const MILLION = 1_000_000n;
const PATH = '/loki/api/v1/delete';

/** Loki's API of deletions (pkg/compactor/deletion/request_handler.go); there is nothing to cancel, as they begin at once. */
export function lokiDeletionRoutes(deleter: () => LogDeleter | undefined, nowMs: () => number = Date.now): Route[] {
  const route = (
    method: Route['method'],
    run: (request: HttpRequest, deleter: LogDeleter) => Promise<HttpResponse>,
  ): Route => ({
    method,
    path: PATH,
    handler: async (request) => {
      const opened = deleter();
      if (opened === undefined) return text(503, 'the store is starting', { 'retry-after': '1' });
      try {
        return await run(request, opened);
      } catch (error) {
        return errorResponse(error);
      }
    },
  });
  const request = async ({ query, tenant }: HttpRequest, opened: LogDeleter): Promise<HttpResponse> => {
    const id = await opened.delete(tenant, deletionRequest(query, nowMs()));
    return { status: 204, headers: { 'x-delete-request-id': id } };
  };
  return [
    route('POST', request),
    route('PUT', request),
    route('GET', async ({ query, tenant }, opened) => jsonResponse(200, listed(await opened.list(tenant), query))),
    route('DELETE', async ({ query, tenant }, opened) => {
      const known = (await opened.list(tenant)).some(({ id }) => id === query.get('request_id'));
      return known
        ? text(400, 'deletion of request which is in process or already processed is not allowed')
        : text(404, 'could not find delete request with given id');
    }),
  ];
}

function deletionRequest(parameters: URLSearchParams, nowMs: number): LogDeletionRequest {
  const query = parameters.get('query') ?? '';
  if (query === '') throw new ParameterError('query not set');
  if (parse(query).kind !== 'log') throw new ParameterError('unsupported query, only log queries can be deleted by');
  const start = parameters.get('start') ?? '';
  if (start === '') throw new ParameterError('start time not set');
  const nowNs = BigInt(nowMs) * MILLION;
  const end = parameters.get('end') ?? '';
  const startNs = parseTime(start);
  const endNs = end === '' ? nowNs : parseTime(end);
  if (endNs > nowNs + 1_000n * MILLION) throw new ParameterError('deletes in the future are not allowed');
  if (startNs >= endNs) throw new ParameterError("start time can't be greater than or equal to end time");
  const interval = parameters.get('max_interval') ?? '';
  // Requests are not split, so the interval has nothing to say, but a wrong one is a wrong request.
  if (interval !== '') parseStep('max_interval', interval);
  return { query, startNs: String(startNs), endNs: String(endNs) };
}

/** Times are whole seconds: logcli reads them as integers. */
function listed(all: readonly KnownDeletion[], parameters: URLSearchParams): unknown[] {
  const [start, end] = [parameters.get('start') ?? '', parameters.get('end') ?? ''];
  const bounds = start === '' || end === '' ? undefined : { from: parseTime(start), to: parseTime(end) };
  return all
    .filter(
      ({ startNs, endNs }) => bounds === undefined || (BigInt(startNs) <= bounds.to && BigInt(endNs) >= bounds.from),
    )
    .map(({ id, query, startNs, endNs, createdMs, done }) => ({
      request_id: id,
      start_time: Number(BigInt(startNs) / 1000n / MILLION),
      end_time: Number(BigInt(endNs) / 1000n / MILLION),
      query,
      status: done ? 'processed' : 'received',
      created_at: Math.floor(createdMs / 1000),
    }));
}

/** A plan as it crosses threads: 64-bit numbers are text with an `n` behind them. */
function encodePlan(plan: LogDeletionPlan): string {
  return JSON.stringify(plan, (_, value: unknown) => {
    if (typeof value === 'bigint') return { $: String(value) };
    return value instanceof BigUint64Array ? { $keys: Array.from(value, String) } : value;
  });
}

/** The other way of `encodePlan`. */
export function decodePlan(textOfPlan: string): LogDeletionPlan {
  return JSON.parse(textOfPlan, (_, value: { readonly $?: string; readonly $keys?: readonly string[] } | null) => {
    if (typeof value?.$ === 'string') return BigInt(value.$);
    return value?.$keys === undefined ? value : BigUint64Array.from(value.$keys, BigInt);
  });
}

/** The read side of a deletion: which records a request means. */
export async function planDeletion(engine: LogqlEngine, { query, signal }: HttpRequest): Promise<HttpResponse> {
  const plan = await planLogDeletion(engine, {
    log: logExpr(query.get('query') ?? ''),
    startNs: BigInt(query.get('start') ?? ''),
    endNs: BigInt(query.get('end') ?? ''),
    signal,
  });
  return { status: 200, body: encodePlan(plan) };
}

/** Streams that have nothing left: they are in no selection until they are written again. */
export async function forgetStreams(engine: LogqlEngine, { body }: HttpRequest): Promise<HttpResponse> {
  engine.index.forget([...new BigUint64Array(body.slice().buffer)]);
  return { status: 204 };
}
