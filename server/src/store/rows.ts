import type { Block, Column } from './native/columns.ts';
import { NativeFormatError } from './native/type.ts';

/**
 * Small results as plain values, for administration. Result sets of telemetry are read column by column instead.
 */
export type Value = number | bigint | string | null | readonly Value[];

/** Every row as a list of values in column order. Arrays and tuples are lists, maps are lists of pairs. */
export function readRows(blocks: readonly Block[]): readonly (readonly Value[])[] {
  const rows: Value[][] = [];
  for (const block of blocks) {
    const readers = block.columns.map(valueReader);
    for (let i = 0; i < block.rows; i++) rows.push(readers.map((read) => read(i)));
  }
  return rows;
}

/** The first column of a result as numbers. */
export function readUint32s(blocks: readonly Block[]): readonly number[] {
  return readRows(blocks).map((row) => Number(row[0]));
}

/** The first value of a result as a number; 0 when there is no row. */
export function readCount(blocks: readonly Block[]): number {
  return readUint32s(blocks)[0] ?? 0;
}

function valueReader(column: Column): (row: number) => Value {
  switch (column.kind) {
    case 'number': {
      const { values } = column;
      if (values instanceof DataView) throw new NativeFormatError('a column without a number type');
      const numbers = values as unknown as ArrayLike<number | bigint>;
      return (row) => numbers[row] ?? null;
    }
    case 'string': {
      const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength);
      return (row) => bytes.toString('utf8', column.offsets[row], column.offsets[row + 1]);
    }
    case 'strings':
      return (row) => column.values[row] ?? null;
    case 'dictionary': {
      const read = valueReader(column.keys);
      return (row) => read(column.indexes[row] ?? 0);
    }
    case 'nullable': {
      const read = valueReader(column.values);
      return (row) => (column.nulls[row] === 1 ? null : read(row));
    }
    case 'array': {
      const read = valueReader(column.values);
      return (row) => range(column.offsets, row).map(read);
    }
    case 'map': {
      const [key, value] = [valueReader(column.keys), valueReader(column.values)];
      return (row) => range(column.offsets, row).map((i) => [key(i), value(i)]);
    }
    case 'tuple': {
      const reads = column.elements.map(valueReader);
      return (row) => reads.map((read) => read(row));
    }
  }
}

/** The places in an Array's or Map's values that belong to a row. */
function range(offsets: Uint32Array, row: number): readonly number[] {
  const start = row === 0 ? 0 : (offsets[row - 1] ?? 0);
  return Array.from({ length: (offsets[row] ?? start) - start }, (_, i) => start + i);
}
