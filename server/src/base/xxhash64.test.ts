import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { xxhash64 } from './xxhash64.ts';

/** The specification written down once more with big integers. */
function specified(bytes: Uint8Array): bigint {
  const [p1, p2, p3, p4, p5] = [
    11400714785074694791n,
    14029467366897019727n,
    1609587929392839161n,
    9650029242287828579n,
    2870177450012600261n,
  ] as const;
  const u = (v: bigint): bigint => BigInt.asUintN(64, v);
  const rotate = (v: bigint, by: bigint): bigint => u((v << by) | (v >> (64n - by)));
  const round = (acc: bigint, word: bigint): bigint => u(rotate(u(acc + word * p2), 31n) * p1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  let hash: bigint = p5;
  if (bytes.length >= 32) {
    const lanes = [u(p1 + p2), p2, 0n, u(-p1)];
    for (; at + 32 <= bytes.length; at += 32)
      lanes.forEach((lane, i) => {
        lanes[i] = round(lane, view.getBigUint64(at + 8 * i, true));
      });
    hash = u(lanes.reduce((sum, lane, i) => sum + rotate(lane, [1n, 7n, 12n, 18n][i] ?? 0n), 0n));
    for (const lane of lanes) hash = u((hash ^ round(0n, lane)) * p1 + p4);
  }
  hash = u(hash + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8)
    hash = u(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * p1 + p4);
  if (at + 4 <= bytes.length) {
    hash = u(rotate(hash ^ u(BigInt(view.getUint32(at, true)) * p1), 23n) * p2 + p3);
    at += 4;
  }
  for (; at < bytes.length; at++) hash = u(rotate(hash ^ u(BigInt(bytes[at] ?? 0) * p5), 11n) * p1);
  hash = u((hash ^ (hash >> 33n)) * p2);
  hash = u((hash ^ (hash >> 29n)) * p3);
  return hash ^ (hash >> 32n);
}

test('xxhash64 has the published values', () => {
  const of = (text: string): bigint => xxhash64(new TextEncoder().encode(text));
  assert.equal(of(''), 0xef46db3751d8e999n);
  assert.equal(of('a'), 0xd24ec4f1a98c6e5bn);
  assert.equal(of('abc'), 0x44bc2cf5ad770999n);
});

test('xxhash64 is the specification for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.equal(xxhash64(bytes), specified(bytes));
    }),
  );
});
