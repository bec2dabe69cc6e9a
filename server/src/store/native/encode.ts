import type { Column, DictionaryColumn, StringColumn, StringsColumn } from './columns.ts';
import { Output, textSize, varintSize } from './output.ts';
import { lastOffset, mismatch, prepare } from './shape.ts';
import { NativeFormatError, type NativeType, parseType } from './type.ts';

/**
 * Columns to ClickHouse's Native format (clickhouse.com/docs/interfaces/formats/Native): column count, row count, then
 * per column its name, type and data. The size is computed first, so every block is one allocation written once.
 */
export interface EncodeOptions {
  /** The last of `columns` is counted in the header but its name, type and data are left out of the bytes. */
  readonly omitLast?: boolean;
}

const BATCH_ID = 'batch_id';
const BATCH_ID_TYPE = 'UInt64';
/** LowCardinality: keys are sent with the block (bit 9), the dictionary is replaced by them (bit 10). */
const DICTIONARY_FLAGS = 0x600;
const DICTIONARY_VERSION = 1;

/**
 * One block. With `omitLast` the last column must be `batch_id UInt64` and `data` has one entry less than `columns`.
 * Throws NativeFormatError when a column's shape or size does not fit its type and `rows`.
 */
export function encodeBlock(
  columns: readonly (readonly [name: string, type: string])[],
  data: readonly Column[],
  rows: number,
  options: EncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  const written = options.omitLast === true ? columns.slice(0, -1) : columns;
  const last = columns.at(-1);
  if (options.omitLast === true && (last?.[0] !== BATCH_ID || last[1] !== BATCH_ID_TYPE)) {
    throw new NativeFormatError(`the omitted column must be ${BATCH_ID} ${BATCH_ID_TYPE}`);
  }
  if (written.length !== data.length) {
    throw new NativeFormatError(`${data.length} columns of data for ${written.length} columns`);
  }
  const types = written.map(([, type]) => parseType(type));
  const prepared = data.map((column, i) => prepare(types[i] as NativeType, column, rows));
  let size = varintSize(columns.length) + varintSize(rows);
  written.forEach(([name, type], i) => {
    size += textSize(name) + textSize(type);
    if (rows > 0)
      size += prefixSize(types[i] as NativeType) + dataSize(types[i] as NativeType, prepared[i] as Column, rows);
  });
  const out = new Output(size);
  out.varint(columns.length);
  out.varint(rows);
  written.forEach(([name, type], i) => {
    out.text(name);
    out.text(type);
    if (rows === 0) return;
    writePrefix(out, types[i] as NativeType);
    writeData(out, types[i] as NativeType, prepared[i] as Column, rows);
  });
  if (out.position !== size) throw new NativeFormatError(`wrote ${out.position} bytes of ${size}`);
  return out.bytes;
}

/** The bytes `encodeBlock` left out with `omitLast`: name, type and `rows` times the batch id. */
export function batchIdTail(rows: number, batchId: bigint): Uint8Array<ArrayBuffer> {
  const out = new Output(textSize(BATCH_ID) + textSize(BATCH_ID_TYPE) + rows * 8);
  out.text(BATCH_ID);
  out.text(BATCH_ID_TYPE);
  if (rows > 0) {
    const start = out.position;
    out.view.setBigUint64(start, batchId, true);
    // Doubling copies: memmove speed without an aligned array.
    for (let filled = 8; filled < rows * 8; filled *= 2) {
      out.bytes.copyWithin(start + filled, start, start + Math.min(filled, rows * 8 - filled));
    }
  }
  return out.bytes;
}

function dataSize(type: NativeType, column: Column, rows: number): number {
  if (type.kind === 'fixed' && column.kind === 'number') {
    if (column.values.byteLength !== rows * type.width) {
      throw new NativeFormatError(`${column.values.byteLength} bytes for ${rows} values of ${type.width} bytes`);
    }
    return column.values.byteLength;
  }
  if (type.kind === 'string' && (column.kind === 'string' || column.kind === 'strings'))
    return stringsSize(column, rows);
  if (type.kind === 'dictionary' && column.kind === 'dictionary') {
    if (rows === 0) return 0;
    const keys = keyCount(column);
    if (column.indexes.length < rows) throw new NativeFormatError(`${column.indexes.length} indexes for ${rows} rows`);
    return 24 + stringsSize(column.keys, keys) + rows * indexWidth(keys);
  }
  if (type.kind === 'array' && column.kind === 'array') {
    return rows * 8 + dataSize(type.values, column.values, lastOffset(column.offsets, rows));
  }
  if (type.kind === 'map' && column.kind === 'map') {
    const inner = lastOffset(column.offsets, rows);
    return rows * 8 + dataSize(type.keys, column.keys, inner) + dataSize(type.values, column.values, inner);
  }
  if (type.kind === 'tuple' && column.kind === 'tuple') {
    let size = 0;
    type.elements.forEach((element, i) => {
      size += dataSize(element, column.elements[i] as Column, rows);
    });
    return size;
  }
  if (type.kind === 'nullable' && column.kind === 'nullable') {
    if (column.nulls.length !== rows) throw new NativeFormatError(`${column.nulls.length} null marks for ${rows} rows`);
    return rows + dataSize(type.values, column.values, rows);
  }
  throw mismatch(type, column);
}

