import type { Column } from '../native/columns.ts';
import { NativeFormatError } from '../native/type.ts';
import type { ColumnView } from '../native/view.ts';

/** Reads one row of a text column (String or LowCardinality). */
export type TextReader = (row: number) => string;

/** A reader of a text column; dictionary keys are decoded once. */
export function textReader(column: Column | ColumnView): TextReader {
  switch (column.kind) {
    case 'string': {
      const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength);
      return (row) => bytes.toString('utf8', column.offsets[row], column.offsets[row + 1]);
    }
    case 'texts': {
      const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength);
      return (row) => bytes.toString('utf8', column.starts[row], column.ends[row]);
    }
    case 'strings':
      return (row) => column.values[row] ?? '';
    case 'dictionary':
    case 'words': {
      const key = textReader(column.keys);
      const decoded: string[] = [];
      return (row) => {
        const index = column.indexes[row] ?? 0;
        const known = decoded[index];
        if (known !== undefined) return known;
        const text = key(index);
        decoded[index] = text;
        return text;
      };
    }
    default:
      throw new NativeFormatError(`a ${column.kind} column where text belongs`);
  }
}

/** A reader of Map(String, String): name, value, …; sorted by name. */
export function mapReader(column: Column | ColumnView): (row: number) => readonly string[] {
  if (column.kind !== 'map') throw new NativeFormatError(`a ${column.kind} column where a map belongs`);
  const key = textReader(column.keys);
  const value = textReader(column.values);
  return (row) => {
    const end = column.offsets[row] ?? 0;
    const start = row === 0 ? 0 : (column.offsets[row - 1] ?? 0);
    if (end === start) return [];
    const pairs: [string, string][] = [];
    for (let i = start; i < end; i++) pairs.push([key(i), value(i)]);
    return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).flat();
  };
}

/** As mapReader, in stored order (which the columns of attribute types follow). */
export function orderedMapReader(column: Column): (row: number) => readonly string[] {
  if (column.kind !== 'map') throw new NativeFormatError(`a ${column.kind} column where a map belongs`);
  const key = textReader(column.keys);
  const value = textReader(column.values);
  return (row) => {
    const start = row === 0 ? 0 : (column.offsets[row - 1] ?? 0);
    const pairs: string[] = [];
    for (let i = start; i < (column.offsets[row] ?? 0); i++) pairs.push(key(i), value(i));
    return pairs;
  };
}

export const NO_NUMBERS: ReadonlyMap<string, number> = new Map();

/** A reader of Map(String, UInt32). */
export function numberMapReader(column: Column): (row: number) => ReadonlyMap<string, number> {
  if (column.kind !== 'map') throw new NativeFormatError(`a ${column.kind} column where a map belongs`);
  const key = textReader(column.keys);
  const value = numberReader(column.values);
  return (row) => {
    const start = row === 0 ? 0 : (column.offsets[row - 1] ?? 0);
    const end = column.offsets[row] ?? 0;
    if (end === start) return NO_NUMBERS;
    const numbers = new Map<string, number>();
    for (let i = start; i < end; i++) numbers.set(key(i), value(i));
    return numbers;
  };
}

/** A reader of Array(T): for each row the range of its elements in the inner column. */
export function arrayRange(column: Column): (row: number) => readonly [start: number, end: number] {
  if (column.kind !== 'array') throw new NativeFormatError(`a ${column.kind} column where an array belongs`);
  return (row) => [row === 0 ? 0 : (column.offsets[row - 1] ?? 0), column.offsets[row] ?? 0];
}

/** The values of a numeric column of 64 bits, signed or not. */
export function bigints(column: Column): BigInt64Array | BigUint64Array {
  if (column.kind === 'number') {
    const { values } = column;
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) return values;
  }
  throw new NativeFormatError('a 64-bit column was expected');
}

/** A reader of any numeric column as double. */
export function numberReader(column: Column): (row: number) => number {
  if (column.kind !== 'number' || column.values instanceof DataView)
    throw new NativeFormatError('a numeric column was expected');
  const values = column.values as unknown as ArrayLike<number | bigint>;
  return (row) => Number(values[row] ?? 0);
}
