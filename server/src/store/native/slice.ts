import { dataEnd, dictionaryIndexes, lastOffset, prefixBytes, stringsEnd } from './skip.ts';
import type { NativeType } from './type.ts';

/** Some rows of a column, as pieces of bytes one behind the other. */
interface Rows {
  /** Of the whole column. */
  readonly rows: number;
  /** The first row wanted, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/**
 * The bytes of some rows (one or more) of a column that begins, with what stands before its data, at `start`, added to
 * `out`. Dictionaries keep all their keys. Throws NativeFormatError.
 */
export function sliceColumn(bytes: Uint8Array, start: number, type: NativeType, rows: Rows, out: Uint8Array[]): void {
  const data = start + prefixBytes(type);
  out.push(bytes.subarray(start, data));
  sliceData(bytes, data, type, rows, out);
}

function sliceData(bytes: Uint8Array, start: number, type: NativeType, wanted: Rows, out: Uint8Array[]): void {
  const { rows, from, to } = wanted;
  switch (type.kind) {
    case 'fixed':
      out.push(bytes.subarray(start + from * type.width, start + to * type.width));
      return;
    case 'string': {
      const first = stringsEnd(bytes, start, from);
      out.push(bytes.subarray(first, stringsEnd(bytes, first, to - from)));
      return;
    }
    case 'dictionary': {
      if (to === from) return;
      const indexes = dictionaryIndexes(bytes, start, type.keys);
      out.push(bytes.subarray(start, indexes.start - 8), new Uint8Array(BigUint64Array.of(BigInt(to - from)).buffer));
      out.push(bytes.subarray(indexes.start + from * indexes.width, indexes.start + to * indexes.width));
      return;
    }
    case 'array':
      sliceData(bytes, start + rows * 8, type.values, sliceOffsets(bytes, start, wanted, out), out);
      return;
    case 'map': {
      const inner = sliceOffsets(bytes, start, wanted, out);
      const keys = start + rows * 8;
      sliceData(bytes, keys, type.keys, inner, out);
      sliceData(bytes, dataEnd(bytes, keys, type.keys, inner.rows), type.values, inner, out);
      return;
    }
    case 'tuple': {
      let at = start;
      for (const element of type.elements) {
        sliceData(bytes, at, element, wanted, out);
        at = dataEnd(bytes, at, element, rows);
      }
      return;
    }
    case 'nullable':
      out.push(bytes.subarray(start + from, start + to));
      sliceData(bytes, start + rows, type.values, wanted, out);
  }
}

/** Offsets of some rows, counted from the first of them; answers which inner values they are about. */
function sliceOffsets(bytes: Uint8Array, start: number, { rows, from, to }: Rows, out: Uint8Array[]): Rows {
  const first = lastOffset(bytes, start, from);
  const end = lastOffset(bytes, start, to);
  // No count reaches 2^32 (MAX_ROWS): the upper halves stay 0.
  const halves = new Uint32Array(2 * (to - from));
  if (end > first) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, rows * 8);
    for (let row = from; row < to; row++) halves[2 * (row - from)] = view.getUint32(row * 8, true) - first;
  }
  out.push(new Uint8Array(halves.buffer));
  return { rows: lastOffset(bytes, start, rows), from: first, to: end };
}