/** Serialisation prefixes of a whole column come before its data, in tree order; only LowCardinality has one. */
function prefixSize(type: NativeType): number {
  switch (type.kind) {
    case 'dictionary':
      return 8;
    case 'array':
    case 'nullable':
      return prefixSize(type.values);
    case 'map':
      return prefixSize(type.keys) + prefixSize(type.values);
    case 'tuple':
      return type.elements.reduce((size, element) => size + prefixSize(element), 0);
    default:
      return 0;
  }
}

function writePrefix(out: Output, type: NativeType): void {
  for (let written = prefixSize(type); written > 0; written -= 8) out.uint64(DICTIONARY_VERSION);
}

function writeData(out: Output, type: NativeType, column: Column, rows: number): void {
  switch (column.kind) {
    case 'number':
      out.raw(column.values);
      return;
    case 'string':
      out.strings(column, rows);
      return;
    case 'strings':
      for (let i = 0; i < rows; i++) out.text(column.values[i] as string);
      return;
    case 'dictionary':
      if (rows > 0) writeDictionary(out, column, rows);
      return;
    case 'array':
      if (type.kind !== 'array') throw mismatch(type, column);
      out.offsets(column.offsets, rows);
      writeData(out, type.values, column.values, lastOffset(column.offsets, rows));
      return;
    case 'map': {
      if (type.kind !== 'map') throw mismatch(type, column);
      const inner = lastOffset(column.offsets, rows);
      out.offsets(column.offsets, rows);
      writeData(out, type.keys, column.keys, inner);
      writeData(out, type.values, column.values, inner);
      return;
    }
    case 'tuple':
      if (type.kind !== 'tuple') throw mismatch(type, column);
      type.elements.forEach((element, i) => {
        writeData(out, element, column.elements[i] as Column, rows);
      });
      return;
    case 'nullable':
      if (type.kind !== 'nullable') throw mismatch(type, column);
      out.raw(column.nulls);
      writeData(out, type.values, column.values, rows);
      return;
  }
}

function writeDictionary(out: Output, column: DictionaryColumn, rows: number): void {
  const keys = keyCount(column);
  const width = indexWidth(keys);
  out.uint64(DICTIONARY_FLAGS | (width === 1 ? 0 : width === 2 ? 1 : 2));
  out.uint64(keys);
  if (column.keys.kind === 'string') out.strings(column.keys, keys);
  else for (const key of column.keys.values) out.text(key);
  out.uint64(rows);
  out.indexes(column.indexes, rows, width, keys);
}

function stringsSize(column: StringColumn | StringsColumn, rows: number): number {
  let size = 0;
  if (column.kind === 'strings') {
    if (column.values.length !== rows) throw new NativeFormatError(`${column.values.length} strings for ${rows} rows`);
    for (const value of column.values) size += textSize(value);
    return size;
  }
  const { offsets } = column;
  if (offsets.length < rows + 1) throw new NativeFormatError(`${offsets.length} string offsets for ${rows} rows`);
  for (let i = 0; i < rows; i++) {
    const length = (offsets[i + 1] as number) - (offsets[i] as number);
    if (length < 0) throw new NativeFormatError('string offsets go backwards');
    size += length + varintSize(length);
  }
  if ((offsets[rows] as number) > column.bytes.length) throw new NativeFormatError('string offsets pass the bytes');
  return size;
}

function keyCount(column: DictionaryColumn): number {
  return column.keys.kind === 'strings' ? column.keys.values.length : column.keys.offsets.length - 1;
}

function indexWidth(keys: number): 1 | 2 | 4 {
  return keys <= 0x100 ? 1 : keys <= 0x10000 ? 2 : 4;
}
