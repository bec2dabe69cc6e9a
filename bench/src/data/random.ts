/** A small deterministic generator (xorshift128); the same seed gives the same data on every machine. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, below). */
  integer(below: number): number;
  /** One element, each equally likely. */
  pick<T>(values: readonly T[]): T;
  /** 32 random bits. */
  word(): number;
  /** `digits` hexadecimal digits. */
  hex(digits: number): string;
}

export function createRandom(seed: number): Random {
  let x = (seed ^ 0x9e3779b9) >>> 0 || 1;
  let y = 0x243f6a88;
  let z = 0xb7e15162;
  let w = 0x8aed2a6b;
  const next32 = (): number => {
    const t = x ^ (x << 11);
    x = y;
    y = z;
    z = w;
    w = (w ^ (w >>> 19) ^ t ^ (t >>> 8)) >>> 0;
    return w;
  };
  const next = (): number => next32() / 4_294_967_296;
  return {
    next,
    word: next32,
    integer: (below) => Math.floor(next() * below),
    pick: (values) => values[Math.floor(next() * values.length)] as (typeof values)[number],
    hex(digits) {
      let text = '';
      while (text.length < digits) text += next32().toString(16).padStart(8, '0');
      return text.slice(0, digits);
    },
  };
}
