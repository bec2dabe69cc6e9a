/*
 * xxHash64 (github.com/Cyan4973/xxHash, doc/xxhash_spec.md, seed 0). 64-bit words are pairs of 32-bit halves in module
 * variables, as big integers would allocate at every step: each operation leaves its result in `high` and `low`.
 */
let high = 0;
let low = 0;

const PRIMES = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
];
const [P1H, P2H, P3H, P4H, P5H] = PRIMES.map((prime) => Number(prime >> 32n) | 0) as [
  number,
  number,
  number,
  number,
  number,
];
const [P1L, P2L, P3L, P4L, P5L] = PRIMES.map((prime) => Number(prime & 0xffff_ffffn) | 0) as [
  number,
  number,
  number,
  number,
  number,
];

function add(h: number, l: number): void {
  const sum = (low >>> 0) + (l >>> 0);
  high = (high + h + (sum > 0xffff_ffff ? 1 : 0)) | 0;
  low = sum | 0;
}

function multiply(h: number, l: number): void {
  const a = low & 0xffff;
  const b = low >>> 16;
  const c = l & 0xffff;
  const d = l >>> 16;
  const ac = a * c;
  const middle = (ac >>> 16) + ((b * c) & 0xffff) + ((a * d) & 0xffff);
  const upper = (Math.imul(b, d) + ((b * c) >>> 16) + ((a * d) >>> 16) + (middle >>> 16)) | 0;
  high = (upper + Math.imul(high, l) + Math.imul(low, h)) | 0;
  low = (middle << 16) | (ac & 0xffff);
}

/** Rotates left by fewer than 32 bits. */
function rotate(bits: number): void {
  const h = (high << bits) | (low >>> (32 - bits));
  low = (low << bits) | (high >>> (32 - bits));
  high = h;
}

function xor(h: number, l: number): void {
  high ^= h;
  low ^= l;
}

/** Xors the word with itself shifted right. */
function xorShifted(bits: number): void {
  if (bits >= 32) low ^= high >>> (bits - 32);
  else {
    low ^= (low >>> bits) | (high << (32 - bits));
    high ^= high >>> bits;
  }
}

/** One round over an accumulator (in `high`, `low`) and eight bytes of input. */
function round(view: DataView, at: number): void {
  const accumulatorHigh = high;
  const accumulatorLow = low;
  low = view.getInt32(at, true);
  high = view.getInt32(at + 4, true);
  multiply(P2H, P2L);
  add(accumulatorHigh, accumulatorLow);
  rotate(31);
  multiply(P1H, P1L);
}

/** The accumulators of inputs of 32 bytes and more, converged into `high` and `low`; returns where the tail begins. */
function stripes(view: DataView, length: number): number {
  // v1 = P1 + P2, v2 = P2, v3 = 0, v4 = -P1.
  const start = [0x9e3779b185ebca87n + 0xc2b2ae3d27d4eb4fn, 0xc2b2ae3d27d4eb4fn, 0n, -0x9e3779b185ebca87n];
  const highs = Int32Array.from(start, (v) => Number(BigInt.asIntN(32, v >> 32n)));
  const lows = Int32Array.from(start, (v) => Number(BigInt.asIntN(32, v)));
  let at = 0;
  for (; at + 32 <= length; at += 32) {
    for (let lane = 0; lane < 4; lane++) {
      high = highs[lane] as number;
      low = lows[lane] as number;
      round(view, at + lane * 8);
      highs[lane] = high;
      lows[lane] = low;
    }
  }
  let sumHigh = 0;
  let sumLow = 0;
  for (const [lane, bits] of [1, 7, 12, 18].entries()) {
    high = highs[lane] as number;
    low = lows[lane] as number;
    rotate(bits);
    add(sumHigh, sumLow);
    sumHigh = high;
    sumLow = low;
  }
  for (let lane = 0; lane < 4; lane++) {
    const mergedHigh = high;
    const mergedLow = low;
    high = highs[lane] as number;
    low = lows[lane] as number;
    multiply(P2H, P2L);
    rotate(31);
    multiply(P1H, P1L);
    xor(mergedHigh, mergedLow);
    multiply(P1H, P1L);
    add(P4H, P4L);
  }
  return at;
}

/** Hashes bytes. The result is unsigned. */
export function xxhash64(bytes: Uint8Array): bigint {
  const { length } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  high = P5H;
  low = P5L;
  let at = length >= 32 ? stripes(view, length) : 0;
  add(0, length);
  for (; at + 8 <= length; at += 8) {
    const keptHigh = high;
    const keptLow = low;
    high = 0;
    low = 0;
    round(view, at);
    xor(keptHigh, keptLow);
    rotate(27);
    multiply(P1H, P1L);
    add(P4H, P4L);
  }
  if (at + 4 <= length) {
    const keptHigh = high;
    const keptLow = low;
    high = 0;
    low = view.getInt32(at, true);
    multiply(P1H, P1L);
    xor(keptHigh, keptLow);
    rotate(23);
    multiply(P2H, P2L);
    add(P3H, P3L);
    at += 4;
  }
  for (; at < length; at++) {
    const keptHigh = high;
    const keptLow = low;
    high = 0;
    low = bytes[at] as number;
    multiply(P5H, P5L);
    xor(keptHigh, keptLow);
    rotate(11);
    multiply(P1H, P1L);
  }
  xorShifted(33);
  multiply(P2H, P2L);
  xorShifted(29);
  multiply(P3H, P3L);
  xorShifted(32);
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
