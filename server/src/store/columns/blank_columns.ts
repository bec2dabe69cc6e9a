import type { TableName } from '../../model/section.ts';
import type { Block, Column } from '../native/columns.ts';
import { defaultColumn } from '../native/default_column.ts';
import { encodeBlock } from '../native/encode.ts';
import { parseType } from '../native/type.ts';
import { TABLES } from '../tables.ts';

/** A column being written that can tell whether it has nothing but empty values. */
export interface BlankBuilder {
  readonly isBlank: boolean;
  column(): Column;
}

/** The builder's column; undefined when it can be left out. */
export function unlessBlank(builder: BlankBuilder): Column | undefined {
  return builder.isBlank ? undefined : builder.column();
}

const NO_TYPES: ReadonlyMap<string, string> = new Map();

/**
 * A block of a table without `batch_id` and without the columns that are undefined: the engine fills those with their defaults,
 * {@link withBlankColumns} does for who reads the block before. `data` is in the table's order. Throws NativeFormatError.
 * @param types of columns that are sent as something else than they are stored as
 */
export function encodeWithoutBlank(
  table: TableName,
  data: readonly (Column | undefined)[],
  rows: number,
  types: ReadonlyMap<string, string> = NO_TYPES,
): Uint8Array<ArrayBuffer> {
  const columns = TABLES[table];
  const written = columns
    .filter((_, i) => i === columns.length - 1 || data[i] !== undefined)
    .map(([name, type]) => [name, types.get(name) ?? type] as const);
  const present = data.filter((column) => column !== undefined);
  return encodeBlock(written, present, rows, { omitLast: true });
}

/** A block with the columns of its table that its writer left out, behind the others and empty; `batch_id` is not added. */
export function withBlankColumns(table: TableName, block: Block): Block {
  const names = new Set(block.names);
  const left = TABLES[table].slice(0, -1).filter(([name]) => !names.has(name));
  if (left.length === 0) return block;
  return {
    rows: block.rows,
    names: [...block.names, ...left.map(([name]) => name)],
    types: [...block.types, ...left.map(([, type]) => type)],
    columns: [...block.columns, ...left.map(([, type]) => defaultColumn(parseType(type), block.rows))],
  };
}
