import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SpanSlice } from './span_slice.ts';
import { stretchReader } from './span_stretches.ts';

test('a start falls into the stretch that integers of any size tell, near its ends too', () => {
  const near = fc.tuple(fc.bigInt({ min: 0n, max: 40n }), fc.bigInt({ min: -2n, max: 2n }));
  const width = fc.oneof(fc.bigInt({ min: 1n, max: 10n }), fc.bigInt({ min: 1n, max: 9_000_000_000_000_000n }));
  const origin = fc.bigInt({ min: 1_000_000_000_000_000_000n, max: 1_900_000_000_000_000_000n });
  fc.assert(
    fc.property(
      origin,
      width,
      fc.integer({ min: 1, max: 30 }),
      near,
      near,
      near,
      (originNs, widthNs, stretches, at, from, to) => {
        const moment = ([stretch, off]: readonly [bigint, bigint]): bigint => originNs + stretch * widthNs + off;
        const [start, fromNs, toNs] = [moment(at), moment(from), moment(to)];
        const slice = new SpanSlice();
        slice.starts[0] = Number(start & 0xffff_ffffn);
        slice.starts[1] = Number(start >> 32n);
        const stretch = (start - originNs - 1n) / widthNs;
        const isIn = start > originNs && stretch < BigInt(stretches) && start >= fromNs && start < toNs;
        assert.equal(
          stretchReader({ originNs, widthNs, stretches }, fromNs, toNs)(slice, 0),
          isIn ? Number(stretch) : -1,
        );
      },
    ),
  );
});
