import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MISSING, ROOT } from '../traceql/trace_tree.ts';
import { SpanSlice } from './span_slice.ts';
import { TraceJoin } from './trace_join.ts';

const word = fc.constantFrom(0, 1, 2, 3, 5, 8, 0x8000_0000, 0xffff_ffff);
const id = fc.tuple(word, word);
const isNone = ([high, low]: readonly [number, number]): boolean => high === 0 && low === 0;

test('spans are put together by their ids, however many a trace has', () => {
  const trace = new TraceJoin();
  fc.assert(
    fc.property(fc.array(fc.tuple(id, id), { maxLength: 90 }), (spans) => {
      const slice = new SpanSlice();
      slice.spanIds = Uint32Array.from(spans.flatMap(([own]) => own));
      slice.parentIds = Uint32Array.from(spans.flatMap(([, parent]) => parent));
      trace.clear();
      for (let row = 0; row < spans.length; row++) trace.add(7, slice, row);
      trace.join();
      const firstOf = ([high, low]: readonly [number, number]): number =>
        spans.findIndex(([own]) => own[0] === high && own[1] === low);
      const own = spans.map(([span]) => firstOf(span));
      assert.deepEqual([...trace.own.subarray(0, trace.count)], own);
      assert.deepEqual(
        [...trace.parents.subarray(0, trace.count)],
        spans.map(([, parent]) => (isNone(parent) ? ROOT : firstOf(parent) < 0 ? MISSING : firstOf(parent))),
      );
      assert.equal(trace.hasTwins, new Set(own).size < spans.length);
      assert.ok(trace.slices.subarray(0, trace.count).every((number) => number === 7));
    }),
  );
});
