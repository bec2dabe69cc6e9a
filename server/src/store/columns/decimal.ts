/**
 * Sample values as decimals: value = mantissa × 10^exponent, exactly, bit for bit. Neighbouring values of a series then
 * differ by small integers, which Delta and ZSTD shrink far better than the bits of doubles.
 *
 * Decoding, which SQL has to repeat as it is: exponent RAW_EXPONENT: the mantissa holds the IEEE-754 bits; exponent ≥ 0:
 * mantissa × 10^exponent; exponent < 0: mantissa ÷ 10^-exponent. Mantissas stay within ±2^53 and exponents within ±22, so
 * both operands are exact doubles and the result is correctly rounded, hence the same everywhere.
 */
export const RAW_EXPONENT = -128;

/** The largest power of ten that is an exact double. */
const MAX_POWER = 22;
const MAX_MANTISSA = 2 ** 53;
const TWO_32 = 4_294_967_296;
/** A series keeps the exponent of its previous value up to here; beyond, digits are noise and would blow up mantissas. */
const MAX_KEPT_EXPONENT = 9;

const POWERS_OF_TEN = Float64Array.from({ length: MAX_POWER + 1 }, (_, power) => Number(`1e${power}`));

const bits = new Float64Array(1);
const words = new Uint32Array(bits.buffer);

/** Writes decimals into columns. One value at a time, no allocation. */
export interface DecimalTarget {
  /** Int64 mantissas as pairs of words, low first. */
  mantissas: Uint32Array<ArrayBuffer>;
  exponents: Int8Array<ArrayBuffer>;
}

/**
 * Encodes a value at a row, preferring `keep` decimal places (those of the series' previous value) when exact.
 * NaN loses its payload here as JavaScript does not promise to keep it: use {@link encodeRaw} with the words from the wire.
 * @returns the decimal places to prefer for the next value of the series
 */
export function encodeDecimal(value: number, target: DecimalTarget, row: number, keep: number): number {
  if (value === Math.trunc(value)) {
    if (keep === 0 && value < MAX_MANTISSA && value > -MAX_MANTISSA && (value !== 0 || 1 / value > 0)) {
      put(value, 0, target, row);
      return 0;
    }
    return encodeInteger(value, target, row, keep);
  }
  return encodeFraction(value, target, row, keep);
}

function put(mantissa: number, exponent: number, target: DecimalTarget, row: number): void {
  target.mantissas[row * 2] = mantissa >>> 0;
  target.mantissas[row * 2 + 1] = Math.floor(mantissa / TWO_32);
  target.exponents[row] = exponent;
}

function encodeInteger(value: number, target: DecimalTarget, row: number, keep: number): number {
  if (value === 0 && 1 / value < 0) return encodeBits(value, target, row, keep);
  const scaled = value * (POWERS_OF_TEN[keep] as number);
  if (scaled < MAX_MANTISSA && scaled > -MAX_MANTISSA) {
    put(scaled, -keep, target, row);
    return keep;
  }
  if (value < MAX_MANTISSA && value > -MAX_MANTISSA) {
    put(value, 0, target, row);
    return 0;
  }
  for (let power = 1; power <= MAX_POWER; power++) {
    const ten = POWERS_OF_TEN[power] as number;
    const mantissa = Math.round(value / ten);
    if (mantissa < MAX_MANTISSA && mantissa > -MAX_MANTISSA && mantissa * ten === value) {
      put(mantissa, power, target, row);
      return 0;
    }
  }
  return encodeBits(value, target, row, keep);
}

function encodeFraction(value: number, target: DecimalTarget, row: number, keep: number): number {
  const sum = value - value;
  if (sum !== 0) return encodeBits(value, target, row, keep);
  for (let places = keep > 0 ? keep : 1; places <= MAX_POWER; places++) {
    const ten = POWERS_OF_TEN[places] as number;
    const mantissa = Math.round(value * ten);
    if (mantissa >= MAX_MANTISSA || mantissa <= -MAX_MANTISSA) break;
    if (mantissa / ten === value) {
      put(mantissa, -places, target, row);
      return places <= MAX_KEPT_EXPONENT ? places : keep;
    }
  }
  // More places were kept than the mantissa has room for: look for fewer.
  if (keep > 1) return encodeFraction(value, target, row, 0);
  return encodeBits(value, target, row, keep);
}

function encodeBits(value: number, target: DecimalTarget, row: number, keep: number): number {
  bits[0] = value;
  encodeRaw(words[0] as number, words[1] as number, target, row);
  return keep;
}

/** Encodes the bits of a double as they are (stale markers and other NaN keep their payload). */
export function encodeRaw(low: number, high: number, target: DecimalTarget, row: number): void {
  target.mantissas[row * 2] = low;
  target.mantissas[row * 2 + 1] = high;
  target.exponents[row] = RAW_EXPONENT;
}

/**
 * Decodes rows of the mantissa and exponent columns into doubles, NaN payloads included.
 * @param mantissas Int64 as pairs of words, low first (a BigInt64Array's buffer seen as Uint32Array)
 * @param out receives `exponents.length` doubles
 */
export function decodeDecimals(mantissas: Uint32Array, exponents: Int8Array, out: Float64Array<ArrayBuffer>): void {
  const outWords = new Uint32Array(out.buffer, out.byteOffset, out.length * 2);
  for (let row = 0; row < exponents.length; row++) {
    const exponent = exponents[row] as number;
    const low = mantissas[row * 2] as number;
    const high = mantissas[row * 2 + 1] as number;
    if (exponent === RAW_EXPONENT) {
      outWords[row * 2] = low;
      outWords[row * 2 + 1] = high;
      continue;
    }
    const mantissa = (high | 0) * TWO_32 + low;
    out[row] =
      exponent === 0
        ? mantissa
        : exponent > 0
          ? mantissa * (POWERS_OF_TEN[exponent] as number)
          : mantissa / (POWERS_OF_TEN[-exponent] as number);
  }
}
