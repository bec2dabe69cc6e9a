import { NativeFormatError } from '../native/type.ts';
import { readRows } from '../rows.ts';
import { bind, type Sql, sql } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { words } from './series.ts';

/** Series seen for the first time in a stretch of time. */
export interface NewSeriesSelection {
  /** ms since the epoch, half open. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Only of this metric. */
  readonly metric?: string | undefined;
}

/** Ids with the time of their first row; an id has a row for each day it was in use. */
function firstSeen({ fromMs, toMs, metric }: NewSeriesSelection): Sql {
  const only = metric === undefined ? sql`1` : sql`metric = ${bind.string(metric)}`;
  return sql`(SELECT any(metric) AS name, min(created) AS first FROM series WHERE ${only} GROUP BY id
    HAVING first >= ${bind.timeMs(fromMs)} AND first < ${bind.timeMs(toMs)})`;
}

/** New series in each step of a range, oldest first. Throws StoreError. */
export async function countNewSeries(
  reader: StoreReader,
  selection: NewSeriesSelection & { readonly stepMs: number },
  options: QueryOptions,
): Promise<readonly number[]> {
  const { fromMs, toMs, stepMs } = selection;
  const { blocks } = await reader.collect(
    sql`SELECT intDiv(toUnixTimestamp64Milli(first) - ${bind.int64(fromMs)}, ${bind.int64(stepMs)}) AS step, count()
      FROM ${firstSeen(selection)} GROUP BY step`,
    options,
  );
  const counts = new Array<number>(Math.max(0, Math.ceil((toMs - fromMs) / stepMs))).fill(0);
  for (const [step, count] of readRows(blocks)) counts[Number(step)] = Number(count);
  return counts;
}

/** New series by metric, most first. Throws StoreError. */
export async function newSeriesByMetric(
  reader: StoreReader,
  selection: NewSeriesSelection & { readonly limit: number },
  options: QueryOptions,
): Promise<ReadonlyMap<string, number>> {
  const { blocks } = await reader.collect(
    sql`SELECT name, count() AS n FROM ${firstSeen(selection)} GROUP BY name ORDER BY n DESC, name
      LIMIT ${bind.uint64(selection.limit)}`,
    options,
  );
  return new Map(readRows(blocks).map(([name, count]) => [String(name), Number(count)]));
}

/** How many samples some series received. */
export interface SampleCountRows {
  readonly rows: number;
  /** UInt64 series ids as word pairs, low first. */
  readonly ids: Uint32Array;
  /** As word pairs, low first. */
  readonly counts: Uint32Array;
}

/** Streams the number of samples and native histograms of each series in a stretch of time (ms, half open). Throws StoreError. */
export async function* countSamplesBySeries(
  reader: StoreReader,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  options: QueryOptions,
): AsyncIterable<SampleCountRows> {
  const during = sql`ts >= ${bind.timeMs(fromMs)} AND ts < ${bind.timeMs(toMs)}`;
  const statement = sql`SELECT series, count() FROM
    (SELECT series FROM samples WHERE ${during} UNION ALL SELECT series FROM native_histograms WHERE ${during})
    GROUP BY series`;
  for await (const block of reader.query(statement, options)) {
    const [series, counts] = block.columns;
    if (series === undefined || counts === undefined) throw new NativeFormatError('two columns were expected');
    yield { rows: block.rows, ids: words(series), counts: words(counts) };
  }
}

/** Samples in the store and their bytes on disk; on a cluster those of the server that is asked. Throws StoreError. */
export async function storedSamples(
  reader: StoreReader,
  options: QueryOptions,
): Promise<{ readonly samples: number; readonly bytes: number }> {
  const { blocks } = await reader.collect(
    sql`SELECT sum(rows), sum(bytes_on_disk) FROM system.parts WHERE active AND database = ${bind.string(options.database)}
      AND table IN ('samples', 'samples_local', 'native_histograms', 'native_histograms_local')`,
    options,
  );
  const [samples = 0, bytes = 0] = readRows(blocks)[0] ?? [];
  return { samples: Number(samples), bytes: Number(bytes) };
}
