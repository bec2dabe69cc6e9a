import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TableName } from '../../model/section.ts';
import { decodeColumns } from '../native/decode.ts';
import { defaultColumn } from '../native/default_column.ts';
import { parseType } from '../native/type.ts';
import { TABLES } from '../tables.ts';
import { encodeWithoutBlank, withBlankColumns } from './blank_columns.ts';
import { sectionRows } from './section_rows.ts';

const ROWS = 3;
const typesOf = (table: TableName): string[] => TABLES[table].slice(0, -1).map(([, type]) => type);

for (const table of Object.keys(TABLES) as TableName[]) {
  test(`rows of ${table} read alike whether empty columns were written or left out`, () => {
    const columns = typesOf(table).map((type) => defaultColumn(parseType(type), ROWS));
    const whole = encodeWithoutBlank(table, columns, ROWS);
    // The first two are what the rows are found by: always there.
    const few = encodeWithoutBlank(
      table,
      columns.map((column, i) => (i < 2 ? column : undefined)),
      ROWS,
    );
    assert.ok(few.length < whole.length);
    const rowsOf = (block: Uint8Array<ArrayBuffer>) =>
      sectionRows({ table, partition: 0, rows: ROWS, block }).map((row) => Object.entries(row).sort());
    assert.deepEqual(rowsOf(few), rowsOf(whole));
    const completed = withBlankColumns(table, decodeColumns(few, -1));
    const byName = (names: readonly string[], values: readonly unknown[]) =>
      Object.fromEntries(names.map((name, i) => [name, values[i]]));
    const read = decodeColumns(whole, -1);
    assert.deepEqual(byName(completed.names, completed.types), byName(read.names, read.types));
    for (const [i, name] of read.names.entries()) {
      const other = completed.columns[completed.names.indexOf(name)];
      assert.deepEqual(shape(other), shape(read.columns[i]), name);
    }
  });
}

/** What a reader relies on: kinds and lengths all the way down. */
function shape(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return [value.constructor.name, value.byteLength];
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
}

test('a block that has all columns is read as it is', () => {
  const columns = typesOf('otel_traces').map((type) => defaultColumn(parseType(type), ROWS));
  const block = decodeColumns(encodeWithoutBlank('otel_traces', columns, ROWS), -1);
  assert.equal(withBlankColumns('otel_traces', block), block);
});
