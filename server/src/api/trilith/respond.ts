import { randomUUID } from 'node:crypto';
import type { AnswerNotes, ApiError } from '@trilith/contract';
import { LogqlParseError } from '@trilith/lang/logql';
import { PromqlParseError } from '@trilith/lang/promql';
import { TraceqlError } from '@trilith/lang/traceql';
import { type HttpHandler, type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { LogqlError, PromqlError, TraceqlEvaluationError } from '../../query/index.ts';
import { StateUnavailable } from '../../state/index.ts';
import { type NsRange, StoreError } from '../../store/index.ts';

/** A request our own API refuses; `code` is stable, `position` points into the query text. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

/** What a query has read so far; filled by the reader the engines share (see `accounting.ts`). */
export interface Cost {
  rows: number;
  bytes: number;
}

const MAX_RANGE_MS = 400 * 86_400_000;

/** A range of two parameters of a request, ms since the epoch. Throws RequestError. */
export function timeRange(
  request: HttpRequest,
  from = 'from',
  to = 'to',
): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = wholeNumber(request, from);
  const toMs = wholeNumber(request, to);
  if (fromMs >= toMs) throw new RequestError(400, 'bad_request', `${from} must be before ${to}`);
  if (toMs - fromMs > MAX_RANGE_MS) throw new RequestError(400, 'bad_request', 'the range is longer than 400 days');
  return { fromMs, toMs };
}

/** A range in ns. */
export function nsRange({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): NsRange {
  return { startNs: BigInt(fromMs) * 1_000_000n, endNs: BigInt(toMs) * 1_000_000n };
}

/** A whole number of the query string, zero or more. Throws RequestError when it is missing without a default, or malformed. */
export function wholeNumber(request: HttpRequest, name: string, fallback?: number): number {
  const text = request.query.get(name);
  if (text === null || text === '') {
    if (fallback !== undefined) return fallback;
    throw new RequestError(400, 'bad_request', `the parameter ${name} is missing`);
  }
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RequestError(
      400,
      'bad_request',
      `${name} must be a whole number, not ${JSON.stringify(text.slice(0, 40))}`,
    );
  return value;
}

/** A parameter that must be there. Throws RequestError. */
export function required(request: HttpRequest, name: string): string {
  const text = request.query.get(name);
  if (text === null || text === '') throw new RequestError(400, 'bad_request', `the parameter ${name} is missing`);
  return text;
}

/** Runs a handler: what it returns is the body, what it throws becomes our API's error. */
export function answering(
  run: (request: HttpRequest, notes: () => AnswerNotes) => Promise<object>,
  costOf: <T>(run: (cost: Cost) => T) => T,
): HttpHandler {
  return (request) =>
    costOf(async (cost) => {
      const started = performance.now();
      const notes = (): AnswerNotes => ({
        partial: false,
        warnings: [],
        elapsedMs: Math.round((performance.now() - started) * 100) / 100,
        scannedRows: cost.rows,
        scannedBytes: cost.bytes,
      });
      try {
        return jsonResponse(200, await run(request, notes));
      } catch (error) {
        return errorAnswer(error, request.headers['x-request-id'] ?? randomUUID());
      }
    });
}

const PROMQL_ANSWERS: Readonly<Record<PromqlError['kind'], readonly [status: number, code: string]>> = {
  bad_data: [400, 'bad_query'],
  execution: [422, 'query_failed'],
  timeout: [422, 'query_limit'],
  canceled: [499, 'cancelled'],
  unavailable: [503, 'store_down'],
};

/** What our API says of a failure. */
interface DescribedFailure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly position?: ApiError['error']['position'];
  readonly setting?: string | null;
}

/** The status, code and words for what queries throw; undefined for what they do not. */
export function describeFailure(error: unknown): DescribedFailure | undefined {
  if (error instanceof RequestError) return { status: error.status, code: error.code, message: error.message };
  if (
    error instanceof LogqlParseError ||
    error instanceof LogqlError ||
    error instanceof TraceqlError ||
    error instanceof TraceqlEvaluationError
  )
    return { status: 400, code: 'bad_query', message: error.message, position: spanOf(error) };
  if (error instanceof PromqlParseError) {
    const at = error.diagnostics[0]?.range;
    const position = at === undefined ? null : { start: at.start, end: at.end };
    return { status: 400, code: 'bad_query', message: error.message, position };
  }
  if (error instanceof PromqlError) {
    // The evaluator's words name the bound that stopped a query.
    const setting = /\blimits\.[a-z_]+/.exec(error.message)?.[0] ?? null;
    const [status, code] = PROMQL_ANSWERS[error.kind];
    return { status, code, message: error.message, setting };
  }
  if (error instanceof StateUnavailable) return { status: 503, code: 'unavailable', message: error.message };
  return error instanceof StoreError ? describeStoreError(error) : undefined;
}

function describeStoreError({ kind, message }: StoreError): DescribedFailure | undefined {
  if (kind === 'unavailable')
    return { status: 503, code: 'store_down', message: 'the store is not available, try again' };
  if (kind === 'cancelled') return { status: 499, code: 'cancelled', message: 'the query was cancelled' };
  if (kind !== 'limit') return undefined;
  return {
    status: 422,
    code: 'query_limit',
    message: `the query was stopped at a limit: ${message}`,
    setting: 'limits.query_seconds',
  };
}

function errorAnswer(error: unknown, requestId: string): HttpResponse {
  const described = describeFailure(error);
  if (described === undefined) throw error;
  const { status, code, message, position = null, setting = null } = described;
  return jsonResponse(status, { error: { code, message, setting, requestId, position } } satisfies ApiError);
}

function spanOf(error: object): ApiError['error']['position'] {
  const { span = error } = error as { span?: object };
  const { start, end } = span as { start?: unknown; end?: unknown };
  return typeof start === 'number' && typeof end === 'number' ? { start, end } : null;
}
