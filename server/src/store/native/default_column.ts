import type { Column } from './columns.ts';
import { typedArray } from './decode.ts';
import type { NativeType } from './type.ts';

/** A column as it is read of which every value is its type's default: empty texts, arrays and maps, zeros, NULL. */
export function defaultColumn(type: NativeType, rows: number): Column {
  switch (type.kind) {
    case 'fixed':
      return { kind: 'number', values: typedArray(type.values, new Uint8Array(rows * type.width)) };
    case 'string':
      return { kind: 'string', bytes: new Uint8Array(0), offsets: new Uint32Array(rows + 1) };
    case 'dictionary':
      return {
        kind: 'dictionary',
        keys: { kind: 'string', bytes: new Uint8Array(0), offsets: new Uint32Array(rows === 0 ? 1 : 2) },
        indexes: new Uint32Array(rows),
      };
    case 'array':
      return { kind: 'array', offsets: new Uint32Array(rows), values: defaultColumn(type.values, 0) };
    case 'map':
      return {
        kind: 'map',
        offsets: new Uint32Array(rows),
        keys: defaultColumn(type.keys, 0),
        values: defaultColumn(type.values, 0),
      };
    case 'tuple':
      return { kind: 'tuple', elements: type.elements.map((element) => defaultColumn(element, rows)) };
    case 'nullable':
      return { kind: 'nullable', nulls: new Uint8Array(rows).fill(1), values: defaultColumn(type.values, rows) };
  }
}
