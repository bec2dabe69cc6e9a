import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SpanTable } from './span_table.ts';

const span = fc.record({
  trace: fc.nat(3),
  high: fc.constantFrom(0, 1, 0xffff_ffff),
  low: fc.oneof(fc.nat(40), fc.constant(0xffff_ffff)),
  service: fc.nat(3),
});

test('a span is found by its trace and id with every service that has it, however many share a trace', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 300 }), (spans) => {
      const table = new SpanTable(spans.length);
      const expected = new Map<string, number[]>();
      for (const { trace, high, low, service } of spans) {
        table.add(trace, high, low, service);
        const key = `${trace} ${high} ${low}`;
        expected.set(key, [...new Set([...(expected.get(key) ?? []), service])]);
      }
      assert.equal(table.size, expected.size);
      for (const [key, services] of expected) {
        const [trace = 0, high = 0, low = 0] = key.split(' ').map(Number);
        const found = table.find(trace, high, low);
        assert.deepEqual([table.firstService(found), ...(table.otherServices(found) ?? [])], services);
      }
      assert.equal(table.find(9, 9, 9), -1);
    }),
  );
});
