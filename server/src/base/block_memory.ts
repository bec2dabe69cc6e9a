import type { BufferPool } from './buffer_pool.ts';

/**
 * Where this thread's encoder of blocks takes memory from. Blocks are as large as requests and live until they are in the
 * store, so a thread that is given them back has a pool; any other gets new memory each time.
 */
let pool: BufferPool | undefined;

export function takeBlocksFrom(source: BufferPool): void {
  pool = source;
}

/** Memory for a block of so many bytes, at the beginning of a buffer of its own; what it holds is anything. */
export function blockMemory(bytes: number): Uint8Array<ArrayBuffer> {
  return pool === undefined ? new Uint8Array(bytes) : pool.take(bytes);
}
