import type { HttpResponse } from '../../base/http.ts';
import { LogqlError, LuceneError } from '../../query/index.ts';
import { elasticError } from '../../receive/elasticsearch/index.ts';
import { StoreError } from '../../store/index.ts';

/** A request this API refuses, in Elasticsearch's terms. */
export class ElasticError extends Error {
  override readonly name = 'ElasticError';
  readonly status: number;
  readonly type: string;
  constructor(status: number, type: string, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.status = status;
    this.type = type;
  }
}

/** A body that says something else than it may. */
export function parsingError(reason: string): ElasticError {
  return new ElasticError(400, 'parsing_exception', reason);
}

/** The error as its response; throws what is a defect of ours. */
export function errorAnswer(error: unknown): HttpResponse {
  if (error instanceof ElasticError) return elasticError(error.status, error.type, error.message);
  if (error instanceof LuceneError) return elasticError(400, 'query_shard_exception', error.message);
  if (error instanceof LogqlError) return elasticError(400, 'illegal_argument_exception', error.message);
  if (error instanceof StoreError) {
    if (error.kind === 'unavailable')
      return elasticError(503, 'unavailable_shards_exception', 'the store is not available, try again', 1);
    if (error.kind === 'limit')
      return elasticError(
        429,
        'circuit_breaking_exception',
        `the search was stopped at a limit (limits.query_seconds, query_memory_mib, query_rows): ${error.message}`,
      );
    if (error.kind === 'cancelled') return elasticError(499, 'task_cancelled_exception', 'the search was cancelled');
  }
  throw error;
}
