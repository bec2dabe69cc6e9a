import type { StreamLabels } from '../logql/row_labels.ts';
import type { LogStreamIndex } from '../logql/stream_index.ts';
import type { RecordTest } from '../tail/record_test.ts';

/** What a query knows of a stream. */
export interface KnownStream {
  /** The upper word of its id. */
  readonly high: number;
  readonly labels: StreamLabels;
  /** Whether all of its records match, or none does; undefined where each has to be asked. */
  readonly matches: boolean | undefined;
}

/** @param words of all the ids, @param at the id's place among them */
export type StreamsByWords = (words: Uint32Array, at: number, ids: BigUint64Array) => KnownStream;

/** What is known of indexed streams by the words of their ids: the index is asked once for each, with an object for its id. */
export function streamsByWords({ ofStream }: RecordTest, index: Pick<LogStreamIndex, 'byId'>): StreamsByWords {
  const known = new Map<number, KnownStream>();
  return (words, at, ids) => {
    const [low, high] = [words[2 * at] as number, words[2 * at + 1] as number];
    const found = known.get(low);
    if (found?.high === high) return found;
    const id = ids[at] as bigint;
    const labels = index.byId(id);
    const stream = { high, labels, matches: ofStream(id, () => labels.labels) };
    // Another stream whose lower word is the same is forgotten.
    known.set(low, stream);
    return stream;
  };
}
