import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Resolves when the reader of a stream has taken everything that was written to it, or has gone. */
export function written(stream: Writable): Promise<void> {
  if (stream.destroyed || stream.writableEnded) return Promise.resolve();
  return new Promise((resolve) => stream.write('', () => resolve()));
}

/** Resolves when a stream takes more without keeping it in memory: at once, unless its reader is slow. Ends early with `signal`. */
export async function drained(stream: Writable, signal: AbortSignal): Promise<void> {
  if (!stream.writableNeedDrain || signal.aborted) return;
  // A reader that goes away is told by the stream's error; an abort is what the caller asked for.
  await once(stream, 'drain', { signal }).catch(() => undefined);
}
