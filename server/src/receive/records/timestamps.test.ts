import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { momentOf, momentOfMs } from './timestamps.ts';

const SECONDS = 1_763_798_400;

test('numbers since 1970 are told apart by their size, texts are RFC 3339 and what is written for it', () => {
  const cases: readonly (readonly [unknown, number, number])[] = [
    [SECONDS, SECONDS, 0],
    [SECONDS + 0.25, SECONDS, 250_000_000],
    [SECONDS + 0.999_999_9, SECONDS + 1, 0],
    [SECONDS * 1000 + 7, SECONDS, 7_000_000],
    [SECONDS * 1e6 + 7, SECONDS, 7_000],
    [BigInt(SECONDS) * 1_000_000_000n + 7n, SECONDS, 7],
    [`${SECONDS}000000007`, SECONDS, 7],
    [`${SECONDS}.000000007`, SECONDS, 7],
    ['2025-11-22T08:00:00Z', SECONDS, 0],
    ['2025-11-22T08:00:00.123456789Z', SECONDS, 123_456_789],
    ['2025-11-22T08:00:00,5', SECONDS, 500_000_000],
    ['2025-11-22 08:00:00.000681', SECONDS, 681_000],
    ['2025-11-22T11:00:00+03:00', SECONDS, 0],
    ['2025-11-22T11:00:00+0300', SECONDS, 0],
    ['2025-11-22T11:00:00+03', SECONDS, 0],
    ['2025-11-22 08:00:00 Z', SECONDS, 0],
  ];
  for (const [value, seconds, nanoseconds] of cases)
    assert.deepEqual(momentOf(value), { seconds, nanoseconds }, String(value));
});

test('what is no time is none', () => {
  for (const value of [
    undefined,
    null,
    '',
    'yesterday',
    '2025-13-40T99:00:00Z',
    -1,
    Number.NaN,
    1e30,
    {},
    '1'.repeat(100),
  ])
    assert.equal(momentOf(value), undefined, String(value));
});

test('any text gives a moment within its bounds or none', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.double(), fc.bigInt(), fc.date({ noInvalidDate: true }).map(String)),
      (value) => {
        const moment = momentOf(value);
        if (moment === undefined) return;
        assert.ok(Number.isInteger(moment.seconds) && moment.nanoseconds >= 0 && moment.nanoseconds <= 999_999_999);
      },
    ),
  );
});

test('milliseconds keep their fraction', () => {
  assert.deepEqual(momentOfMs(1500.25), { seconds: 1, nanoseconds: 500_250_000 });
});
