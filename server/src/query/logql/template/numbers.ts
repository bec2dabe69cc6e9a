import type { Value } from '@trilith/lang/template';

const INT64 = 64;

/** An int64 out of any value, as sprig casts it: what is no number is 0. */
export function toInt(value: Value): bigint {
  switch (typeof value) {
    case 'bigint':
      return value;
    case 'number':
      return Number.isFinite(value) ? BigInt.asIntN(INT64, BigInt(Math.trunc(value))) : 0n;
    case 'boolean':
      return value ? 1n : 0n;
    case 'string':
      return parseInteger(value);
    default:
      return 0n;
  }
}

/** Go's ParseInt with base 0 (0x, 0o, 0b, leading 0 octal); of a decimal fraction the whole part. */
function parseInteger(text: string): bigint {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+)(\.\d*)?$/.exec(text.replaceAll('_', ''));
  if (match === null) return 0n;
  const [, sign = '', digits = '', fraction] = match;
  if (fraction !== undefined && !/^\d+$/.test(digits)) return 0n;
  const octal = fraction === undefined && /^0\d+$/.test(digits);
  if (octal && !/^[0-7]+$/.test(digits)) return 0n;
  const size = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  const value = sign === '-' ? -size : size;
  return BigInt.asIntN(INT64, value) === value ? value : 0n;
}

/** A float64 out of any value; what is no number is 0. */
export function toFloat(value: Value): number {
  switch (typeof value) {
    case 'number':
      return value;
    case 'bigint':
      return Number(value);
    case 'boolean':
      return value ? 1 : 0;
    case 'string':
      if (/^[+-]?inf(inity)?$/i.test(value)) return value.startsWith('-') ? -Infinity : Infinity;
      return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value) ? Number(value) : 0;
    default:
      return 0;
  }
}

export function wrap64(value: bigint): bigint {
  return BigInt.asIntN(INT64, value);
}

/**
 * Rounds to decimal places as sprig does: away from -∞ when the rest reaches `roundOn` (so -2.5 becomes -3 at 0 places,
 * the rest of a negative number being negative).
 */
export function roundTo(value: number, places: number, roundOn: number): number {
  const power = 10 ** places;
  const shifted = power * value;
  const rest = shifted - Math.trunc(shifted);
  return (rest >= roundOn ? Math.ceil(shifted) : Math.floor(shifted)) / power;
}
