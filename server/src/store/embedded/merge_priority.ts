import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** What the engine calls the threads that merge parts and rewrite them. */
const MERGING = 'MergeMutate';
/**
 * On two cores a merge beside a query that wants both takes a third of them at equal priority, a seventh at this one (a third of
 * the weight), and all that nobody else wants. Lower still and merges would starve beside ingest, so that parts pile up.
 */
const NICE = 5;

/**
 * Lets queries and inserts go before merges: lowers the priority of the engine's merging threads. For Linux, where
 * threads have priorities of their own. Returns how many were lowered. Throws the system's error when one cannot be.
 */
export function lowerMergePriority(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`).filter((thread) => nameOf(pid, thread) === MERGING);
  for (const thread of threads) setPriority(Number(thread), NICE);
  return threads.length;
}

function nameOf(pid: number, thread: string): string {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim();
  } catch {
    // It ended between listing and reading.
    return '';
  }
}
