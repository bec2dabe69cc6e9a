import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exp2, log2 } from './powers_of_two.ts';

/** Arguments and what Go 1.2x prints for them, as bits. */
const GO: readonly (readonly [call: (x: number) => number, x: string, y: string])[] = [
  [exp2, '4037a9656ae81920', '41694faa865d94a8'],
  [exp2, 'c030a9a2722e8954', '3ee4371415f9d3e8'],
  [exp2, '40399e846df68a85', '4188939639f0061a'],
  [exp2, 'c02a3d888b37d44c', '3f1d713971a013bc'],
  [log2, '4120d8bafe48f259', '4033130af3282fda'],
  [exp2, '4018f46a238146a4', '4052e0f14c7e9a0e'],
  [exp2, 'c03c6c9139b26984', '3e27d99094c44b26'],
  [log2, '400213c526524594', '3ff2d14fca78705a'],
  [log2, '3fef3917dbc0ea56', 'bfa2280cb65e36f8'],
  [log2, '41900cbad8715ae4', '403a012563abca00'],
  [log2, '400215f17255347e', '3ff2d415f81fe51a'],
  [log2, '402be094f18fb586', '400e687bdfb5bf1a'],
];

const double = (bits: string): number => Buffer.from(bits, 'hex').readDoubleBE();
const bits = (value: number): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
};

for (const [call, x, y] of GO) {
  test(`${call.name}(${double(x)}) is what Go computes, to the bit`, () => {
    assert.equal(bits(call(double(x))), y);
  });
}

test('powers of two are exact both ways, and what has no logarithm has none', () => {
  for (let k = -1074; k < 1024; k++) {
    assert.equal(exp2(k), 2 ** k);
    assert.equal(log2(2 ** k), k);
  }
  assert.deepEqual([exp2(1025), exp2(-1080), log2(0), log2(-1)].map(String), ['Infinity', '0', '-Infinity', 'NaN']);
});
