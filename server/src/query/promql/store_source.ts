import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type HistogramRows,
  type QueryOptions,
  readNativeHistograms,
  readNewestSamples,
  readSamples,
  StoreError,
  type StoreReader,
} from '../../store/index.ts';
import type { IndexFeed } from '../index_feed.ts';
import type { SeriesIndex } from '../series_index.ts';
import { createHistogramGatherer, mergeHistograms } from './histogram_gatherer.ts';
import { PromqlError, tooManySamples } from './promql_error.ts';
import { boundedSelection, storeBound } from './query_bounds.ts';
import { createGatherer, type SampleGatherer } from './sample_gatherer.ts';
import type { SampleSource, Selection, SeriesSet } from './source.ts';

export interface StoreSourceOptions {
  readonly reader: StoreReader;
  readonly database: string;
  readonly index: SeriesIndex;
  readonly feed: IndexFeed;
  /** Bound of one read, seconds. */
  readonly maxSeconds: number;
  /** Series one selector may match. */
  readonly maxSeries: number;
}

/** Samples, and which series of the index each of them is. */
export interface ReferencedSet {
  readonly set: SeriesSet;
  /** By series of the set; series without samples are not in it. */
  readonly references: readonly number[];
}

/** What is read of chosen series. */
export interface StoreSelection extends Omit<Selection, 'matchers'> {
  /** Native histograms that the store may not have yet. */
  readonly unloaded?: readonly HistogramRows[];
}

export interface StoreSource extends SampleSource {
  /** Reads chosen series of the index; throws PromqlError. */
  read(
    references: Uint32Array,
    selection: StoreSelection,
    maxSamples: number,
    signal: AbortSignal | undefined,
  ): Promise<ReferencedSet>;
}

/** Samples of the store: series are chosen in the index, their samples streamed from the table. */
export function storeSource({ reader, database, index, feed, maxSeconds, maxSeries }: StoreSourceOptions): StoreSource {
  const read = async (
    chosen: Uint32Array,
    { fromMs, toMs, histograms, newest, unloaded }: StoreSelection,
    maxSamples: number,
    signal: AbortSignal | undefined,
  ): Promise<ReferencedSet> => {
    try {
      const ids = BigUint64Array.from(chosen, (reference) => index.id(reference)).sort();
      const gatherer = createGatherer(maxSamples);
      const references: number[] = [];
      const options: QueryOptions = {
        database,
        maxSeconds,
        maxResultRows: maxSamples + 1,
        maxResultBytes: 0,
        ...(signal === undefined ? {} : { signal }),
      };
      const readFloats = async (): Promise<void> => {
        const floats =
          newest === undefined
            ? readSamples(reader, { ids, fromMs, toMs }, options)
            : await readNewestSamples(reader, { ids, fromMs, toMs }, newest, options);
        for await (const rows of floats) {
          takeRows(gatherer, index, rows, references);
          await nextTurn();
        }
      };
      const native = createHistogramGatherer(maxSamples);
      const readHistograms = async (): Promise<void> => {
        for await (const rows of readNativeHistograms(reader, { ids, fromMs, toMs }, options)) {
          native.add(rows, (high, low) => index.find(high, low));
          await nextTurn();
        }
      };
      await Promise.all(histograms === false ? [readFloats()] : [readFloats(), readHistograms()]);
      if (unloaded !== undefined && unloaded.length > 0) {
        const wanted = new Set(chosen);
        for (const rows of unloaded)
          native.add(rows, (high, low, time) => {
            const reference = time < fromMs || time > toMs ? -1 : index.find(high, low);
            return wanted.has(reference) ? reference : -1;
          });
      }
      const floats = { set: gatherer.finish(), references };
      return mergeHistograms(floats, native.series, (reference) => index.labels(reference));
    } catch (error) {
      throw translated(error);
    }
  };
  return {
    read,
    async select(selection, maxSamples, signal) {
      try {
        await feed.refresh();
      } catch (error) {
        throw translated(error);
      }
      return (await read(boundedSelection(index, selection, maxSeries), selection, maxSamples, signal)).set;
    },
  };
}

interface Rows {
  readonly rows: number;
  readonly ids: Uint32Array;
  readonly times: Float64Array;
  readonly values: Float64Array<ArrayBuffer>;
}

/** Hands runs of rows of one series to the gatherer; notes the series that begin. */
function takeRows(
  gatherer: SampleGatherer,
  index: SeriesIndex,
  { rows, ids, times, values }: Rows,
  references: number[],
): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, rows * 2);
  let from = 0;
  while (from < rows) {
    const low = ids[from * 2] as number;
    const high = ids[from * 2 + 1] as number;
    let to = from + 1;
    while (to < rows && ids[to * 2] === low && ids[to * 2 + 1] === high) to++;
    const found = index.find(high, low);
    if (found !== references.at(-1)) {
      references.push(found);
      gatherer.begin(index.labels(found));
    }
    gatherer.add(times, values, words, from, to);
    from = to;
  }
}

/** ClickHouse's TOO_MANY_ROWS_OR_BYTES: the result went over the bound of samples. */
const TOO_MANY_ROWS = 396;

/** Errors of the store in the words of the query API. */
export function translated(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  switch (error.kind) {
    case 'cancelled':
      return new PromqlError('canceled', 'query was canceled', { cause: error });
    case 'limit':
      if (error.code === TOO_MANY_ROWS) return tooManySamples();
      return new PromqlError('execution', storeBound(error.code, error.message), { cause: error });
    case 'unavailable':
      return new PromqlError('unavailable', 'the store is not available', { cause: error });
    case 'rejected':
      return error;
  }
}
