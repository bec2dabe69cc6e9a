import type { RejectReason } from '../../model/ingest.ts';
import type { BulkAction } from './bulk.ts';

/** What became of one operation. */
export interface ItemResult {
  readonly action: BulkAction;
  readonly index: string;
  readonly id: string | null;
  readonly status: number;
  readonly error?: { readonly type: string; readonly reason: string };
}

/** Facts the route answers with: the items as JSON text, made where the request was decoded. */
export interface BulkReport {
  readonly errors: boolean;
  /** A JSON array. */
  readonly items: string;
  /** The first item, for the endpoints that take one document. */
  readonly first: ItemResult | undefined;
}

/** Collects the items of an answer in the order of the request. */
export class ReportBuilder {
  private readonly items: string[] = [];
  private errors = false;
  private first: ItemResult | undefined;

  add(result: ItemResult): void {
    this.first ??= result;
    if (result.error !== undefined) this.errors = true;
    this.items.push(JSON.stringify({ [result.action]: itemBody(result) }));
  }

  report(): BulkReport {
    return { errors: this.errors, items: `[${this.items.join(',')}]`, first: this.first };
  }
}

/** An operation's part of an answer, as Elasticsearch 8 words it. */
export function itemBody({ index, id, status, error }: ItemResult): object {
  if (error !== undefined) return { _index: index, _id: id, status, error };
  return {
    _index: index,
    _id: id,
    _version: 1,
    result: 'created',
    _shards: { total: 1, successful: 1, failed: 0 },
    _seq_no: 0,
    _primary_term: 1,
    status,
  };
}

/**
 * The status of a refused record and its words. 429 is sent again by Beats and Logstash, 400 is not: only what passes by
 * itself may be 429.
 */
export function refusedItem(reason: RejectReason): {
  readonly status: number;
  readonly error: ItemResult['error'] & object;
} {
  if (reason === 'stream_limit')
    return {
      status: 429,
      error: {
        type: 'es_rejected_execution_exception',
        reason: 'the limit of active log streams is reached (limits.active_streams)',
      },
    };
  return { status: 400, error: { type: 'document_parsing_exception', reason: REASONS[reason] ?? reason } };
}

const REASONS: Partial<Record<RejectReason, string>> = {
  too_old: '@timestamp is older than the oldest accepted (limits.oldest_hours)',
  too_new: '@timestamp is more than ten minutes in the future',
  invalid_record: 'the document is malformed or its time is out of range',
  invalid_labels: 'a field that names the stream is malformed',
  label_value_length: 'a field that names the stream is too long',
  unsupported: 'log records are only ever added: updates and deletes are not supported',
};
