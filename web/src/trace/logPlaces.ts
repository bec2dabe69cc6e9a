import type { LogRecord } from '@trilith/contract';
import { rowsById, type SpanTable } from './spanTable.ts';
import type { LogPlaces } from './waterfallRows.ts';

/** Lines by the span they name; those that name none or an unknown one belong to the first root. */
export function logPlaces(table: SpanTable, logs: readonly LogRecord[]): LogPlaces {
  if (logs.length === 0) return { offsets: new Int32Array(table.count + 1), places: new Int32Array(0) };
  const byId = rowsById(table);
  const rowOf = (log: LogRecord): number => (log.spanId === null ? 0 : (byId.get(log.spanId) ?? 0));
  const offsets = new Int32Array(table.count + 1);
  const rows = logs.map(rowOf);
  for (const row of rows) offsets[row + 1] = (offsets[row + 1] ?? 0) + 1;
  for (let row = 0; row < table.count; row += 1) offsets[row + 1] = (offsets[row + 1] ?? 0) + (offsets[row] ?? 0);
  const next = offsets.slice();
  const places = new Int32Array(logs.length);
  rows.forEach((row, place) => {
    places[next[row] ?? 0] = place;
    next[row] = (next[row] ?? 0) + 1;
  });
  return { offsets, places };
}

/** The moment of a line, ns after the trace's start. */
export function momentOf(table: SpanTable, log: LogRecord): number {
  return Number(BigInt(log.timeNs) - table.startNs);
}
