import { setImmediate as nextTurn } from 'node:timers/promises';
import { throwIfCancelled } from '../turn.ts';

/**
 * Things one after the other, each in a turn of its own: others are served in between. Throws StoreError, kind `cancelled`, when
 * nobody waits for the answer any more.
 */
export async function* inTurns<T>(things: readonly T[], signal: AbortSignal | undefined): AsyncGenerator<T> {
  for (const [i, thing] of things.entries()) {
    if (i > 0) await nextTurn();
    throwIfCancelled(signal);
    yield thing;
  }
}
