import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExtData, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { MsgpackError, MsgpackScanner } from './msgpack_scanner.ts';

const BOUNDS = { depth: 16, elements: 100_000, bytes: 1 << 20 };

const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.string({ minLength: 30, maxLength: 70_000, size: 'max' }),
    fc.integer(),
    fc.double(),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 40 }).map((data) => new ExtData(5, data)),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 20 }).map((object) => ({ ...object })),
  ),
}));

test('every object ends where its encoder ended it, however its bytes arrive', () => {
  fc.assert(
    fc.property(values.value, fc.nat(200), (value, step) => {
      const object = encode(value);
      const bytes = new Uint8Array(object.length + 3);
      bytes.set(object, 2);
      const scanner = new MsgpackScanner(BOUNDS);
      for (let end = 2; end < 2 + object.length; end += 1 + step) assert.equal(scanner.scan(bytes, 2, end), -1);
      assert.equal(scanner.scan(bytes, 2, bytes.length), 2 + object.length);
    }),
    { numRuns: 200 },
  );
});

test('the elements of an array are found', () => {
  const parts = ['tag', 1, { a: [1, 2] }, new Uint8Array(300)].map((part) => encode(part));
  const scanner = new MsgpackScanner(BOUNDS);
  const bytes = Uint8Array.from([0x94, ...parts.flatMap((part) => [...part])]);
  assert.equal(scanner.scan(bytes, 0, bytes.length), bytes.length);
  let at = 1;
  assert.deepEqual(
    scanner.elements,
    parts.map((part) => {
      at += part.length;
      return at - part.length;
    }),
  );
});

test('a map has no elements to find', () => {
  const scanner = new MsgpackScanner(BOUNDS);
  const map = encode({ a: 'x', b: 1 });
  assert.equal(scanner.scan(map, 0, map.length), map.length);
  assert.deepEqual(scanner.elements, []);
});

test('nesting, number of elements and size are bounded before anything is decoded', () => {
  const scan = (bytes: number[], bounds: Partial<typeof BOUNDS> = {}): number =>
    new MsgpackScanner({ ...BOUNDS, ...bounds }).scan(Uint8Array.from(bytes), 0, bytes.length);
  assert.throws(() => scan(Array.from({ length: 1000 }, () => 0x91)), MsgpackError);
  assert.throws(
    () => scan([0xdc, 0xff, 0xff, ...Array.from({ length: 200 }, () => 0x01)], { elements: 100 }),
    MsgpackError,
  );
  assert.throws(() => scan([0xc6, 0xff, 0xff, 0xff, 0xff, 1]), MsgpackError);
  assert.throws(() => scan([0xc1]), MsgpackError);
  assert.equal(scan([0xdd, 0xff, 0xff, 0xff, 0xff, 1]), -1);
});
