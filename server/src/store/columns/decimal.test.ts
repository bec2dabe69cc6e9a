import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeDecimals, encodeDecimal, encodeRaw, RAW_EXPONENT } from './decimal.ts';

function target(rows: number) {
  return { mantissas: new Uint32Array(rows * 2), exponents: new Int8Array(rows) };
}

function roundTrip(values: readonly number[]): { back: Float64Array; exponents: Int8Array; mantissas: BigInt64Array } {
  const columns = target(values.length);
  let keep = 0;
  for (const [row, value] of values.entries()) keep = encodeDecimal(value, columns, row, keep);
  const back = new Float64Array(values.length);
  decodeDecimals(columns.mantissas, columns.exponents, back);
  return { back, exponents: columns.exponents, mantissas: new BigInt64Array(columns.mantissas.buffer) };
}

const anyDouble = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 20 })).map(([m, e]) => m / 10 ** e),
  fc.tuple(fc.integer(), fc.integer({ min: 0, max: 12 })).map(([m, e]) => m / 10 ** e),
  fc.tuple(fc.integer(), fc.integer({ min: 0, max: 300 })).map(([m, e]) => m * 10 ** e),
  fc.constantFrom(
    0,
    -0,
    Infinity,
    -Infinity,
    2 ** 53,
    -(2 ** 53),
    2 ** 53 - 1,
    2 ** 63,
    5e-324,
    1.7976931348623157e308,
    0.1 + 0.2,
  ),
);

test('every double comes back bit for bit, whatever came before it in the series', () => {
  fc.assert(
    fc.property(fc.array(anyDouble, { maxLength: 50 }), (values) => {
      const { back, exponents } = roundTrip(values);
      for (const [row, value] of values.entries()) {
        assert.ok(Object.is(back[row], value), `${value} came back as ${back[row]} (exponent ${exponents[row]})`);
      }
    }),
    { numRuns: 5000 },
  );
});

test('mantissa and exponent give the value in plain arithmetic, as SQL computes it', () => {
  fc.assert(
    fc.property(fc.array(anyDouble, { maxLength: 20 }), (values) => {
      const { exponents, mantissas } = roundTrip(values);
      for (const [row, value] of values.entries()) {
        const exponent = exponents[row] ?? 0;
        if (exponent === RAW_EXPONENT) continue;
        const mantissa = Number(mantissas[row]);
        assert.equal(exponent < 0 ? mantissa / Number(`1e${-exponent}`) : mantissa * Number(`1e${exponent}`), value);
      }
    }),
    { numRuns: 2000 },
  );
});

test('the payload of NaN survives when given as words', () => {
  const columns = target(1);
  encodeRaw(2, 0x7ff00000, columns, 0);
  const back = new Float64Array(1);
  decodeDecimals(columns.mantissas, columns.exponents, back);
  assert.deepEqual([...new Uint32Array(back.buffer)], [2, 0x7ff00000]);
});

test('a gauge of few decimals keeps one exponent, so that neighbours differ by small integers', () => {
  const { mantissas, exponents } = roundTrip([12.25, 12.5, 13, 12.75, -0.25]);
  assert.deepEqual([...exponents], [-2, -2, -2, -2, -2]);
  assert.deepEqual([...mantissas], [1225n, 1250n, 1300n, 1275n, -25n]);
});

test('integers and short decimals are never stored as raw bits', () => {
  const { exponents } = roundTrip([0, 1, -7, 1e15, 123456789.123, 0.000001, 6.02e23, 1e22, 98765432.1, 0.3]);
  assert.ok(
    exponents.every((exponent) => exponent !== RAW_EXPONENT),
    String(exponents),
  );
});

test('noise of 17 digits does not drag later integers to large mantissas', () => {
  const { mantissas, exponents } = roundTrip([0.1234567890123456, 5]);
  assert.deepEqual([mantissas[1], exponents[1]], [5n, 0]);
});
