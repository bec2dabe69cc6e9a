import { xxhash64 } from '../base/xxhash64.ts';

const utf8 = new TextEncoder();

/**
 * How far a group's evaluations stand behind full intervals, ms: a hash of its name and file, so that groups spread over
 * the interval and keep their places over restarts (upstream's Group.EvalTimestamp).
 */
export function slotOffsetMs(file: string, name: string, intervalMs: number): number {
  return Number(xxhash64(utf8.encode(`${file}\u00ff${name}`)) % BigInt(intervalMs));
}

/** The last time of a group's slots that is not after `nowMs`. */
export function slotBefore(nowMs: number, offsetMs: number, intervalMs: number): number {
  const sinceOffset = nowMs - offsetMs;
  return sinceOffset - (sinceOffset % intervalMs) + offsetMs;
}

/**
 * The slot after one that was evaluated: the next, or when that one and more have passed already, the last that has.
 * @returns the time, and how many slots are left out
 */
export function nextSlot(
  evaluatedMs: number,
  nowMs: number,
  intervalMs: number,
): { readonly timeMs: number; readonly missed: number } {
  const steps = Math.max(1, Math.floor((nowMs - evaluatedMs) / intervalMs));
  return { timeMs: evaluatedMs + steps * intervalMs, missed: steps - 1 };
}
