import { isJsonObject, JsonError, parseJson } from '../../base/json_input.ts';
import type { Decode, DecodeContext } from '../../model/ingest.ts';
import { recordId } from '../../model/record_id.ts';
import { RecordSink } from '../records/index.ts';
import { type BulkOperation, bulkOperations } from './bulk.ts';
import { DocumentError, type LogDocument, readDocument } from './document.ts';
import { type ItemResult, ReportBuilder, refusedItem } from './report.ts';

/** What the address of a request says. */
export interface ElasticsearchMeta {
  /** `document`: the body is one document, not lines of a bulk request. */
  readonly kind: 'bulk' | 'document';
  /** The index in the path; empty when there is none. */
  readonly index: string;
  readonly id: string | undefined;
}

const NANOS_PER_SECOND = 1_000_000_000n;
/** Elasticsearch's bounds on `_id` and on names of indices, bytes. */
const ID_BYTES = 512;
const INDEX_BYTES = 255;
const utf8 = new TextDecoder();

/** Bulk requests and single documents to log rows; the report says what became of each. Throws DecodeError. */
export const decodeElasticsearch: Decode = (body, context, meta) => {
  const { kind, index, id } = meta as ElasticsearchMeta;
  const sink = new RecordSink(context, body.length, true);
  const report = new ReportBuilder();
  const operations: Iterable<BulkOperation> =
    kind === 'bulk'
      ? bulkOperations(body, index, context.limits)
      : [{ action: 'index', index, id, start: 0, end: body.length }];
  for (const operation of operations) report.add(take(operation, body, sink, context));
  return { ...sink.decoded(), report: report.report() };
};

function take(operation: BulkOperation, body: Uint8Array, sink: RecordSink, context: DecodeContext): ItemResult {
  const { action, index, id } = operation;
  const refuse = (reason: 'invalid_record' | 'unsupported', type: string, message: string): ItemResult => {
    sink.refuse(reason, () => message);
    return { action, index, id: id ?? null, status: 400, error: { type, reason: message } };
  };
  if (action === 'update' || action === 'delete')
    return refuse(
      'unsupported',
      'illegal_argument_exception',
      `${action} is not supported: log records are only added`,
    );
  const name = nameRefusal(operation);
  if (name !== undefined) return refuse('invalid_record', 'illegal_argument_exception', name);
  let record: LogDocument;
  try {
    record = documentOf(operation, body, context);
  } catch (error) {
    if (!(error instanceof DocumentError || error instanceof JsonError)) throw error;
    return refuse('invalid_record', 'document_parsing_exception', error.message);
  }
  const timeNs = record.timeNs ?? BigInt(context.nowMs) * 1_000_000n;
  const nanoseconds = ((timeNs % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND;
  const refused = sink.add({
    labels: record.labels,
    seconds: Number((timeNs - nanoseconds) / NANOS_PER_SECOND),
    nanoseconds: Number(nanoseconds),
    line: record.line,
    attributes: record.attributes,
    isNamed: id !== undefined,
  });
  if (refused !== undefined) return { action, index, id: id ?? null, ...refusedItem(refused) };
  return { action, index, id: id ?? recordId(timeNs, record.line), status: 201 };
}

function nameRefusal({ index, id }: BulkOperation): string | undefined {
  if (index === '') return 'index is missing';
  if (Buffer.byteLength(index) > INDEX_BYTES) return `index name is longer than ${INDEX_BYTES} bytes`;
  if (/[\s,#"*\\<>|?/]/.test(index)) return `Invalid index name [${index.slice(0, 64)}]`;
  if (id !== undefined && Buffer.byteLength(id) > ID_BYTES)
    return `id is too long, must be no longer than ${ID_BYTES} bytes but was: ${Buffer.byteLength(id)}`;
  return undefined;
}

function documentOf({ start, end, index, id }: BulkOperation, body: Uint8Array, context: DecodeContext): LogDocument {
  const { jsonDepth, elementsPerRequest } = context.limits;
  const bytes = body.subarray(start, end);
  const document = parseJson(bytes, { depth: jsonDepth, elements: elementsPerRequest });
  if (!isJsonObject(document)) throw new DocumentError('a document must be a JSON object');
  return readDocument(document, utf8.decode(bytes), index, id);
}
