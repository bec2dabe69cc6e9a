import type { Section } from '../../model/section.ts';
import type { Column } from '../native/columns.ts';
import { decodeBlocks } from '../native/decode.ts';
import { batchIdTail } from '../native/encode.ts';
import { withBlankColumns } from './blank_columns.ts';

/** A section's rows as plain objects by column name, without `batch_id`: for tests and for looking into a log. */
export function sectionRows(section: Section): Record<string, unknown>[] {
  const found = decodeBlocks(Buffer.concat([section.block, batchIdTail(section.rows, 0n)]));
  return found.flatMap((part) => {
    const block = withBlankColumns(section.table, part);
    return Array.from({ length: block.rows }, (_, row) => {
      const record: Record<string, unknown> = Object.create(null);
      block.names.forEach((name, i) => {
        if (name !== 'batch_id') record[name] = cell(block.columns[i] as Column, row);
      });
      return record;
    });
  });
}

function cell(column: Column, row: number): unknown {
  switch (column.kind) {
    case 'number':
      return (column.values as unknown as ArrayLike<number | bigint>)[row];
    case 'string':
      return Buffer.from(column.bytes.subarray(column.offsets[row], column.offsets[row + 1])).toString('utf8');
    case 'strings':
      return column.values[row];
    case 'dictionary':
      return cell(column.keys, column.indexes[row] as number);
    case 'array':
      return range(column.offsets, row).map((i) => cell(column.values, i));
    case 'map':
      return Object.fromEntries(range(column.offsets, row).map((i) => [cell(column.keys, i), cell(column.values, i)]));
    case 'tuple':
      return column.elements.map((element) => cell(element, row));
    case 'nullable':
      return column.nulls[row] === 1 ? null : cell(column.values, row);
  }
}

function range(offsets: Uint32Array, row: number): number[] {
  const start = row === 0 ? 0 : (offsets[row - 1] as number);
  return Array.from({ length: (offsets[row] as number) - start }, (_, i) => start + i);
}
