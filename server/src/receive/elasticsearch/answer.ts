import { type HttpResponse, jsonResponse } from '../../base/http.ts';
import type { Outcome } from '../../model/ingest.ts';
import type { BulkReport } from './report.ts';
import { itemBody } from './report.ts';

/** Official clients take no answer without it for one of Elasticsearch. */
const PRODUCT: Readonly<Record<string, string>> = { 'x-elastic-product': 'Elasticsearch' };

/** A JSON answer that official clients accept. */
export function elasticResponse(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return jsonResponse(status, value, { ...PRODUCT, ...headers });
}

/** An error of the whole request. */
export function elasticError(status: number, type: string, reason: string, retryAfterSeconds?: number): HttpResponse {
  const retry: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) };
  return elasticResponse(status, { error: { root_cause: [{ type, reason }], type, reason }, status }, retry);
}

/** The answer to a bulk request: 200 and a status for each item, or the reason nothing of it was stored. */
export function bulkAnswer(outcome: Outcome, milliseconds: number): HttpResponse {
  if (outcome.kind !== 'stored') return refused(outcome);
  const { errors, items } = outcome.report as BulkReport;
  return {
    status: 200,
    headers: { ...PRODUCT, 'content-type': 'application/json' },
    body: `{"took":${Math.round(milliseconds)},"errors":${errors},"items":${items}}`,
  };
}

/** The answer to a single document: its item's own status. */
export function documentAnswer(outcome: Outcome): HttpResponse {
  if (outcome.kind !== 'stored') return refused(outcome);
  const { first } = outcome.report as BulkReport;
  if (first === undefined) return elasticError(400, 'parse_exception', 'request body is required');
  const { status, error } = first;
  if (error !== undefined) return elasticError(status, error.type, error.reason);
  const { status: _, ...body } = itemBody(first) as { readonly status: number };
  return elasticResponse(201, body);
}

/** Elasticsearch's clients send 429 and 5xx again, and drop what any other status refuses. */
function refused(outcome: Exclude<Outcome, { kind: 'stored' }>): HttpResponse {
  const { kind, message } = outcome;
  switch (kind) {
    case 'undecodable':
    case 'unsupported':
      return elasticError(400, 'illegal_argument_exception', message);
    case 'too-large':
      return elasticError(413, 'content_too_long_exception', message);
    case 'over-quota':
      return elasticError(429, 'es_rejected_execution_exception', message, outcome.retryAfterSeconds);
    case 'unavailable':
      return elasticError(503, 'unavailable_shards_exception', message, outcome.retryAfterSeconds);
  }
}
