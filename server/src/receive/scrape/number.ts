/**
 * Numbers of the exposition formats, out of bytes without making a string where the digits fit a double exactly.
 * Underscores and hexadecimal are refused in both formats, as upstream's `parseFloat` does.
 */
const REAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;
const NOT_A_NUMBER = /^[+-]?nan$/i;
/** 10^15 has only exact neighbours, and so have powers of ten up to 10^22: one division is correctly rounded then. */
const MAX_EXACT_DIGITS = 15;
const POWERS = Float64Array.from({ length: MAX_EXACT_DIGITS + 1 }, (_, power) => 10 ** power);

const ascii = new TextDecoder('latin1');

/** A flag instead of a result object, as this runs once per sample; see {@link numberFailed}. */
let failed = false;

/** Whether the last call of {@link parseNumber} or {@link parseReal} met something else than a number. */
export function numberFailed(): boolean {
  return failed;
}

/** A sample value: a real number, inf or nan (any case). Sets {@link numberFailed}. */
export function parseNumber(bytes: Uint8Array, start: number, end: number): number {
  const fast = exact(bytes, start, end);
  if (!Number.isNaN(fast)) return fast;
  const text = ascii.decode(bytes.subarray(start, end));
  failed = false;
  if (REAL.test(text)) return Number(text);
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  failed = !NOT_A_NUMBER.test(text);
  return Number.NaN;
}

/** A real number only (timestamps). Sets {@link numberFailed}. */
export function parseReal(bytes: Uint8Array, start: number, end: number): number {
  const value = parseNumber(bytes, start, end);
  if (!Number.isFinite(value)) failed = true;
  return value;
}

/** Digits with at most one point, few enough to be exact; NaN for everything else. Clears `failed` on success. */
function exact(bytes: Uint8Array, start: number, end: number): number {
  let position = start;
  const negative = bytes[position] === 0x2d;
  if (negative) position++;
  if (end - position > MAX_EXACT_DIGITS + 1) return Number.NaN;
  let mantissa = 0;
  let digits = 0;
  let point = -1;
  for (; position < end; position++) {
    const byte = bytes[position] as number;
    if (byte >= 0x30 && byte <= 0x39) {
      mantissa = mantissa * 10 + (byte - 0x30);
      digits++;
    } else if (byte === 0x2e && point < 0) point = digits;
    else return Number.NaN;
  }
  if (digits === 0 || digits > MAX_EXACT_DIGITS) return Number.NaN;
  failed = false;
  const value = point < 0 ? mantissa : mantissa / (POWERS[digits - point] as number);
  return negative ? -value : value;
}
