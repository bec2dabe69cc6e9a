import { setImmediate as nextTurn } from 'node:timers/promises';

/** Things one after the other, each in a turn of its own: others are served in between. */
export async function* inTurns<T>(things: readonly T[]): AsyncGenerator<T> {
  for (const [i, thing] of things.entries()) {
    if (i > 0) await nextTurn();
    yield thing;
  }
}
