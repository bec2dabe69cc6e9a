import type { FactsPosition, HeldRow } from '../columns/span_facts.ts';
import type { Column } from '../native/columns.ts';
import { NativeFormatError } from '../native/type.ts';
import { bind, sql } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { columnOf } from './logs.ts';
import { numberReader, textReader } from './text_columns.ts';

/** What earlier runs of the program have counted of spans. */
export interface StoredSpanSums {
  /** Up to which facts the sums are. */
  readonly position: FactsPosition;
  readonly sums: readonly { readonly key: string; readonly sums: Uint8Array<ArrayBuffer>; readonly timeMs: number }[];
  /** Facts after that, in order. */
  readonly facts: readonly Uint8Array<ArrayBuffer>[];
}

const MOST_BYTES = 512 * 1024 * 1024;

/**
 * The newest sums of each key, and the facts that are not in them. Call it when everything acknowledged is in the store.
 * @param exceptRun the run that asks: what it has counted it knows
 */
export async function readSpanSums(
  reader: StoreReader,
  exceptRun: number,
  options: QueryOptions,
): Promise<StoredSpanSums> {
  const bounds = { ...options, maxResultBytes: MOST_BYTES };
  const newest = await reader.collect(
    sql`SELECT run, number FROM span_sums WHERE run != ${bind.uint64(exceptRun)} ORDER BY run DESC, number DESC LIMIT 1`,
    bounds,
  );
  let position: FactsPosition = { run: 0, number: 0 };
  for (const block of newest.blocks) {
    if (block.rows > 0)
      position = {
        run: numberReader(columnOf(block, 'run'))(0),
        number: numberReader(columnOf(block, 'number'))(0),
      };
  }
  const rows = await reader.collect(
    sql`SELECT key, argMax(sums, (run, number)) AS newest, toUnixTimestamp64Milli(argMax(time, (run, number))) AS at
      FROM span_sums WHERE run != ${bind.uint64(exceptRun)} GROUP BY key`,
    bounds,
  );
  const facts = await reader.collect(
    sql`SELECT facts FROM span_facts
      WHERE run != ${bind.uint64(exceptRun)}
        AND (run > ${bind.uint64(position.run)} OR (run = ${bind.uint64(position.run)} AND number > ${bind.uint64(position.number)}))
      ORDER BY run, number LIMIT 1 BY run, number`,
    bounds,
  );
  return {
    position,
    sums: rows.blocks.flatMap((block) => {
      if (block.rows === 0) return [];
      const key = textReader(columnOf(block, 'key'));
      const sums = bytesReader(columnOf(block, 'newest'));
      const timeMs = numberReader(columnOf(block, 'at'));
      return Array.from({ length: block.rows }, (_, row) => ({ key: key(row), sums: sums(row), timeMs: timeMs(row) }));
    }),
    facts: facts.blocks.flatMap((block) => {
      if (block.rows === 0) return [];
      const read = bytesReader(columnOf(block, 'facts'));
      return Array.from({ length: block.rows }, (_, row) => read(row));
    }),
  };
}

/** Requests that an earlier run held and did not release, in the order they came. */
export async function readHeldSpans(
  reader: StoreReader,
  exceptRun: number,
  options: QueryOptions,
): Promise<readonly HeldRow[]> {
  const { blocks } = await reader.collect(
    sql`SELECT run, number, anyIf(toString(door), released = 0) AS from, anyIf(body, released = 0) AS bytes FROM held_spans
      WHERE run != ${bind.uint64(exceptRun)} GROUP BY run, number HAVING max(released) = 0 ORDER BY run, number`,
    { ...options, maxResultBytes: MOST_BYTES },
  );
  return blocks.flatMap((block) => {
    if (block.rows === 0) return [];
    const [run, number] = [numberReader(columnOf(block, 'run')), numberReader(columnOf(block, 'number'))];
    const door = textReader(columnOf(block, 'from'));
    const body = bytesReader(columnOf(block, 'bytes'));
    return Array.from({ length: block.rows }, (_, row) => ({
      position: { run: run(row), number: number(row) },
      released: false,
      door: door(row),
      body: body(row),
    }));
  });
}

function bytesReader(column: Column): (row: number) => Uint8Array<ArrayBuffer> {
  if (column.kind !== 'string') throw new NativeFormatError(`a ${column.kind} column where bytes belong`);
  return (row) => Uint8Array.from(column.bytes.subarray(column.offsets[row], column.offsets[row + 1]));
}
