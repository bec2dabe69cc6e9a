import { isJsonObject, JsonError, parseJson } from '../../base/json_input.ts';
import { DecodeError, type DecodeLimits } from '../../model/ingest.ts';

/** What a line of a bulk request asks for. */
export type BulkAction = 'index' | 'create' | 'update' | 'delete';

/** One operation of a bulk request. */
export interface BulkOperation {
  readonly action: BulkAction;
  /** Empty when neither the action nor the address names one. */
  readonly index: string;
  readonly id: string | undefined;
  /** Where its document is in the body; empty for a delete. */
  readonly start: number;
  readonly end: number;
}

const NEWLINE = 0x0a;
const ACTIONS: ReadonlySet<string> = new Set(['index', 'create', 'update', 'delete']);

/**
 * The operations of a bulk body: lines of JSON, an action and, except for deletes, its document after it
 * (elastic.co/guide/en/elasticsearch/reference/8.19/docs-bulk.html). A last line without a newline counts too.
 * Throws DecodeError for an action that cannot be read: what follows it cannot be told apart.
 */
export function* bulkOperations(
  body: Uint8Array,
  defaultIndex: string,
  limits: DecodeLimits,
): Generator<BulkOperation> {
  let line = 0;
  let operations = 0;
  let last: { readonly bytes: Uint8Array; readonly operation: ReturnType<typeof readAction> } | undefined;
  for (let at = 0; at < body.length; ) {
    const end = lineEnd(body, at);
    line++;
    if (end === at) {
      at = end + 1;
      continue;
    }
    const bytes = body.subarray(at, end);
    // Senders that give no ids write the same action before every document.
    if (last === undefined || Buffer.compare(last.bytes, bytes) !== 0)
      last = { bytes, operation: readAction(bytes, line, defaultIndex, limits) };
    const { operation } = last;
    at = end + 1;
    if (++operations > limits.recordsPerRequest)
      throw new DecodeError('too-large', `more than ${limits.recordsPerRequest} operations in one bulk request`);
    if (operation.action === 'delete') {
      yield { ...operation, start: at, end: at };
      continue;
    }
    if (at >= body.length) throw malformed(line, 'expected a document after it, but the request ends');
    const start = at;
    const documentEnd = lineEnd(body, start);
    line++;
    at = documentEnd + 1;
    yield { ...operation, start, end: documentEnd };
  }
}

function lineEnd(body: Uint8Array, from: number): number {
  const at = body.indexOf(NEWLINE, from);
  return at < 0 ? body.length : at;
}

function readAction(
  bytes: Uint8Array,
  line: number,
  defaultIndex: string,
  limits: DecodeLimits,
): Omit<BulkOperation, 'start' | 'end'> {
  let value: unknown;
  try {
    value = parseJson(bytes, { depth: limits.jsonDepth, elements: limits.attributesPerRecord });
  } catch (error) {
    if (error instanceof JsonError) throw malformed(line, error.message);
    throw error;
  }
  const entry = isJsonObject(value) ? Object.entries(value) : [];
  const [action, parameters] = entry[0] ?? [];
  if (entry.length !== 1 || action === undefined || !ACTIONS.has(action) || !isJsonObject(parameters))
    throw malformed(line, 'expected one of [create, delete, index, update] with an object');
  const { _index: index, _id: id } = parameters;
  return {
    action: action as BulkAction,
    index: typeof index === 'string' && index !== '' ? index : defaultIndex,
    id: typeof id === 'string' ? id : typeof id === 'number' ? String(id) : undefined,
  };
}

function malformed(line: number, why: string): DecodeError {
  return new DecodeError('undecodable', `Malformed action/metadata line [${line}], ${why}`);
}
