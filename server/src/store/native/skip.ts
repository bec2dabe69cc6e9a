import { MAX_ROWS } from './input.ts';
import { NativeFormatError, type NativeType } from './type.ts';

/** A place in complete bytes. */
export interface Place {
  position: number;
}

/** A varint at a place, which moves behind it. Throws NativeFormatError. */
export function varintAt(bytes: Uint8Array, place: Place): number {
  let value = 0;
  for (let factor = 1; factor < 2 ** 42; factor *= 128) {
    const byte = bytes[place.position++];
    if (byte === undefined) throw new NativeFormatError('the bytes end inside a varint');
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
  throw new NativeFormatError('a varint longer than six bytes');
}

/** Moves a place behind a text that begins with its length. Throws NativeFormatError. */
export function skipText(bytes: Uint8Array, place: Place): void {
  const length = varintAt(bytes, place);
  place.position += length;
}

/** Where a column of complete bytes ends that begins, with what stands before its data, at `start`. Throws NativeFormatError. */
export function columnEnd(bytes: Uint8Array, start: number, type: NativeType, rows: number): number {
  const end = dataEnd(bytes, start + prefixBytes(type), type, rows);
  if (end > bytes.length) throw new NativeFormatError('the bytes end inside a column');
  return end;
}

/** What stands before a column's data. */
export function prefixBytes(type: NativeType): number {
  switch (type.kind) {
    case 'dictionary':
      return 8;
    case 'array':
    case 'nullable':
      return prefixBytes(type.values);
    case 'map':
      return prefixBytes(type.keys) + prefixBytes(type.values);
    case 'tuple':
      return type.elements.reduce((sum, element) => sum + prefixBytes(element), 0);
    default:
      return 0;
  }
}

/** Where a column's data ends that begins at `start`. Throws NativeFormatError. */
export function dataEnd(bytes: Uint8Array, start: number, type: NativeType, rows: number): number {
  switch (type.kind) {
    case 'fixed':
      return start + rows * type.width;
    case 'string':
      return stringsEnd(bytes, start, rows);
    case 'dictionary':
      return rows === 0 ? start : dictionaryEnd(bytes, start, type.keys, rows);
    case 'array':
      return dataEnd(bytes, start + rows * 8, type.values, lastOffset(bytes, start, rows));
    case 'map': {
      const inner = lastOffset(bytes, start, rows);
      return dataEnd(bytes, dataEnd(bytes, start + rows * 8, type.keys, inner), type.values, inner);
    }
    case 'tuple':
      return type.elements.reduce((end, element) => dataEnd(bytes, end, element, rows), start);
    case 'nullable':
      return dataEnd(bytes, start + rows, type.values, rows);
  }
}

/** Where a number of strings end. Throws NativeFormatError. */
export function stringsEnd(bytes: Uint8Array, start: number, rows: number): number {
  let at = start;
  for (let row = 0; row < rows; row++) {
    const length = bytes[at] as number;
    // Nearly all are short, and of lines most have lengths of two bytes.
    if (length < 0x80) at += 1 + length;
    else if ((bytes[at + 1] as number) < 0x80) at += 2 + (length & 0x7f) + (bytes[at + 1] as number) * 0x80;
    else {
      const place: Place = { position: at };
      skipText(bytes, place);
      at = place.position;
    }
  }
  return at;
}

/** Flags, which tell how wide an index is; keys; a count; indexes. Throws NativeFormatError. */
export function dictionaryIndexes(
  bytes: Uint8Array,
  start: number,
  keys: NativeType,
): { start: number; width: number } {
  const width = 1 << (bytes[start] ?? 0);
  if (width > 4) throw new NativeFormatError(`LowCardinality indexes of ${width} bytes`);
  return { start: dataEnd(bytes, start + 16, keys, countAt(bytes, start + 8)) + 8, width };
}

function dictionaryEnd(bytes: Uint8Array, start: number, keys: NativeType, rows: number): number {
  const indexes = dictionaryIndexes(bytes, start, keys);
  return indexes.start + rows * indexes.width;
}

const lastOffset = (bytes: Uint8Array, start: number, rows: number): number =>
  rows === 0 ? 0 : countAt(bytes, start + (rows - 1) * 8);

/** A count of eight bytes. Throws NativeFormatError. */
export function countAt(bytes: Uint8Array, at: number): number {
  if (at + 8 > bytes.length) throw new NativeFormatError('the bytes end inside a count');
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
  const count = view.getUint32(0, true) + view.getUint32(4, true) * 4_294_967_296;
  if (count > MAX_ROWS) throw new NativeFormatError(`a count of ${count}`);
  return count;
}
