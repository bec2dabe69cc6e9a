import { StoreError } from './types.ts';

/**
 * ClickHouse's error codes (src/Common/ErrorCodes.cpp) by what the caller can do about them; every other code is a
 * statement of ours that the engine refuses.
 */
const LIMIT = new Set([
  158, // TOO_MANY_ROWS
  159, // TIMEOUT_EXCEEDED
  160, // TOO_SLOW
  191, // SET_SIZE_LIMIT_EXCEEDED
  241, // MEMORY_LIMIT_EXCEEDED
  290, // LIMIT_EXCEEDED
  307, // TOO_MANY_BYTES
  396, // TOO_MANY_ROWS_OR_BYTES
]);

const UNAVAILABLE = new Set([
  3, // UNEXPECTED_END_OF_FILE: of a request body cut off
  74, // CANNOT_READ_FROM_FILE_DESCRIPTOR
  75, // CANNOT_WRITE_TO_FILE_DESCRIPTOR
  198, // DNS_ERROR
  202, // TOO_MANY_SIMULTANEOUS_QUERIES
  203, // NO_FREE_CONNECTION
  209, // SOCKET_TIMEOUT
  210, // NETWORK_ERROR
  216, // QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING: an earlier attempt whose connection broke
  225, // NO_ZOOKEEPER
  236, // ABORTED
  242, // TABLE_IS_READ_ONLY
  243, // NOT_ENOUGH_SPACE
  252, // TOO_MANY_PARTS
  279, // ALL_CONNECTION_TRIES_FAILED
  285, // TOO_FEW_LIVE_REPLICAS
  286, // UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
  319, // UNKNOWN_STATUS_OF_INSERT
  394, // QUERY_WAS_CANCELLED, by somebody else: the engine ends
  415, // ALL_REPLICAS_LOST
  425, // SYSTEM_ERROR
  439, // CANNOT_SCHEDULE_TASK
  473, // DEADLOCK_AVOIDED
  734, // QUERY_WAS_CANCELLED_BY_CLIENT
  745, // SERVER_OVERLOADED
  999, // KEEPER_EXCEPTION
]);

const MEMORY_LIMIT_EXCEEDED = 241;
const MAX_MESSAGE = 2000;

/** The error for an exception text of the engine (`Code: N. DB::Exception: …`). */
export function engineError(text: string, use: 'read' | 'write'): StoreError {
  const code = Number(/Code: (\d+)/.exec(text)?.[1] ?? 0);
  const message = text.trim().slice(0, MAX_MESSAGE);
  if (code === 0) return new StoreError('unavailable', 0, message === '' ? 'the engine answered nothing' : message);
  // A write is small and bounded: when memory is short for it, the engine is busy with something else.
  if (use === 'write' && code === MEMORY_LIMIT_EXCEEDED) return new StoreError('unavailable', code, message);
  if (LIMIT.has(code)) return new StoreError('limit', code, message);
  return new StoreError(UNAVAILABLE.has(code) ? 'unavailable' : 'rejected', code, message);
}

/** The error for a connection that failed before the engine could answer. */
export function connectionError(cause: unknown): StoreError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreError('unavailable', 0, `the store does not answer: ${reason}`, { cause });
}

export function cancelledError(cause: unknown): StoreError {
  return new StoreError('cancelled', 0, 'the query was cancelled', { cause });
}

const MARKER = '__exception__';

/**
 * The exception the engine appends to a result that already began: marker, the tag announced in the header, the text,
 * its length, tag and marker again. Returns undefined when the bytes hold none.
 */
export function exceptionInTail(tail: Buffer, tag: string | undefined): string | undefined {
  const opening = Buffer.from(tag === undefined ? `${MARKER}\r\n` : `${MARKER}\r\n${tag}\r\n`);
  const start = tail.indexOf(opening);
  if (start < 0) return undefined;
  const text = tail.toString('utf8', start + opening.length);
  const end = text.lastIndexOf(MARKER);
  return (end < 0 ? text : text.slice(0, end)).replace(/\n\d+ [a-z]*\s*$/, '').trim();
}
