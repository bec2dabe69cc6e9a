import { countAt, dataEnd, dictionaryIndexes, prefixBytes, stringsEnd } from './skip.ts';
import type { NativeType } from './type.ts';

/**
 * A column that begins, with what stands before its data, at `start`, as several of some rows each; dictionaries keep all
 * their keys. Throws NativeFormatError.
 * @param cuts the rows before which it is cut: 0 first, all rows last
 * @param out of each part the bytes, which are added to it
 */
export function cutColumn(
  bytes: Uint8Array,
  start: number,
  type: NativeType,
  cuts: readonly number[],
  out: readonly Uint8Array[][],
): void {
  const data = start + prefixBytes(type);
  for (const part of out) part.push(bytes.subarray(start, data));
  cutData(bytes, data, type, cuts, out);
}

function cutData(
  bytes: Uint8Array,
  start: number,
  type: NativeType,
  cuts: readonly number[],
  out: readonly Uint8Array[][],
): void {
  const rows = cuts.at(-1) ?? 0;
  switch (type.kind) {
    case 'fixed':
      cutBytes(bytes, start, type.width, cuts, out);
      return;
    case 'string': {
      let from = start;
      for (const [i, part] of out.entries()) {
        const end = stringsEnd(bytes, from, rowsOf(cuts, i));
        part.push(bytes.subarray(from, end));
        from = end;
      }
      return;
    }
    case 'dictionary': {
      if (rows === 0) return;
      const indexes = dictionaryIndexes(bytes, start, type.keys);
      for (const [i, part] of out.entries()) {
        const count = rowsOf(cuts, i);
        if (count > 0)
          part.push(bytes.subarray(start, indexes.start - 8), new Uint8Array(Uint32Array.of(count, 0).buffer));
      }
      cutBytes(bytes, indexes.start, indexes.width, cuts, out);
      return;
    }
    case 'array':
      cutData(bytes, start + rows * 8, type.values, cutOffsets(bytes, start, cuts, out), out);
      return;
    case 'map': {
      const inner = cutOffsets(bytes, start, cuts, out);
      const keys = start + rows * 8;
      cutData(bytes, keys, type.keys, inner, out);
      cutData(bytes, dataEnd(bytes, keys, type.keys, inner.at(-1) ?? 0), type.values, inner, out);
      return;
    }
    case 'tuple': {
      let at = start;
      for (const element of type.elements) {
        cutData(bytes, at, element, cuts, out);
        at = dataEnd(bytes, at, element, rows);
      }
      return;
    }
    case 'nullable':
      cutBytes(bytes, start, 1, cuts, out);
      cutData(bytes, start + rows, type.values, cuts, out);
      return;
  }
}

const rowsOf = (cuts: readonly number[], part: number): number => (cuts[part + 1] ?? 0) - (cuts[part] ?? 0);

function cutBytes(
  bytes: Uint8Array,
  start: number,
  width: number,
  cuts: readonly number[],
  out: readonly Uint8Array[][],
): void {
  for (const [i, part] of out.entries())
    part.push(bytes.subarray(start + (cuts[i] ?? 0) * width, start + (cuts[i + 1] ?? 0) * width));
}

/** Offsets of each part, counted from its first row; answers where the inner values are cut. */
function cutOffsets(
  bytes: Uint8Array,
  start: number,
  cuts: readonly number[],
  out: readonly Uint8Array[][],
): readonly number[] {
  const inner = cuts.map((row) => (row === 0 ? 0 : countAt(bytes, start + (row - 1) * 8)));
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  for (const [i, part] of out.entries()) {
    const [from, first] = [cuts[i] ?? 0, inner[i] ?? 0];
    // No count reaches 2^32 (MAX_ROWS): the upper halves stay 0.
    const halves = new Uint32Array(2 * rowsOf(cuts, i));
    if (first < (inner[i + 1] ?? 0))
      for (let row = 0; row < halves.length / 2; row++)
        halves[2 * row] = view.getUint32((from + row) * 8, true) - first;
    part.push(new Uint8Array(halves.buffer));
  }
  return inner;
}
