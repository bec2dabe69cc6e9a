import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ANY_SPAN, type SpanPredicate } from '../../store/index.ts';
import { compileTest } from './slice_test.ts';
import { SpanSlice, ZONE_ROWS } from './span_slice.ts';
import { compileZoneTest, zoneCoverage } from './zone_test.ts';

const ZONES = 3;
/** A unit of the upper word of a start. */
const STEP_NS = 1n << 32n;

/** Zones of spans that took up to so long, and began within two steps from such a moment on. */
function sliceOf(zones: readonly { readonly longest: number; readonly from: number }[]): SpanSlice {
  const slice = new SpanSlice();
  for (let row = 0; row < zones.length * ZONE_ROWS - 7; row++) {
    const { longest, from } = zones[Math.floor(row / ZONE_ROWS)] as { longest: number; from: number };
    slice.reserve();
    slice.durations[row] = (row * 7) % (longest + 1);
    slice.starts[row * 2] = row;
    slice.starts[row * 2 + 1] = from + (row % 3);
    slice.noteZone(row);
    slice.rows++;
  }
  return slice;
}

const zones = fc.array(fc.record({ longest: fc.nat(9), from: fc.integer({ min: 1, max: 9 }) }), {
  minLength: ZONES,
  maxLength: ZONES,
});
const comparison = fc.constantFrom('=', '!=', '>', '>=', '<', '<=');
const leaf: fc.Arbitrary<SpanPredicate> = fc.oneof(
  fc
    .tuple(comparison, fc.integer({ min: -1, max: 10 }))
    .map(([operator, ns]): SpanPredicate => ({ kind: 'duration', operator, ns })),
  fc.tuple(comparison, fc.integer({ min: -1, max: 10 })).map(
    ([operator, value]): SpanPredicate => ({
      kind: 'field',
      field: { kind: 'duration' },
      test: { kind: 'number', operator, value },
    }),
  ),
  fc.constantFrom<SpanPredicate>({ kind: 'field', field: { kind: 'duration' }, test: { kind: 'exists' } }, ANY_SPAN),
);
const { predicate } = fc.letrec<{ predicate: SpanPredicate }>((tie) => ({
  predicate: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({ kind: fc.constantFrom('and', 'or'), parts: fc.array(tie('predicate'), { maxLength: 3 }) }),
    fc.record({ kind: fc.constant('not'), part: tie('predicate') }),
  ),
}));

const rowsOf = (slice: SpanSlice, zone: number): number[] =>
  Array.from({ length: Math.min(ZONE_ROWS, slice.rows - zone * ZONE_ROWS) }, (_, i) => zone * ZONE_ROWS + i);

test('a zone that is passed over has no row that was asked for', () => {
  fc.assert(
    fc.property(zones, predicate, (of, asked) => {
      const slice = sliceOf(of);
      const mayHold = compileZoneTest(slice, asked);
      const holds = compileTest(slice, asked);
      for (let zone = 0; zone < ZONES; zone++)
        if (!mayHold(zone)) assert.ok(!rowsOf(slice, zone).some(holds), JSON.stringify(asked));
    }),
  );
  const slow = compileZoneTest(
    sliceOf([
      { longest: 2, from: 1 },
      { longest: 8, from: 1 },
    ]),
    { kind: 'duration', operator: '>', ns: 5 },
  );
  assert.deepEqual([slow(0), slow(1)], [false, true]);
});

test('a zone is taken as a whole only where all of its rows, or none, begin in the range', () => {
  const moment = fc.tuple(fc.integer({ min: 0, max: 14 }), fc.integer({ min: 0, max: 3_100 }));
  fc.assert(
    fc.property(zones, moment, moment, (of, [fromStep, fromNs], [toStep, toNs]) => {
      const slice = sliceOf(of);
      const range = {
        startNs: BigInt(fromStep) * STEP_NS + BigInt(fromNs),
        endNs: BigInt(toStep) * STEP_NS + BigInt(toNs),
      };
      const coverageOf = zoneCoverage(slice, range);
      for (let zone = 0; zone < ZONES; zone++) {
        const coverage = coverageOf(zone);
        if (coverage === 'some') continue;
        for (const row of rowsOf(slice, zone)) {
          const start = slice.startNs(row);
          assert.equal(start >= range.startNs && start < range.endNs, coverage === 'all');
        }
      }
    }),
  );
});
