import { labelsKey } from '../../model/labels.ts';
import { type QueryOptions, readSampleStarts, type StartRows, type StoreReader } from '../../store/index.ts';
import type { SeriesIndex } from '../series_index.ts';
import type { SampleSource, SeriesSet } from './source.ts';
import { translated } from './store_source.ts';

export interface StartSourceOptions {
  readonly reader: StoreReader;
  readonly index: SeriesIndex;
  readonly options: QueryOptions;
}

/**
 * A source that adds the stored start timestamps to the samples of another where a selection asks for them. Throws
 * PromqlError.
 */
export function withStarts(source: SampleSource, { reader, index, options }: StartSourceOptions): SampleSource {
  const { selectNow } = source;
  return {
    // A source that can answer at once leaves selections that want start timestamps to `select`.
    ...(selectNow === undefined ? {} : { selectNow }),
    async select(selection, maxSamples, signal) {
      const set = await source.select(selection, maxSamples, signal);
      if (selection.starts !== true || set.labels.length === 0) return set;
      const { matchers, fromMs, toMs } = selection;
      const seriesOf = new Map(set.labels.map((labels, i) => [labelsKey(labels), i]));
      const byId = new Map<bigint, number>();
      for (const reference of index.select(matchers, { fromMs, toMs })) {
        const series = seriesOf.get(labelsKey(index.labels(reference)));
        if (series !== undefined) byId.set(index.id(reference), series);
      }
      const ids = BigUint64Array.from(byId.keys()).sort();
      const merger = createStartMerger(set, byId);
      try {
        const bounded = { ...options, maxResultRows: maxSamples + 1, ...(signal === undefined ? {} : { signal }) };
        for await (const rows of readSampleStarts(reader, { ids, fromMs, toMs }, bounded)) merger.add(rows);
      } catch (error) {
        throw translated(error);
      }
      return { ...set, starts: merger.finish() };
    },
  };
}

const MS_PER_DAY = 86_400_000;
const dayNumber = (timeMs: number): number => Math.floor(timeMs / MS_PER_DAY);

/**
 * Gives the samples of a set their start timestamps from rows that come ordered by (series, time, batch): a run holds on
 * its UTC day until the next run, a single row for the sample of its time, where it has the last word.
 * @param seriesOf index in the set by stored id
 */
export function createStartMerger(
  { offsets, times }: Pick<SeriesSet, 'offsets' | 'times'>,
  seriesOf: ReadonlyMap<bigint, number>,
): { add(rows: StartRows): void; finish(): ReadonlyMap<number, Float64Array> } {
  const starts = new Map<number, Float64Array>();
  /** The run that holds: its series, first sample, day and start. */
  let run:
    | { readonly series: number; readonly first: number; readonly day: number; readonly start: number }
    | undefined;
  const singles: { readonly series: number; readonly sample: number; readonly start: number }[] = [];

  const startsOf = (series: number): Float64Array => {
    const known = starts.get(series);
    if (known !== undefined) return known;
    const made = new Float64Array((offsets[series + 1] as number) - (offsets[series] as number));
    starts.set(series, made);
    return made;
  };
  const endRun = (end: number): void => {
    if (run === undefined) return;
    const { series, first, day, start } = run;
    const from = offsets[series] as number;
    const mine = startsOf(series);
    for (let i = first; i < end && dayNumber(times[i] as number) === day; i++) mine[i - from] = start;
    run = undefined;
  };
  return {
    add({ rows, ids, times: since, starts: values, singles: marks }) {
      for (let row = 0; row < rows; row++) {
        const id = (BigInt(ids[row * 2 + 1] as number) << 32n) | BigInt(ids[row * 2] as number);
        const series = seriesOf.get(id);
        if (series === undefined) continue;
        const to = offsets[series + 1] as number;
        const time = since[row] as number;
        const start = values[row] as number;
        const first = firstNotBefore(times, offsets[series] as number, to, time);
        if (marks[row] === 1) {
          if (first < to && times[first] === time) singles.push({ series, sample: first, start });
          continue;
        }
        if (run !== undefined) endRun(run.series === series ? first : (offsets[run.series + 1] as number));
        run = { series, first, day: dayNumber(time), start };
      }
    },
    finish() {
      if (run !== undefined) endRun(offsets[run.series + 1] as number);
      for (const { series, sample, start } of singles) startsOf(series)[sample - (offsets[series] as number)] = start;
      return starts;
    },
  };
}

function firstNotBefore(times: Float64Array, from: number, to: number, time: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
