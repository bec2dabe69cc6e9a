import type { Column } from './columns.ts';
import { MAX_ROWS } from './input.ts';
import { type Place, prefixBytes, varintAt } from './skip.ts';
import { NativeFormatError, type NativeType, parseType } from './type.ts';

/** Texts where they lie: text i is bytes[starts[i], ends[i]). */
export interface TextColumn {
  readonly kind: 'texts';
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Words: row i is keys[indexes[i]]. */
export interface WordColumn {
  readonly kind: 'words';
  readonly keys: TextColumn;
  readonly indexes: Uint32Array;
}

/** A column whose texts are not copied. Offsets are as in {@link Column}; numbers begin their buffer. */
export type ColumnView =
  | TextColumn
  | WordColumn
  | { readonly kind: 'numbers'; readonly values: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'array'; readonly offsets: Uint32Array; readonly values: ColumnView }
  | { readonly kind: 'map'; readonly offsets: Uint32Array; readonly keys: ColumnView; readonly values: ColumnView };

/** A column of complete bytes at a place, which moves behind it. Throws NativeFormatError, also for types spans do not have. */
function viewColumn(bytes: Uint8Array, place: Place, type: NativeType, rows: number): ColumnView {
  if (rows > 0) place.position += prefixBytes(type);
  const view = viewData(bytes, place, type, rows);
  if (place.position > bytes.length) throw new NativeFormatError('the bytes end inside a column');
  return view;
}

function viewData(bytes: Uint8Array, place: Place, type: NativeType, rows: number): ColumnView {
  switch (type.kind) {
    case 'string':
      return viewTexts(bytes, place, rows);
    case 'fixed':
      return { kind: 'numbers', values: take(bytes, place, rows * type.width) };
    case 'dictionary':
      return viewWords(bytes, place, rows);
    case 'array': {
      const offsets = viewOffsets(bytes, place, rows);
      return { kind: 'array', offsets, values: viewData(bytes, place, type.values, offsets[rows - 1] ?? 0) };
    }
    case 'map': {
      const offsets = viewOffsets(bytes, place, rows);
      const inner = offsets[rows - 1] ?? 0;
      const keys = viewData(bytes, place, type.keys, inner);
      return { kind: 'map', offsets, keys, values: viewData(bytes, place, type.values, inner) };
    }
    default:
      throw new NativeFormatError(`a ${type.kind} column where it lies`);
  }
}

function viewTexts(bytes: Uint8Array, place: Place, rows: number): TextColumn {
  // A text takes a byte at least.
  if (rows > bytes.length - place.position) throw new NativeFormatError('the bytes end inside texts');
  const starts = new Uint32Array(rows);
  const ends = new Uint32Array(rows);
  let { position } = place;
  for (let row = 0; row < rows; row++) {
    let length = bytes[position++] as number;
    if (length >= 0x80) {
      place.position = position - 1;
      length = varintAt(bytes, place);
      position = place.position;
    }
    starts[row] = position;
    position += length;
    ends[row] = position;
  }
  if (position > bytes.length) throw new NativeFormatError('the bytes end inside texts');
  place.position = position;
  return { kind: 'texts', bytes, starts, ends };
}

/** Flags, which tell how wide an index is; keys; a count; indexes. */
function viewWords(bytes: Uint8Array, place: Place, rows: number): WordColumn {
  if (rows === 0) return { kind: 'words', keys: viewTexts(bytes, place, 0), indexes: new Uint32Array(0) };
  const width = 1 << (take(bytes, place, 8)[0] as number);
  if (width > 4) throw new NativeFormatError(`LowCardinality indexes of ${width} bytes`);
  const keys = viewTexts(bytes, place, countOf(take(bytes, place, 8)));
  if (countOf(take(bytes, place, 8)) !== rows) throw new NativeFormatError('another number of indexes than of rows');
  return { kind: 'words', keys, indexes: viewIndexes(bytes, place, rows, width) };
}

function viewIndexes(bytes: Uint8Array, place: Place, rows: number, width: number): Uint32Array {
  if (width === 4) return new Uint32Array(take(bytes, place, rows * 4).buffer);
  const start = place.position;
  place.position += rows * width;
  if (place.position > bytes.length) throw new NativeFormatError('the bytes end inside numbers');
  const indexes = new Uint32Array(rows);
  if (width === 1) for (let row = 0; row < rows; row++) indexes[row] = bytes[start + row] as number;
  else
    for (let row = 0, at = start; row < rows; row++, at += 2)
      indexes[row] = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return indexes;
}

function viewOffsets(bytes: Uint8Array, place: Place, rows: number): Uint32Array {
  const start = place.position;
  place.position += rows * 8;
  if (place.position > bytes.length) throw new NativeFormatError('the bytes end inside numbers');
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, rows * 8);
  const offsets = new Uint32Array(rows);
  let last = 0;
  for (let row = 0; row < rows; row++) {
    const offset = view.getUint32(row * 8, true);
    if (view.getUint32(row * 8 + 4, true) !== 0 || offset < last || offset > MAX_ROWS)
      throw new NativeFormatError('array offsets');
    offsets[row] = offset;
    last = offset;
  }
  return offsets;
}

