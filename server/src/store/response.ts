import type { IncomingMessage } from 'node:http';
import { cancelledError, connectionError, engineError, exceptionInTail } from './errors.ts';
import type { Block } from './native/columns.ts';
import { createBlockDecoder } from './native/decode.ts';
import { NativeFormatError } from './native/type.ts';
import { type QueryCost, StoreError } from './types.ts';

/** Enough for the longest exception text the engine appends. */
const TAIL_BYTES = 32 * 1024;

/** The blocks of a response as they come; an exception the engine appended is thrown after the blocks before it. */
export async function* blocks(response: IncomingMessage, signal: AbortSignal | undefined): AsyncGenerator<Block> {
  const decoder = createBlockDecoder();
  const tail = new Tail();
  let malformed: NativeFormatError | undefined;
  try {
    for await (const piece of response) {
      tail.add(piece as Buffer);
      if (malformed !== undefined) continue;
      let complete: readonly Block[];
      try {
        complete = decoder.push(piece as Buffer);
      } catch (error) {
        // Most likely the text of an exception: read on to have all of it.
        if (!(error instanceof NativeFormatError)) throw error;
        malformed = error;
        continue;
      }
      yield* complete;
    }
  } catch (error) {
    if (signal?.aborted === true) throw cancelledError(error);
    throw exceptionOf(response, tail) ?? (error instanceof NativeFormatError ? error : connectionError(error));
  } finally {
    // The caller may leave early: without this the engine would go on.
    if (!response.complete) response.destroy();
  }
  const appended = exceptionOf(response, tail);
  if (appended !== undefined) throw appended;
  if (malformed !== undefined)
    throw new StoreError('rejected', 0, `unreadable result: ${malformed.message}`, { cause: malformed });
  if (!decoder.atBoundary) throw new StoreError('unavailable', 0, 'the result ended in the middle of a block');
}

function exceptionOf(response: IncomingMessage, tail: Tail): StoreError | undefined {
  const tag = response.headers['x-clickhouse-exception-tag'];
  const text = exceptionInTail(tail.bytes(), typeof tag === 'string' ? tag : undefined);
  return text === undefined ? undefined : engineError(text, 'read');
}

/** The last bytes of a stream, without copying what goes by. */
class Tail {
  private pieces: Buffer[] = [];
  private length = 0;

  add(piece: Buffer): void {
    this.pieces.push(piece);
    this.length += piece.length;
    while (this.length - (this.pieces[0]?.length ?? 0) >= TAIL_BYTES) {
      this.length -= this.pieces.shift()?.length ?? 0;
    }
  }

  bytes(): Buffer {
    return Buffer.concat(this.pieces).subarray(-TAIL_BYTES);
  }
}

/** Reads a response that says nothing but whether it worked. Throws StoreError. */
export async function drain(response: IncomingMessage): Promise<void> {
  const tail = new Tail();
  try {
    for await (const piece of response) tail.add(piece as Buffer);
  } catch (error) {
    throw connectionError(error);
  }
  const appended = exceptionOf(response, tail);
  if (appended !== undefined) throw appended;
}

/** The cost from the summary header of a response that waited for the end of its query. */
export function costOf(response: IncomingMessage): QueryCost {
  const summary: unknown = JSON.parse(String(response.headers['x-clickhouse-summary'] ?? '{}'));
  const field = (name: string): number => {
    const value = typeof summary === 'object' && summary !== null ? Reflect.get(summary, name) : undefined;
    return Number(value ?? 0);
  };
  return {
    rowsRead: field('read_rows'),
    bytesRead: field('read_bytes'),
    milliseconds: field('elapsed_ns') / 1e6,
  };
}
