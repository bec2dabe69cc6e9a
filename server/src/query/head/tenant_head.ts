import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Section } from '../../model/section.ts';
import {
  readAllSamples,
  readHistogramSection,
  readHistogramSeries,
  readSampleRange,
  readSampleSection,
  readSeriesSection,
  type SampleRows,
  type StoreReader,
} from '../../store/index.ts';
import { IdTable } from '../id_table.ts';
import { absorb } from '../index_feed.ts';
import type { SeriesIndex } from '../series_index.ts';
import { Changes } from './changes.ts';
import { type FillTask, Head } from './head.ts';
import { SampleBuffer } from './sample_buffer.ts';
import { UnloadedHistograms } from './unloaded_histograms.ts';

export interface TenantHeadOptions {
  /** Not charged to any request. */
  readonly reader: StoreReader;
  readonly database: string;
  readonly budgetBytes: number;
  /** Called with what went wrong while reading from the store; the head works on without. */
  readonly onError: (error: unknown) => void;
  /** First pause after the store failed, ms. */
  readonly retryMs?: number;
}

/** The recent samples of a tenant: fed with what was acknowledged, filled backwards from the store. */
export interface TenantHead {
  readonly head: Head;
  /** How often it was attached; 0 while it is not. */
  readonly attachment: number;
  /** The index to keep abreast; set by whoever owns the index. */
  index: SeriesIndex | undefined;
  /** Series with native histograms; these live in the store, but for those it may not have yet. */
  readonly histogramSeries: IdTable;
  readonly unloadedHistograms: UnloadedHistograms;
  /** Notes every sample when queries can see it. */
  readonly changes: Changes;
  /** Told when anything may have changed: after a delete, or after a gap in the feed. */
  onReset: (() => void) | undefined;
  /** Takes acknowledged sections. @param feedMs wall clock when they were handed over */
  take(sections: readonly Section[], feedMs: number): void;
  /** Everything handed over before this wall-clock time is in the store. */
  loadedBefore(feedMs: number): void;
  /** Everything acknowledged before this head was fed is in the store now: memory may answer and be filled. */
  attach(): Promise<void>;
  /** Forgets everything until it is attached again. */
  reset(): void;
}

const FILL_SECONDS = 600;
const LATER_GRAIN_MS = 100;
const DEFAULT_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

