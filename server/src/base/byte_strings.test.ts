import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { equalBytes, hashBytes, viewOfBytes } from './byte_strings.ts';

const bytes = fc.uint8Array({ maxLength: 40 });

test('bytes are equal where Buffer says so, wherever they lie', () => {
  fc.assert(
    fc.property(bytes, bytes, fc.nat(9), fc.nat(9), (a, other, beforeA, beforeB) => {
      for (const b of [other, Uint8Array.from(a), a.map((byte, i) => (i === a.length - 1 ? byte ^ 1 : byte))]) {
        const viewA = viewOfBytes(Buffer.concat([Buffer.alloc(beforeA), a, Buffer.from('zz')]));
        const viewB = viewOfBytes(Buffer.concat([Buffer.alloc(beforeB), b, Buffer.from('y')]));
        const isEqual = a.length === b.length && equalBytes(viewA, beforeA, viewB, beforeB, a.length);
        assert.equal(isEqual, Buffer.compare(a, b) === 0);
      }
    }),
  );
});

test('the hash of bytes depends on nothing around them, and on the number beside them', () => {
  fc.assert(
    fc.property(bytes, fc.nat(9), fc.integer(), (a, before, tag) => {
      const alone = hashBytes(tag, viewOfBytes(a), 0, a.length);
      const within = viewOfBytes(Buffer.concat([Buffer.alloc(before, 7), a, Buffer.from('zzzz')]));
      assert.equal(hashBytes(tag, within, before, before + a.length), alone);
      assert.notEqual(hashBytes(tag ^ 1, viewOfBytes(a), 0, a.length), alone);
    }),
  );
});

test('hashes of texts that differ little differ in the bits that choose a slot', () => {
  const slots = new Set<number>();
  const count = 4096;
  for (let i = 0; i < count; i++) {
    const text = Buffer.from(`service-${i}/route`);
    slots.add(hashBytes(0, viewOfBytes(text), 0, text.length) & (count * 4 - 1));
  }
  // By chance 3,622 of 16,384 slots are taken.
  assert.ok(slots.size > 3_450, `${slots.size} slots`);
});

test('a view is of the bytes that were asked for, however many others were', () => {
  const arrays = Array.from({ length: 5 }, (_, i) => Uint8Array.from([i, i + 1]).subarray(1));
  for (const i of [0, 1, 0, 2, 1, 3, 4, 0, 4, 3, 3, 0]) {
    const view = viewOfBytes(arrays[i] as Uint8Array);
    assert.deepEqual([view.byteLength, view.getUint8(0)], [1, i + 1]);
  }
});
