import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import fc from 'fast-check';
import { BufferPool } from './buffer_pool.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('a pool of buffers', () => {
  test('a buffer given back is the next one of its size', () => {
    const pool = new BufferPool({ keptBytes: MIB });
    const first = pool.take(230_000);
    assert.equal(first.length, 230_000);
    pool.give(first.buffer);
    assert.equal(pool.take(231_000).buffer, first.buffer);
    assert.notEqual(pool.take(231_000).buffer, first.buffer);
  });

  test('a view is as long as asked, and its buffer at most an eighth longer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 16 * MIB }), (bytes) => {
        const view = new BufferPool({ keptBytes: MIB }).take(bytes);
        assert.equal(view.length, bytes);
        assert.equal(view.byteOffset, 0);
        assert.ok(
          view.buffer.byteLength <= Math.max(bytes * 1.125 + 1, bytes),
          `${view.buffer.byteLength} for ${bytes}`,
        );
      }),
    );
  });

  test('no more is kept than allowed, and nothing detached, small or of another size', () => {
    const pool = new BufferPool({ keptBytes: 64 * KIB });
    for (let i = 0; i < 5; i++) pool.give(new ArrayBuffer(32 * KIB));
    assert.equal(pool.freeBytes, 64 * KIB);
    const other = new BufferPool({ keptBytes: MIB });
    const moved = new ArrayBuffer(32 * KIB);
    structuredClone(moved, { transfer: [moved] });
    for (const buffer of [moved, new ArrayBuffer(0), new ArrayBuffer(100), new ArrayBuffer(33_333)]) other.give(buffer);
    assert.equal(other.freeBytes, 0);
  });

  test('what nobody needs any more is let go', () => {
    mock.timers.enable({ apis: ['setInterval'] });
    try {
      const pool = new BufferPool({ keptBytes: MIB, idleMs: 1_000 });
      const [a, b] = [pool.take(32 * KIB), pool.take(32 * KIB)];
      pool.give(a.buffer);
      pool.give(b.buffer);
      mock.timers.tick(1_000);
      pool.give(pool.take(32 * KIB).buffer);
      mock.timers.tick(1_000);
      assert.equal(pool.freeBytes, 32 * KIB);
      mock.timers.tick(1_000);
      assert.equal(pool.freeBytes, 0);
    } finally {
      mock.timers.reset();
    }
  });
});
