import type { Labels } from '../../model/labels.ts';
import type { Block } from '../native/columns.ts';
import { NativeFormatError } from '../native/type.ts';
import { bind, sql } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { milliseconds, textReader, words } from './series.ts';

export interface ExemplarRow {
  /** Halves of the series id. */
  readonly idHigh: number;
  readonly idLow: number;
  /** ms since the epoch. */
  readonly timeMs: number;
  readonly value: number;
  readonly labels: Labels;
}

const MOST_ROWS = 10_000;
const MOST_OF_TRACE = 1_000;

/** Exemplars of some series in a time range (ms, both ends included), by series and time; the newest 10,000 at most. */
export async function readExemplars(
  reader: StoreReader,
  selection: { readonly ids: BigUint64Array; readonly fromMs: number; readonly toMs: number },
  options: QueryOptions,
): Promise<readonly ExemplarRow[]> {
  const { ids, fromMs, toMs } = selection;
  if (ids.length === 0 || toMs < 0) return [];
  const { blocks } = await reader.collect(
    sql`SELECT series, ts, value, trace_id, span_id, mapKeys(labels) AS names, mapValues(labels) AS texts FROM (
      SELECT * FROM exemplars
      WHERE series IN ${bind.uint64s(ids)} AND ts >= ${bind.timeMs(Math.max(0, fromMs))} AND ts <= ${bind.timeMs(toMs)}
      ORDER BY ts DESC LIMIT 1 BY series, ts LIMIT ${bind.uint64(MOST_ROWS)})
      ORDER BY series, ts`,
    options,
  );
  return blocks.flatMap(exemplarRows);
}

/** Exemplars that name a trace in a time range (ms, both ends included), oldest first; the first thousand. Throws StoreError. */
export async function readTraceExemplars(
  reader: StoreReader,
  { traceId, fromMs, toMs }: { readonly traceId: string; readonly fromMs: number; readonly toMs: number },
  options: QueryOptions,
): Promise<readonly ExemplarRow[]> {
  const { blocks } = await reader.collect(
    sql`SELECT series, ts, value, trace_id, span_id, mapKeys(labels) AS names, mapValues(labels) AS texts FROM exemplars
      WHERE trace_id = ${bind.string(traceId)} AND ts >= ${bind.timeMs(Math.max(0, fromMs))} AND ts <= ${bind.timeMs(toMs)}
      ORDER BY ts, series LIMIT 1 BY series, ts LIMIT ${bind.uint64(MOST_OF_TRACE)}`,
    options,
  );
  return blocks.flatMap(exemplarRows);
}

function exemplarRows(block: Block): ExemplarRow[] {
  const [series, ts, values, traceIds, spanIds, names, texts] = block.columns;
  if (
    values?.kind !== 'number' ||
    !(values.values instanceof Float64Array) ||
    names?.kind !== 'array' ||
    texts?.kind !== 'array'
  ) {
    throw new NativeFormatError('the columns of exemplars were expected');
  }
  const numbers = values.values;
  const ids32 = words(series);
  const times = milliseconds(ts, block.rows);
  const [trace, span] = [textOf(traceIds), textOf(spanIds)];
  const [name, text] = [textReader(names.values), textReader(texts.values)];
  return Array.from({ length: block.rows }, (_, row): ExemplarRow => {
    const labels: [string, string][] = [];
    for (let i = row === 0 ? 0 : (names.offsets[row - 1] as number); i < (names.offsets[row] as number); i++)
      labels.push([name(i), text(i)]);
    if (trace(row) !== '') labels.push(['trace_id', trace(row)]);
    if (span(row) !== '') labels.push(['span_id', span(row)]);
    return {
      idHigh: ids32[row * 2 + 1] as number,
      idLow: ids32[row * 2] as number,
      timeMs: times[row] as number,
      value: numbers[row] as number,
      labels: [...new Map(labels)].sort(([a], [b]) => (a < b ? -1 : 1)).flat(),
    };
  });
}

function textOf(column: Parameters<typeof textReader>[0] | undefined): (row: number) => string {
  if (column === undefined) throw new NativeFormatError('a column of text was expected');
  return textReader(column);
}
