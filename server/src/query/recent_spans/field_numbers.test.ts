import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FieldLabels } from './field_labels.ts';
import { numberReader } from './field_numbers.ts';
import { SpanSlice } from './span_slice.ts';

/** By comparing alone. */
function powerAbove(value: bigint): number {
  if (value < 2n) return -1;
  let exponent = 0;
  while (2n ** BigInt(exponent) < value) exponent++;
  return exponent;
}

const whole = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.tuple(fc.integer({ min: 0, max: 63 }), fc.bigInt({ min: -1n, max: 1n })).map(([n, off]) => 2n ** BigInt(n) + off),
);

test('a duration lies below the power of two that is at or above it, whatever its size', () => {
  fc.assert(
    fc.property(whole, (duration) => {
      const slice = new SpanSlice();
      slice.durations[0] = Number(duration);
      if (!Number.isSafeInteger(Number(duration))) slice.oddDurations.set(0, duration);
      const { exponent } = numberReader(slice, { kind: 'duration' }, new FieldLabels());
      assert.equal(exponent(0), powerAbove(duration));
    }),
  );
});
