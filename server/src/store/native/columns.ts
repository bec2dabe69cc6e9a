/**
 * Columns of a ClickHouse Native block in memory. Writers take any of these shapes; readers return them with `number`
 * columns as the natural typed array (BigInt64Array for Int64 and DateTime64, Float64Array for Float64 …).
 */
export type Column =
  | NumberColumn
  | StringColumn
  | StringsColumn
  | DictionaryColumn
  | ArrayColumn
  | MapColumn
  | TupleColumn
  | NullableColumn;

/** Fixed-width values, little-endian, exactly rows × width bytes (a Uint32Array of pairs is fine for 64-bit types). */
export interface NumberColumn {
  readonly kind: 'number';
  readonly values: ArrayBufferView<ArrayBuffer>;
}

/** Strings as one run of bytes: string i is bytes[offsets[i], offsets[i + 1]). `offsets` has rows + 1 entries. */
export interface StringColumn {
  readonly kind: 'string';
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
}

/** JavaScript strings, for paths that are not hot. */
export interface StringsColumn {
  readonly kind: 'strings';
  readonly values: readonly string[];
}

/** LowCardinality: row i is keys[indexes[i]]. */
export interface DictionaryColumn {
  readonly kind: 'dictionary';
  readonly keys: StringColumn | StringsColumn;
  readonly indexes: Uint32Array;
}

/** Array(T): row i is values[offsets[i - 1] ?? 0, offsets[i]). `offsets` has rows entries and is cumulative. */
export interface ArrayColumn {
  readonly kind: 'array';
  readonly offsets: Uint32Array;
  readonly values: Column;
}

/** Map(K, V), laid out as Array(Tuple(K, V)). */
export interface MapColumn {
  readonly kind: 'map';
  readonly offsets: Uint32Array;
  readonly keys: Column;
  readonly values: Column;
}

export interface TupleColumn {
  readonly kind: 'tuple';
  readonly elements: readonly Column[];
}

export interface NullableColumn {
  readonly kind: 'nullable';
  /** 1 where the value is NULL. */
  readonly nulls: Uint8Array;
  readonly values: Column;
}

/** A block as read: names and ClickHouse types in order, one column each. */
export interface Block {
  readonly rows: number;
  readonly names: readonly string[];
  readonly types: readonly string[];
  readonly columns: readonly Column[];
}
