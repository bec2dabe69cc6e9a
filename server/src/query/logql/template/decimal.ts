/**
 * Exact decimal arithmetic for addf, subf, mulf and divf, which Loki's functions compute in decimals (`addf .1 .2` is
 * 0.3). A decimal is unscaled × 10^-scale.
 */
interface Decimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** Fraction digits of a quotient. */
const DIVISION_DIGITS = 16;

/** The decimal a float's shortest text names. */
function fromNumber(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { unscaled: BigInt(whole + fraction), scale: fraction.length - Number(exponent) };
}

function toNumber({ unscaled, scale }: Decimal): number {
  return Number(`${unscaled}e${-scale}`);
}

function aligned(a: Decimal, b: Decimal): { a: bigint; b: bigint; scale: number } {
  const scale = Math.max(a.scale, b.scale);
  return {
    a: a.unscaled * 10n ** BigInt(scale - a.scale),
    b: b.unscaled * 10n ** BigInt(scale - b.scale),
    scale,
  };
}

/** Applies an operator to finite floats by way of decimals; others follow IEEE. Division by zero throws RangeError. */
export function decimal(operator: '+' | '-' | '*' | '/', left: number, right: number): number {
  if (!Number.isFinite(left) || !Number.isFinite(right)) return ieee(operator, left, right);
  const a = fromNumber(left);
  const b = fromNumber(right);
  if (operator === '*') return toNumber({ unscaled: a.unscaled * b.unscaled, scale: a.scale + b.scale });
  if (operator === '/') return quotient(a, b);
  const same = aligned(a, b);
  return toNumber({ unscaled: operator === '+' ? same.a + same.b : same.a - same.b, scale: same.scale });
}

function quotient(a: Decimal, b: Decimal): number {
  if (b.unscaled === 0n) throw new RangeError('decimal division by 0');
  const same = aligned(a, b);
  const scaled = same.a * 10n ** BigInt(DIVISION_DIGITS);
  const half = (same.b < 0n ? -same.b : same.b) / 2n;
  const negative = scaled < 0n !== same.b < 0n;
  const size = ((scaled < 0n ? -scaled : scaled) + half) / (same.b < 0n ? -same.b : same.b);
  return toNumber({ unscaled: negative ? -size : size, scale: DIVISION_DIGITS });
}

function ieee(operator: '+' | '-' | '*' | '/', a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
  }
}
