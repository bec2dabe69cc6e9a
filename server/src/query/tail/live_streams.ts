import type { SeriesRows } from '../../store/index.ts';
import { type StreamLabels, streamLabels } from '../logql/row_labels.ts';
import type { LogStreamIndex } from '../logql/stream_index.ts';

/** Most new streams remembered; those known by then are in the store's index. */
const MOST_LEARNED = 200_000;

/** Labels of streams, the newest of which the store may not have yet. */
export interface LiveStreams extends Pick<LogStreamIndex, 'byId'> {
  /** Whether the labels of all these streams are known. */
  knows(ids: BigUint64Array): boolean;
  /** Takes the streams of a section of `log_streams`. */
  learn(rows: SeriesRows): void;
  clear(): void;
}

export function createLiveStreams(index: Pick<LogStreamIndex, 'byId'>): LiveStreams {
  const learned = new Map<bigint, StreamLabels>();
  return {
    byId: (id) => learned.get(id) ?? index.byId(id),
    knows: (ids) => ids.every((id) => learned.has(id) || index.byId(id).labels.length > 0),
    learn(rows) {
      if (learned.size + rows.rows > MOST_LEARNED) learned.clear();
      for (let i = 0; i < rows.rows; i++) {
        const id = (BigInt(rows.ids[2 * i + 1] ?? 0) << 32n) | BigInt(rows.ids[2 * i] ?? 0);
        learned.set(id, streamLabels(rows.labels(i)));
      }
    },
    clear: () => learned.clear(),
  };
}