function countOf(words: Uint8Array<ArrayBuffer>): number {
  const [low = 0, high = 0] = new Uint32Array(words.buffer);
  if (high !== 0 || low > MAX_ROWS) throw new NativeFormatError(`a count of ${low}`);
  return low;
}

/** A column of complete bytes that begins, with what stands before its data, at `start`. Throws NativeFormatError, also for types spans and log records do not have. */
export function viewColumnAt(bytes: Uint8Array, start: number, type: NativeType, rows: number): ColumnView {
  return viewColumn(bytes, { position: start }, type, rows);
}

/** A copy of the next bytes, in a buffer of its own. */
function take(bytes: Uint8Array, place: Place, count: number): Uint8Array<ArrayBuffer> {
  const end = place.position + count;
  if (end > bytes.length) throw new NativeFormatError('the bytes end inside numbers');
  const copy = new Uint8Array(count);
  copy.set(bytes.subarray(place.position, end));
  place.position = end;
  return copy;
}

/**
 * The columns of a block without its last column, `batch_id`, that complete bytes hold, by name; those its writer left out are
 * missing. Throws NativeFormatError.
 */
export function viewBlock(
  bytes: Uint8Array,
  types: ReadonlyMap<string, NativeType>,
): { readonly rows: number; readonly views: ReadonlyMap<string, ColumnView> } {
  const place: Place = { position: 0 };
  const count = varintAt(bytes, place);
  const rows = varintAt(bytes, place);
  if (count > types.size + 1 || rows > MAX_ROWS)
    throw new NativeFormatError(`a block of ${count} columns and ${rows} rows`);
  const views = new Map<string, ColumnView>();
  for (let column = 1; column < count; column++) {
    const length = varintAt(bytes, place);
    const name = Buffer.from(bytes.subarray(place.position, place.position + length)).toString();
    place.position += length;
    const type = typeOf(types.get(name), bytes, place);
    if (type === undefined) throw new NativeFormatError(`a column ${name} in a block`);
    views.set(name, viewColumn(bytes, place, type, rows));
  }
  return { rows, views };
}

/** The type of a column that has `expected` in its table; maps are also sent with values that are words. */
function typeOf(expected: NativeType | undefined, bytes: Uint8Array, place: Place): NativeType | undefined {
  const length = varintAt(bytes, place);
  const start = place.position;
  place.position += length;
  return expected?.kind === 'map' ? parseType(Buffer.from(bytes.subarray(start, start + length)).toString()) : expected;
}

const NO_BYTES = new Uint8Array(0);

/** Zeros that all columns share whose rows are empty: nothing is written into a view. */
let zeros = new Uint32Array(0);

function zeroWords(count: number): Uint32Array<ArrayBuffer> {
  if (zeros.length < count) zeros = new Uint32Array(count * 2);
  return zeros.subarray(0, count);
}

/** A column whose rows are all empty, zero or nothing. Throws NativeFormatError for types spans do not have. */
export function blankView(type: NativeType, rows: number): ColumnView {
  switch (type.kind) {
    case 'string':
      return { kind: 'texts', bytes: NO_BYTES, starts: zeroWords(rows), ends: zeroWords(rows) };
    case 'fixed':
      return { kind: 'numbers', values: new Uint8Array(rows * type.width) };
    case 'dictionary': {
      const keys: TextColumn = { kind: 'texts', bytes: NO_BYTES, starts: zeroWords(1), ends: zeroWords(1) };
      return { kind: 'words', keys, indexes: zeroWords(rows) };
    }
    case 'array':
      return { kind: 'array', offsets: zeroWords(rows), values: blankView(type.values, 0) };
    case 'map': {
      const [keys, values] = [blankView(type.keys, 0), blankView(type.values, 0)];
      return { kind: 'map', offsets: zeroWords(rows), keys, values };
    }
    default:
      throw new NativeFormatError(`a ${type.kind} column that is blank`);
  }
}

/** A column that was decoded, as a view. Throws NativeFormatError for types spans do not have. */
export function viewOf(column: Column): ColumnView {
  switch (column.kind) {
    case 'string': {
      const { bytes, offsets } = column;
      return { kind: 'texts', bytes, starts: offsets.subarray(0, -1), ends: offsets.subarray(1) };
    }
    case 'number': {
      const { buffer, byteOffset, byteLength } = column.values;
      return { kind: 'numbers', values: new Uint8Array(buffer, byteOffset, byteLength) };
    }
    case 'dictionary': {
      const keys = viewOf(column.keys);
      if (keys.kind === 'texts') return { kind: 'words', keys, indexes: column.indexes };
      throw new NativeFormatError('words that are no texts');
    }
    case 'array':
      return { kind: 'array', offsets: column.offsets, values: viewOf(column.values) };
    case 'map':
      return { kind: 'map', offsets: column.offsets, keys: viewOf(column.keys), values: viewOf(column.values) };
    default:
      throw new NativeFormatError(`a ${column.kind} column as a view`);
  }
}
