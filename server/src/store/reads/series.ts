import type { Labels } from '../../model/labels.ts';
import type { Block, Column } from '../native/columns.ts';
import { NativeFormatError } from '../native/type.ts';
import { bind, identifier, sql } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';

/** Label sets of `series` or `log_streams`; one row an id. Shaped for the label index. */
export interface SeriesRows {
  readonly rows: number;
  /** UInt64 ids as word pairs, low first. */
  readonly ids: Uint32Array;
  /** UTC days since the epoch. */
  readonly firstDays: Uint16Array;
  readonly lastDays: Uint16Array;
  /** ms since the epoch. */
  readonly created: Float64Array;
  labels(row: number): Labels;
}

const NO_ROW_LIMIT = Number.MAX_SAFE_INTEGER;

/** As {@link SeriesRows}, without label sets: of ids that came with theirs before. */
export type SeriesDays = Omit<SeriesRows, 'labels'>;

/**
 * Streams the ids that have rows created at or after `sinceMs` (ms since the epoch). Everything (since 0) comes in two
 * passes, label sets first and days of use after, because grouping a million label sets takes more memory than a query has.
 * Throws StoreError.
 */
export async function* readSeries(
  reader: StoreReader,
  table: 'series' | 'log_streams',
  sinceMs: number,
  options: QueryOptions,
): AsyncIterable<SeriesRows | SeriesDays> {
  const bounds = { maxRowsToRead: NO_ROW_LIMIT, maxResultBytes: 0, maxMemoryBytes: 2 * 1024 ** 3, ...options };
  if (sinceMs === 0) {
    const sets = sql`SELECT id, labels, day, day AS last_day, created FROM ${identifier(table)} LIMIT 1 BY id`;
    for await (const block of reader.query(sets, bounds)) yield seriesRows(block);
    const days = sql`SELECT id, min(day) AS first_day, max(day) AS last_day, max(created) AS newest
      FROM ${identifier(table)} GROUP BY id`;
    for await (const block of reader.query(days, bounds)) yield seriesDays(block);
    return;
  }
  const statement = sql`SELECT id, any(labels) AS set, min(day) AS first_day, max(day) AS last_day, max(created) AS newest
    FROM ${identifier(table)} WHERE created >= ${bind.timeMs(sinceMs)} GROUP BY id`;
  for await (const block of reader.query(statement, bounds)) yield seriesRows(block);
}

function seriesRows(block: Block): SeriesRows {
  const [ids, sets, first, last, created] = block.columns;
  return labelRows(block.rows, { ids, sets, first, last, created });
}

function seriesDays(block: Block): SeriesDays {
  const [ids, first, last, created] = block.columns;
  return {
    rows: block.rows,
    ids: words(ids),
    firstDays: days(first),
    lastDays: days(last),
    created: milliseconds(created, block.rows),
  };
}

/** Label sets out of columns: ids, labels, days of first and last use, times of creation. */
export function labelRows(
  rows: number,
  {
    ids,
    sets,
    first,
    last,
    created,
  }: Readonly<Record<'ids' | 'sets' | 'first' | 'last' | 'created', Column | undefined>>,
): SeriesRows {
  if (sets?.kind !== 'map') throw new NativeFormatError('labels are not a map');
  const names = textReader(sets.keys);
  const values = textReader(sets.values);
  return {
    rows,
    ids: words(ids),
    firstDays: days(first),
    lastDays: days(last),
    created: milliseconds(created, rows),
    labels(row) {
      const start = row === 0 ? 0 : (sets.offsets[row - 1] as number);
      const pairs: [string, string][] = [];
      for (let i = start; i < (sets.offsets[row] as number); i++) pairs.push([names(i), values(i)]);
      return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).flat();
    },
  };
}

/** 64-bit values as word pairs, low first. */
export function words(column: Column | undefined): Uint32Array<ArrayBuffer> {
  if (column?.kind !== 'number') throw new NativeFormatError('a column of numbers was expected');
  const { buffer, byteOffset, byteLength } = column.values;
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

function days(column: Column | undefined): Uint16Array {
  if (column?.kind !== 'number' || !(column.values instanceof Uint16Array))
    throw new NativeFormatError('a column of dates was expected');
  return column.values;
}

/** DateTime64(3) as doubles, ms since the epoch. */
export function milliseconds(column: Column | undefined, rows: number): Float64Array<ArrayBuffer> {
  const pairs = words(column);
  const times = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    times[row] = ((pairs[row * 2 + 1] as number) | 0) * 4_294_967_296 + (pairs[row * 2] as number);
  }
  return times;
}

/** Reads texts of a column by row. */
export function textReader(column: Column): (row: number) => string {
  switch (column.kind) {
    case 'strings':
      return (row) => column.values[row] ?? '';
    case 'string': {
      const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength);
      return (row) => bytes.toString('utf8', column.offsets[row], column.offsets[row + 1]);
    }
    case 'dictionary': {
      const read = textReader(column.keys);
      const cache: string[] = [];
      return (row) => {
        const index = column.indexes[row] ?? 0;
        cache[index] ??= read(index);
        return cache[index] as string;
      };
    }
    default:
      throw new NativeFormatError(`a column of text was expected, not ${column.kind}`);
  }
}
