/**
 * Powers and logarithms of two to the last bit of Go's math package, which is the definition for interpolation within
 * buckets of native histograms; JavaScript's own differ from it by a unit in the last place. The polynomials are FDLIBM's
 * (e_exp.c, e_log.c).
 */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** 2^x. */
export function exp2(x: number): number {
  if (!Number.isFinite(x)) return 2 ** x;
  if (x > 1.0239999999999999e3) return Number.POSITIVE_INFINITY;
  if (x < -1.074e3) return 0;
  // x = r / ln 2 + k with |r| ≤ ln 2 / 2
  const k = Math.trunc(x > 0 ? x + 0.5 : x - 0.5);
  const t = x - k;
  const high = t * LN2_HIGH;
  const low = -t * LN2_LOW;
  const r = high - low;
  const s = r * r;
  const c =
    r -
    s *
      (0.16666666666666666 +
        s *
          (-0.0027777777777015593 +
            s * (0.00006613756321437934 + s * (-0.0000016533902205465252 + s * 4.1381367970572385e-8))));
  return scaled(1 - (low - (r * c) / (2 - c) - high), k);
}

/** The logarithm to base two. */
export function log2(x: number): number {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) return Math.log2(x);
  const { fraction, exponent } = split(x);
  // Exact for powers of two.
  return fraction === 0.5 ? exponent - 1 : logOfHalfToOne(fraction) * (1 / Math.LN2) + exponent;
}

/** The natural logarithm of a number in [0.5, 1). */
function logOfHalfToOne(x: number): number {
  const small = x < Math.SQRT2 / 2;
  const k = small ? -1 : 0;
  const f = (small ? x * 2 : x) - 1;
  const s = f / (2 + f);
  const s2 = s * s;
  const s4 = s2 * s2;
  const odd =
    s2 * (0.6666666666666735 + s4 * (0.2857142874366239 + s4 * (0.1818357216161805 + s4 * 0.14798198605116586)));
  const even = s4 * (0.3999999999940942 + s4 * (0.22222198432149784 + s4 * 0.15313837699209373));
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + (odd + even)) + k * LN2_LOW) - f);
}

/** value · 2^exponent, also where 2^exponent alone is too large or too small for a double. */
const scaled = (value: number, exponent: number): number =>
  value * 2 ** (exponent >> 1) * 2 ** (exponent - (exponent >> 1));

const view = new DataView(new ArrayBuffer(8));
const TWO_52 = 2 ** 52;

/** x = fraction · 2^exponent with the fraction in [0.5, 1). */
function split(x: number): { readonly fraction: number; readonly exponent: number } {
  const subnormal = x < 2.2250738585072014e-308;
  view.setFloat64(0, subnormal ? x * TWO_52 : x);
  const high = view.getUint32(0);
  const exponent = ((high >>> 20) & 0x7ff) - 1022 - (subnormal ? 52 : 0);
  view.setUint32(0, (high & 0x800f_ffff) | (1022 << 20));
  return { fraction: view.getFloat64(0), exponent };
}
