import { isMarkedAsUntransferable } from 'node:worker_threads';

/**
 * Gives the memory of bytes back at once: what a search unpacks and forgets would otherwise have the heap collected again and
 * again. The bytes, and all others in their buffer, are none afterwards. Small buffers of Node, which lie in a shared one, stay.
 */
export function releaseMemory({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && !isMarkedAsUntransferable(buffer)) buffer.transfer(0);
}
