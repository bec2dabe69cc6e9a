import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomOf, samplingOf, weightOf } from './sampling_weight.ts';

for (const [traceState, dropped, random] of [
  ['', 0, undefined],
  ['ot=th:0', 0, undefined],
  ['ot=th:8', 0.5, undefined],
  ['ot=th:c', 0.75, undefined],
  ['vendor=1, ot=rv:80000000000000;th:fd70a3d70a3d71', 0.99, 0.5],
  ['ot=p:3;r:5', 0.875, undefined],
  // What is no threshold is none: 15 digits, capitals, nothing kept at all.
  ['ot=th:123456789012345', 0, undefined],
  ['ot=th:C', 0, undefined],
  ['ot=p:63', 0, undefined],
  ['other=th:8', 0, undefined],
] as const)
  test(`tracestate "${traceState}" drops ${dropped}`, () => {
    const sampling = samplingOf(traceState);
    assert.ok(Math.abs(sampling.dropped - dropped) < 1e-12, String(sampling.dropped));
    assert.equal(sampling.random, random);
  });

test('a span of one in four stands for four', () => {
  assert.equal(weightOf(0.75), 4);
  assert.equal(weightOf(0), 1);
});

test('the randomness of a trace is that of its last 56 bits', () => {
  const bytes = Buffer.from('ffffffffffffffffff80000000000000');
  assert.equal(randomOf(bytes, 0, 32), 0.5);
  assert.equal(randomOf(Buffer.from('0'.repeat(32)), 0, 32), 0);
});
