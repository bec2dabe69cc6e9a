import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeColumns } from '../native/decode.ts';
import { encodeBlock } from '../native/encode.ts';
import { NativeFormatError } from '../native/type.ts';
import { TABLES } from '../tables.ts';
import { foldPatternCounts } from './pattern_fold.ts';

interface Row {
  readonly ts: number;
  readonly service: string;
  readonly level: string;
  readonly pattern: bigint;
  readonly lines: number;
  readonly marked: number;
}

/** As a request has them: services and levels in an order of its own. */
function blockOf(rows: readonly Row[]) {
  const words = (values: readonly string[]) => {
    const keys = [...new Set(values)];
    return {
      kind: 'dictionary' as const,
      keys: { kind: 'strings' as const, values: keys },
      indexes: Uint32Array.from(values, (value) => keys.indexOf(value)),
    };
  };
  const data = [
    { kind: 'number' as const, values: Uint32Array.from(rows, ({ ts }) => ts) },
    words(rows.map(({ service }) => service)),
    words(rows.map(({ level }) => level)),
    { kind: 'number' as const, values: BigUint64Array.from(rows, ({ pattern }) => pattern) },
    { kind: 'number' as const, values: Uint32Array.from(rows, ({ lines }) => lines) },
    { kind: 'number' as const, values: Uint32Array.from(rows, ({ marked }) => marked) },
  ];
  return { rows: rows.length, block: encodeBlock(TABLES.log_patterns, data, rows.length, { omitLast: true }) };
}

function rowsOf(block: Uint8Array): Row[] {
  const { rows, columns } = decodeColumns(block, -1);
  const number = (i: number) => {
    const column = columns[i];
    assert.ok(column?.kind === 'number');
    return column.values as Uint32Array<ArrayBuffer>;
  };
  const word = (i: number, row: number): string => {
    const column = columns[i];
    assert.ok(column?.kind === 'dictionary' && column.keys.kind === 'string');
    const { bytes, offsets } = column.keys;
    const index = column.indexes[row] as number;
    return Buffer.from(bytes.subarray(offsets[index], offsets[index + 1])).toString();
  };
  const patterns = columns[3];
  assert.ok(patterns?.kind === 'number' && patterns.values instanceof BigUint64Array);
  const ids = patterns.values;
  return Array.from({ length: rows }, (_, row) => ({
    ts: number(0)[row] as number,
    service: word(1, row),
    level: word(2, row),
    pattern: ids[row] as bigint,
    lines: number(4)[row] as number,
    marked: number(5)[row] as number,
  }));
}

/** What plain objects add up to. */
function added(rows: readonly Row[]): Map<string, string> {
  const sums = new Map<string, [number, number]>();
  for (const { ts, service, level, pattern, lines, marked } of rows) {
    const key = JSON.stringify([ts, service, level, `${pattern}`]);
    const [a, b] = sums.get(key) ?? [0, 0];
    sums.set(key, [a + lines, b + marked]);
  }
  return new Map([...sums].sort().map(([key, sum]) => [key, `${sum}`]));
}

const FIRST: Row = { ts: 10, service: 'pay', level: 'INFO', pattern: 1n, lines: 1, marked: 0 };

const row: fc.Arbitrary<Row> = fc.record({
  ts: fc.constantFrom(0, 10, 1_700_000_000, 4_294_967_290),
  service: fc.oneof(fc.constantFrom('', 'pay', 'zahlung-ü'), fc.string({ unit: 'grapheme', maxLength: 3 })),
  level: fc.constantFrom('', 'INFO', 'ERROR'),
  pattern: fc.constantFrom(0n, 1n, 1n << 32n, (1n << 64n) - 1n),
  lines: fc.nat(1000),
  marked: fc.nat(1000),
});

/** Of requests that are known to be worth adding up. */
function folded(blocks: readonly { readonly rows: number; readonly block: Uint8Array }[]) {
  const [one, ...others] = foldPatternCounts(blocks);
  assert.ok(one !== undefined && others.length === 0);
  return one;
}

test('counts of requests of one time become one row for each time, service, level and pattern, and add up', () => {
  const request = fc.array(row, { maxLength: 30 }).map((rows) => [FIRST, ...rows]);
  fc.assert(
    fc.property(fc.array(request, { minLength: 4, maxLength: 8 }), (requests) => {
      const { rows: said, block } = folded(requests.map(blockOf));
      const rows = rowsOf(block);
      const expected = added(requests.flat());
      assert.deepEqual([rows.length, said], [expected.size, expected.size]);
      assert.deepEqual(added(rows), expected);
    }),
    { numRuns: 100 },
  );
});

test('counts of requests of different times stay as they are', () => {
  const blocks = Array.from({ length: 40 }, (_, i) => blockOf([{ ...FIRST, ts: 10 * (i % 11) }]));
  assert.equal(foldPatternCounts(blocks), blocks);
});

test('more patterns than the table begins with are all counted', () => {
  const rows = Array.from({ length: 9_000 }, (_, i) => ({ ...FIRST, pattern: BigInt(i) << 20n }));
  const block = blockOf(rows);
  const { rows: said, block: all } = folded([block, block, block, block]);
  assert.equal(said, 9_000);
  assert.ok(rowsOf(all).every(({ lines }) => lines === 4));
});

test('the same blocks give the same bytes, so that a batch is known again after a crash', () => {
  const blocks = [1, 2, 3, 4].map((lines) => blockOf([{ ...FIRST, lines }]));
  assert.deepEqual(folded(blocks), folded(blocks));
});

test('bytes that are no block are refused', () => {
  const { block } = blockOf([FIRST]);
  const four = (rows: number, bytes: Uint8Array) => [1, 2, 3, 4].map(() => ({ rows, block: bytes }));
  assert.throws(() => foldPatternCounts(four(2, block)), NativeFormatError);
  assert.throws(() => foldPatternCounts(four(1, block.subarray(0, block.length - 1))), NativeFormatError);
});
