import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readRows } from '../rows.ts';
import type { Block, Column } from './columns.ts';
import { createBlockDecoder, decodeBlocks } from './decode.ts';
import { batchIdTail, encodeBlock } from './encode.ts';
import { NativeFormatError, parseType } from './type.ts';

const TYPES = [
  'UInt8',
  'Int16',
  'UInt32',
  'Int64',
  'UInt64',
  'Float64',
  'Float32',
  'Date',
  "DateTime64(9, 'UTC')",
  "Enum8('a,(' = 1, 'b\\'' = 2)",
  'String',
  'LowCardinality(String)',
  'Array(UInt64)',
  'Array(LowCardinality(String))',
  'Map(LowCardinality(String), String)',
  'Array(Map(LowCardinality(String), String))',
  'Tuple(a String, `b c` Array(Int8))',
  'Nullable(String)',
  'Nullable(DateTime)',
] as const;

/** A column of a type with a number of rows. */
function columnOf(type: string, rows: number): fc.Arbitrary<Column> {
  const text = fc.string({ unit: 'binary', maxLength: 200 });
  const strings = fc.array(text, { minLength: rows, maxLength: rows });
  const sizes = fc.array(fc.nat(4), { minLength: rows, maxLength: rows });
  const parsed = parseType(type);
  switch (parsed.kind) {
    case 'string':
      return strings.map((values) => ({ kind: 'strings', values }));
    case 'fixed':
      return fc
        .uint8Array({ minLength: rows * parsed.width, maxLength: rows * parsed.width })
        .map((bytes) => ({ kind: 'number', values: new Uint8Array(bytes) }));
    case 'dictionary':
      return fc
        .array(fc.constantFrom('', 'a', 'ü', 'long enough to matter'), { minLength: rows, maxLength: rows })
        .map((values) => ({ kind: 'strings', values }));
    case 'array':
      return sizes.chain((counts) => {
        const offsets = cumulative(counts);
        const inner = type.slice('Array('.length, -1);
        return columnOf(inner, offsets.at(-1) ?? 0).map((values) => ({ kind: 'array', offsets, values }));
      });
    case 'map':
      return sizes.chain((counts) => {
        const offsets = cumulative(counts);
        const inner = offsets.at(-1) ?? 0;
        return fc
          .tuple(columnOf('LowCardinality(String)', inner), columnOf('String', inner))
          .map(([keys, values]) => ({ kind: 'map', offsets, keys, values }));
      });
    case 'tuple':
      return fc
        .tuple(columnOf('String', rows), columnOf('Array(Int8)', rows))
        .map((elements) => ({ kind: 'tuple', elements }));
    case 'nullable':
      return fc
        .tuple(
          fc.array(fc.boolean(), { minLength: rows, maxLength: rows }),
          columnOf(type.slice('Nullable('.length, -1), rows),
        )
        .map(([nulls, values]) => ({ kind: 'nullable', nulls: Uint8Array.from(nulls, Number), values }));
  }
}

function cumulative(counts: readonly number[]): Uint32Array {
  let sum = 0;
  return Uint32Array.from(counts, (count) => {
    sum += count;
    return sum;
  });
}

const blocks = fc
  .record({
    rows: fc.integer({ min: 1, max: 20 }),
    types: fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 5 }),
  })
  .chain(({ rows, types }) =>
    fc.tuple(...types.map((type) => columnOf(type, rows))).map((columns) => ({
      rows,
      columns,
      header: types.map((type, i) => [`c${i}`, type] as const),
    })),
  );

/** What a block says, whatever the shapes of its columns. */
function facts(read: readonly Block[]): unknown {
  return read.map((block) => [block.rows, block.names, block.types, readRows([block])]);
}

