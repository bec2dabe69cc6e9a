import { setImmediate as nextTurn } from 'node:timers/promises';
import { StoreError } from '../store/index.ts';

/** How long a request may hold the thread before others get their turn, ms. */
const TURN_MS = 5;

/** The turn of a request on a thread that it shares with others. */
export interface Turn {
  /** True when it is time for {@link pause}: cheap, for inner loops. */
  due(): boolean;
  /** Lets others work. Throws StoreError, kind `cancelled`, when nobody waits for the answer any more. */
  pause(): Promise<void>;
}

/** All that works for one request shares a turn: many short pieces one after the other are one long one. */
const turns = new WeakMap<AbortSignal, Turn>();

/** @param signal of the request */
export function turnOf(signal: AbortSignal | undefined): Turn {
  if (signal === undefined) return createTurn(signal);
  let turn = turns.get(signal);
  if (turn === undefined) {
    turn = createTurn(signal);
    turns.set(signal, turn);
  }
  return turn;
}

function createTurn(signal: AbortSignal | undefined): Turn {
  let ends = performance.now() + TURN_MS;
  return {
    due: () => performance.now() >= ends,
    async pause() {
      await nextTurn();
      throwIfCancelled(signal);
      ends = performance.now() + TURN_MS;
    },
  };
}

/** Throws StoreError, kind `cancelled`, when nobody waits for the answer any more. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new StoreError('cancelled', 0, 'the query was cancelled', { cause: signal.reason });
}
