import { wordsOf } from '../../base/words_of.ts';
import type { LogBatch } from './source.ts';

/**
 * Tells of records, asked one after the other in the order of their batches, whether an equal one was there before (same
 * stream, time and line): it was sent twice.
 */
export function repetitionTest(): (batch: LogBatch, row: number) => boolean {
  let seen = new Set<string>();
  let seenAt = -1n;
  let times: BigInt64Array | undefined;
  let words: Int32Array = new Int32Array(0);
  return (batch, row) => {
    if (batch.times !== times) {
      times = batch.times;
      words = wordsOf(Int32Array, times);
    }
    const last = batch.rows - 1;
    // Of the first and the last record the next batch may have another one.
    if (row > 0 && row < last && !isSameTime(words, row, row - 1) && !isSameTime(words, row, row + 1)) return false;
    const time = batch.times[row] as bigint;
    if (time !== seenAt) {
      seenAt = time;
      if (seen.size > 0) seen = new Set();
    }
    const identity = batch.identity(row);
    if (seen.has(identity)) return true;
    seen.add(identity);
    return false;
  };
}

/** Compared in halves: reading a time would make an object of it. */
function isSameTime(words: Int32Array, a: number, b: number): boolean {
  return words[2 * a] === words[2 * b] && words[2 * a + 1] === words[2 * b + 1];
}
