import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import { SnappyError, snappyCompress, snappyUncompress } from './snappy.ts';

interface SnappyJs {
  compress(input: Uint8Array): Uint8Array;
  uncompress(input: Uint8Array): Uint8Array;
}
const snappyjs = createRequire(import.meta.url)('snappyjs') as SnappyJs;

/** Bytes with runs and repeats, so that literals and all kinds of copies occur. */
const compressible = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 60 })), { maxLength: 30 })
  .map((runs) =>
    Uint8Array.from(runs.flatMap(([bytes, times]) => Array.from({ length: times }, () => [...bytes]).flat())),
  );

test('what we compress, both we and snappyjs read back', () => {
  fc.assert(
    fc.property(fc.oneof(compressible, fc.uint8Array({ maxLength: 5000 })), (bytes) => {
      const packed = snappyCompress(bytes);
      assert.deepEqual(snappyUncompress(packed, { maxBytes: bytes.length }), bytes);
      if (bytes.length > 0) assert.deepEqual(new Uint8Array(snappyjs.uncompress(packed)), bytes);
    }),
    { numRuns: 300 },
  );
});

test('what snappyjs compresses, we read back', () => {
  fc.assert(
    fc.property(compressible, (bytes) => {
      const packed = snappyjs.compress(bytes);
      assert.deepEqual(snappyUncompress(packed, { maxBytes: bytes.length }), bytes);
    }),
    { numRuns: 300 },
  );
});

test('inputs longer than a fragment keep their bytes', () => {
  const bytes = new Uint8Array(300_000);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * i) >>> 7;
  assert.deepEqual(snappyUncompress(snappyCompress(bytes), { maxBytes: bytes.length }), bytes);
});

test('a copy with a four-byte offset is understood', () => {
  const block = Uint8Array.from([8, 3 << 2, 1, 2, 3, 4, (3 << 2) | 3, 4, 0, 0, 0]);
  assert.deepEqual(snappyUncompress(block, { maxBytes: 8 }), Uint8Array.from([1, 2, 3, 4, 1, 2, 3, 4]));
});

test('hostile bytes give a SnappyError and nothing else', () => {
  fc.assert(
    fc.property(
      compressible,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }),
      fc.nat(),
      (bytes, edits, cut) => {
        const packed = snappyCompress(bytes);
        for (const [at, byte] of edits) packed[at % packed.length] = byte;
        const hostile = cut % 3 === 0 ? packed.subarray(0, cut % packed.length) : packed;
        try {
          assert.ok(snappyUncompress(hostile, { maxBytes: 1 << 20 }).length <= 1 << 20);
        } catch (error) {
          assert.ok(error instanceof SnappyError, String(error));
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test('a declared length beyond the bound or beyond what the input can hold is refused before allocating', () => {
  const fourGiB = Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0]);
  assert.throws(() => snappyUncompress(fourGiB, { maxBytes: 64 << 20 }), { name: 'SnappyError', kind: 'too-large' });
  assert.throws(() => snappyUncompress(fourGiB, { maxBytes: 2 ** 33 }), { name: 'SnappyError', kind: 'corrupt' });
  assert.throws(() => snappyUncompress(Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0x7f]), { maxBytes: 2 ** 40 }), {
    kind: 'corrupt',
  });
  assert.throws(() => snappyUncompress(new Uint8Array(0), { maxBytes: 10 }), { kind: 'corrupt' });
});

test('decoding into a given buffer returns a view of it', () => {
  const into = new Uint8Array(100);
  const view = snappyUncompress(snappyCompress(Uint8Array.from([1, 2, 3])), { maxBytes: 100, into });
  assert.equal(view.buffer, into.buffer);
  assert.deepEqual([...view], [1, 2, 3]);
});