test('what is encoded is decoded again, and encoding that gives the same bytes', () => {
  fc.assert(
    fc.property(blocks, ({ rows, columns, header }) => {
      const bytes = encodeBlock(header, columns, rows);
      const [block] = decodeBlocks(bytes);
      assert.ok(block !== undefined);
      assert.deepEqual(
        block.names,
        header.map(([name]) => name),
      );
      assert.deepEqual(Buffer.from(encodeBlock(header, block.columns, rows)), Buffer.from(bytes));
      columns.forEach((column, i) => {
        if (column.kind !== 'strings') return;
        assert.deepEqual(
          readRows([block]).map((row) => row[i]),
          column.values.map((value) => Buffer.from(value).toString()),
        );
      });
    }),
    { numRuns: 300 },
  );
});

test('chunks may end anywhere', () => {
  fc.assert(
    fc.property(blocks, fc.integer({ min: 1, max: 40 }), ({ rows, columns, header }, size) => {
      const bytes = encodeBlock(header, columns, rows);
      const twice = Buffer.concat([bytes, bytes]);
      const decoder = createBlockDecoder();
      const read: Block[] = [];
      for (let i = 0; i < twice.length; i += size) read.push(...decoder.push(twice.subarray(i, i + size)));
      assert.equal(decoder.atBoundary, true);
      assert.deepEqual(facts(read), facts(decodeBlocks(twice)));
      assert.equal(read.length, 2);
    }),
    { numRuns: 200 },
  );
});

test('a cut block is noticed', () => {
  fc.assert(
    fc.property(blocks, fc.double({ min: 0, max: 1, noNaN: true }), ({ rows, columns, header }, where) => {
      const bytes = encodeBlock(header, columns, rows);
      const cut = Math.max(1, Math.floor((bytes.length - 1) * where));
      assert.throws(() => decodeBlocks(bytes.subarray(0, cut)), NativeFormatError);
    }),
  );
});

test('arbitrary bytes give an error or blocks, never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decodeBlocks(bytes);
      } catch (error) {
        assert.ok(error instanceof NativeFormatError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test('a block without its batch id is completed by the tail', () => {
  const columns = [
    ['a', 'UInt32'],
    ['batch_id', 'UInt64'],
  ] as const;
  const block = encodeBlock(columns, [{ kind: 'number', values: new Uint32Array([1, 2, 3]) }], 3, { omitLast: true });
  const whole = Buffer.concat([block, batchIdTail(3, 0xffff_ffff_ffff_fff0n)]);
  assert.deepEqual(
    readRows(decodeBlocks(whole)),
    [1, 2, 3].map((value) => [value, 0xffff_ffff_ffff_fff0n]),
  );
});

test('only batch_id may be left out', () => {
  assert.throws(
    () =>
      encodeBlock(
        [
          ['a', 'UInt32'],
          ['b', 'UInt64'],
        ],
        [{ kind: 'number', values: new Uint32Array(0) }],
        0,
        { omitLast: true },
      ),
    NativeFormatError,
  );
});

for (const [promise, type, column] of [
  ['too few bytes', 'UInt64', { kind: 'number', values: new Uint32Array(3) }],
  ['too few strings', 'String', { kind: 'strings', values: ['a'] }],
  [
    'offsets past the bytes',
    'String',
    { kind: 'string', bytes: new Uint8Array(2), offsets: new Uint32Array([0, 1, 3]) },
  ],
  ['offsets that go back', 'String', { kind: 'string', bytes: new Uint8Array(9), offsets: new Uint32Array([0, 5, 3]) }],
  [
    'an index without a key',
    'LowCardinality(String)',
    { kind: 'dictionary', keys: { kind: 'strings', values: ['a'] }, indexes: new Uint32Array([0, 1]) },
  ],
  ['another shape', 'Array(String)', { kind: 'strings', values: ['a', 'b'] }],
] as const satisfies readonly (readonly [string, string, Column])[]) {
  test(`a column is refused for ${promise}`, () => {
    assert.throws(() => encodeBlock([['c', type]], [column], 2), NativeFormatError);
  });
}