export function createTenantHead(options: TenantHeadOptions): TenantHead {
  const head = new Head(options.budgetBytes);
  let histogramSeries = new IdTable();
  let generation = 0;
  let attachments = 0;
  const changes = new Changes();
  const unloaded = new UnloadedHistograms();
  let laters: { readonly sinceMs: number; feedMs: number; oldestMs: number }[] = [];
  const query = { database: options.database, maxSeconds: FILL_SECONDS };

  const noteHistograms = (ids: Uint32Array): void => {
    for (let i = 0; i < ids.length; i += 2) {
      const [low, high] = [ids[i] as number, ids[i + 1] as number];
      if (histogramSeries.find(high, low) < 0) histogramSeries.add(high, low);
    }
  };

  /** Samples that queries read from the store are seen when that has them: they change answers a second time then. */
  const noteLater = (feedMs: number, times: Float64Array): void => {
    let oldest = Number.POSITIVE_INFINITY;
    for (const time of times) if (time < oldest) oldest = time;
    if (oldest >= head.floorMs && histogramSeries.size === 0) return;
    const last = laters.at(-1);
    if (last !== undefined && feedMs - last.sinceMs < LATER_GRAIN_MS) {
      last.oldestMs = Math.min(last.oldestMs, oldest);
      last.feedMs = feedMs;
    } else laters.push({ sinceMs: feedMs, feedMs, oldestMs: oldest });
  };

  const attempt = async (mine: number): Promise<void> => {
    if (!head.attached) {
      noteHistograms(await readHistogramSeries(options.reader, query));
      const range = await readSampleRange(options.reader, query);
      if (mine !== generation) return;
      head.attach(range);
      attachments++;
    }
    for (let task = head.nextFill(); task !== undefined && mine === generation; task = head.nextFill())
      await fill(options.reader, query, task);
  };

  const self: TenantHead = {
    head,
    get attachment() {
      return head.attached ? attachments : 0;
    },
    index: undefined,
    changes,
    onReset: undefined,
    get histogramSeries() {
      return histogramSeries;
    },
    unloadedHistograms: unloaded,
    take(sections, feedMs) {
      for (const section of sections) {
        if (section.table === 'series') {
          if (self.index !== undefined) absorb(self.index, readSeriesSection(section));
        } else if (section.table === 'native_histograms') {
          const rows = readHistogramSection(section);
          noteHistograms(rows.ids);
          unloaded.add(rows, feedMs);
          changes.note(rows.ids, rows.times, rows.rows);
          noteLater(feedMs, rows.times);
        } else if (section.table === 'samples') {
          const samples = readSampleSection(section);
          head.append(samples, feedMs);
          changes.note(samples.ids, samples.times, samples.rows);
          noteLater(feedMs, samples.times);
        }
      }
    },
    loadedBefore(feedMs) {
      head.loadedBefore(feedMs);
      unloaded.loadedBefore(feedMs);
      let oldest = Number.POSITIVE_INFINITY;
      for (const later of laters) if (later.feedMs < feedMs) oldest = Math.min(oldest, later.oldestMs);
      if (oldest === Number.POSITIVE_INFINITY) return;
      laters = laters.filter((later) => later.feedMs >= feedMs);
      changes.noteAll(oldest);
    },
    async attach() {
      const mine = ++generation;
      for (let pause = options.retryMs ?? DEFAULT_RETRY_MS; mine === generation; pause *= 2) {
        try {
          await attempt(mine);
          return;
        } catch (error) {
          if (mine !== generation) return;
          options.onError(error);
          await sleep(Math.min(pause, LONGEST_RETRY_MS));
        }
      }
    },
    reset() {
      generation++;
      head.reset();
      histogramSeries = new IdTable();
      unloaded.clear();
      laters = [];
      changes.noteAll(Number.NEGATIVE_INFINITY);
      self.onReset?.();
    },
  };
  return self;
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });

/** Reads one stretch. Throws StoreError; the stretch is then asked for again. */
async function fill(
  reader: StoreReader,
  options: { readonly database: string; readonly maxSeconds: number },
  task: FillTask,
): Promise<void> {
  const current = { low: 0, high: 0, buffer: new SampleBuffer() };
  const flush = (): void => {
    if (current.buffer.count > 0) task.add(current.high, current.low, current.buffer);
    current.buffer.clear();
  };
  let rows = 0;
  try {
    const bounds = { ...options, maxResultBytes: 0, maxResultRows: 0, maxRowsToRead: Number.MAX_SAFE_INTEGER };
    for await (const block of readAllSamples(reader, { fromMs: task.fromMs, toMs: Math.min(task.toMs, FAR) }, bounds)) {
      rows += block.rows;
      if (rows > task.maxRows) {
        task.abandon(true);
        return;
      }
      takeBlock(block, current, flush);
      await nextTurn();
    }
    flush();
  } catch (error) {
    task.abandon(false);
    throw error;
  }
  task.finish();
}

/** The end of what the store's times can be. */
const FAR = 4_102_444_800_000;

function takeBlock(
  { rows, ids, times, values }: SampleRows,
  current: { low: number; high: number; readonly buffer: SampleBuffer },
  flush: () => void,
): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, rows * 2);
  const { buffer } = current;
  for (let row = 0; row < rows; row++) {
    const low = ids[row * 2] as number;
    const high = ids[row * 2 + 1] as number;
    if (low !== current.low || high !== current.high) {
      flush();
      current.low = low;
      current.high = high;
    }
    if (buffer.count === buffer.times.length) buffer.reserve(1);
    buffer.put(times[row] as number, values, words, row);
  }
}
