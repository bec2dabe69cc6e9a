import type { Column, DictionaryColumn, StringColumn, StringsColumn } from './columns.ts';
import { NativeFormatError, type NativeType } from './type.ts';

/** Brings convenient shapes into the one the type is written from (strings for a LowCardinality and the reverse). */
export function prepare(type: NativeType, column: Column, rows: number): Column {
  switch (type.kind) {
    case 'dictionary':
      return column.kind === 'dictionary' ? column : toDictionary(column, rows);
    case 'string':
      return column.kind === 'dictionary' ? expand(column, rows) : column;
    case 'array':
      if (column.kind !== 'array') throw mismatch(type, column);
      return { ...column, values: prepare(type.values, column.values, lastOffset(column.offsets, rows)) };
    case 'map': {
      if (column.kind !== 'map') throw mismatch(type, column);
      const inner = lastOffset(column.offsets, rows);
      return {
        ...column,
        keys: prepare(type.keys, column.keys, inner),
        values: prepare(type.values, column.values, inner),
      };
    }
    case 'tuple':
      if (column.kind !== 'tuple' || column.elements.length !== type.elements.length) throw mismatch(type, column);
      return {
        kind: 'tuple',
        elements: column.elements.map((element, i) => prepare(type.elements[i] as NativeType, element, rows)),
      };
    case 'nullable':
      if (column.kind !== 'nullable') throw mismatch(type, column);
      return { ...column, values: prepare(type.values, column.values, rows) };
    case 'fixed':
      return column;
  }
}

function toDictionary(column: Column, rows: number): DictionaryColumn {
  const indexes = new Uint32Array(rows);
  const seen = new Map<string, number>();
  if (column.kind === 'strings') {
    column.values.forEach((value, i) => {
      indexes[i] = indexOf(seen, value);
    });
    return { kind: 'dictionary', keys: { kind: 'strings', values: [...seen.keys()] }, indexes };
  }
  if (column.kind !== 'string') throw new NativeFormatError(`a ${column.kind} column for LowCardinality`);
  // Keyed by latin1 text: one character per byte, whatever the encoding.
  const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength);
  const starts: number[] = [];
  for (let i = 0; i < rows; i++) {
    const key = bytes.toString('latin1', column.offsets[i], column.offsets[i + 1]);
    const index = indexOf(seen, key);
    if (index === starts.length) starts.push(i);
    indexes[i] = index;
  }
  return { kind: 'dictionary', keys: pick(column, starts), indexes };
}

function indexOf(seen: Map<string, number>, key: string): number {
  const known = seen.get(key);
  if (known !== undefined) return known;
  seen.set(key, seen.size);
  return seen.size - 1;
}

function expand(column: DictionaryColumn, rows: number): StringColumn | StringsColumn {
  const { keys, indexes } = column;
  if (keys.kind === 'string') return pick(keys, indexes.subarray(0, rows));
  return { kind: 'strings', values: Array.from(indexes.subarray(0, rows), (index) => keys.values[index] as string) };
}

/** The strings at the given places, in that order. */
function pick(column: StringColumn, places: ArrayLike<number>): StringColumn {
  const offsets = new Uint32Array(places.length + 1);
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number;
    offsets[i + 1] = (offsets[i] as number) + (column.offsets[place + 1] as number) - (column.offsets[place] as number);
  }
  const bytes = new Uint8Array(offsets[places.length] as number);
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number;
    bytes.set(column.bytes.subarray(column.offsets[place], column.offsets[place + 1]), offsets[i]);
  }
  return { kind: 'string', bytes, offsets };
}

/** How many values the rows of an Array or Map column have together. */
export function lastOffset(offsets: Uint32Array, rows: number): number {
  if (offsets.length < rows) throw new NativeFormatError(`${offsets.length} offsets for ${rows} rows`);
  return rows === 0 ? 0 : (offsets[rows - 1] as number);
}

export function mismatch(type: NativeType, column: Column): NativeFormatError {
  return new NativeFormatError(`a ${column.kind} column for a type of kind ${type.kind}`);
}
