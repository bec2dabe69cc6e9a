/** Bits front to back, the most significant first, as Prometheus' chunks have them (tsdb/docs/format/chunks.md). */
export interface BitWriter {
  /** The rightmost `count` bits (0 to 64) of a 64-bit number given as two halves. */
  bits(high: number, low: number, count: number): void;
  byte(value: number): void;
  finish(): Uint8Array<ArrayBuffer>;
}

/** @param header bytes left free in front */
export function createBitWriter(header: number): BitWriter {
  let bytes = new Uint8Array(256);
  let length = header;
  /** Bits still free in the last byte. */
  let free = 0;

  const grow = (): void => {
    const bigger = new Uint8Array(bytes.length * 2);
    bigger.set(bytes);
    bytes = bigger;
  };
  const some = (value: number, count: number): void => {
    let left = count;
    while (left > 0) {
      if (free === 0) {
        if (length === bytes.length) grow();
        length++;
        free = 8;
      }
      const taken = Math.min(free, left);
      const part = (value >>> (left - taken)) & ((1 << taken) - 1);
      bytes[length - 1] = (bytes[length - 1] as number) | (part << (free - taken));
      free -= taken;
      left -= taken;
    }
  };
  return {
    bits(high, low, count) {
      if (count > 32) some(high, count - 32);
      some(low, Math.min(count, 32));
    },
    byte: (value) => some(value, 8),
    finish: () => bytes.slice(0, length),
  };
}

/** One bit, then as many as the size needs: `sizes` are tried in order, each with one more leading 1; the last takes 64. */
const VARBIT_SIZES = [3, 6, 9, 12, 18, 25, 56] as const;

/** Whether a whole number fits in so many bits, as upstream counts them: from -(2^(n-1) - 1) to 2^(n-1). */
export const fitsSigned = (value: number, bits: number): boolean =>
  value >= -(2 ** (bits - 1) - 1) && value <= 2 ** (bits - 1);

/** A signed whole number in upstream's varbit code; exact to 2^53. */
export function putVarbitInt(out: BitWriter, value: number): void {
  putVarbit(out, value, fitsSigned);
}

/** The same code for numbers that are never negative. */
export function putVarbitUint(out: BitWriter, value: number): void {
  putVarbit(out, value, (number, bits) => number < 2 ** bits);
}

function putVarbit(out: BitWriter, value: number, fits: (value: number, bits: number) => boolean): void {
  if (value === 0) {
    out.bits(0, 0, 1);
    return;
  }
  const [high, low] = halves(value);
  for (let i = 0; i < VARBIT_SIZES.length; i++) {
    const size = VARBIT_SIZES[i] as number;
    if (!fits(value, size)) continue;
    // As many ones as sizes were tried, and a zero.
    out.bits(0, 2 ** (i + 2) - 2, i + 2);
    out.bits(high, low, size);
    return;
  }
  out.bits(0, 0xff, 8);
  out.bits(high, low, 64);
}

/** A whole number as the halves of its two's complement. */
export function halves(value: number): readonly [high: number, low: number] {
  return [Math.floor(value / 4_294_967_296) | 0, value | 0];
}

/** A float's stream of XOR with the one before. */
export interface XorState {
  high: number;
  low: number;
  leading: number;
  trailing: number;
}

const NOTHING_YET = 0xff;

/** Begins a stream: the first value is written whole. */
export function putFirstFloat(out: BitWriter, high: number, low: number): XorState {
  out.bits(high, low, 64);
  return { high, low, leading: NOTHING_YET, trailing: 0 };
}

/** The next value of a stream, as Gorilla writes it (upstream's xorWrite). */
export function putNextFloat(out: BitWriter, state: XorState, high: number, low: number): void {
  const deltaHigh = high ^ state.high;
  const deltaLow = low ^ state.low;
  state.high = high;
  state.low = low;
  if (deltaHigh === 0 && deltaLow === 0) {
    out.bits(0, 0, 1);
    return;
  }
  const leading = Math.min(31, deltaHigh === 0 ? 32 : Math.clz32(deltaHigh));
  const trailing = deltaLow === 0 ? 32 + trailingZeros(deltaHigh) : trailingZeros(deltaLow);
  const keeps = state.leading !== NOTHING_YET && leading >= state.leading && trailing >= state.trailing;
  if (!keeps) {
    state.leading = leading;
    state.trailing = trailing;
  }
  const significant = 64 - state.leading - state.trailing;
  if (keeps) out.bits(0, 0b10, 2);
  else {
    out.bits(0, 0b11, 2);
    out.bits(0, leading, 5);
    // 64 does not fit in six bits and zero never happens: zero stands for 64.
    out.bits(0, significant & 0x3f, 6);
  }
  putShifted(out, deltaHigh, deltaLow, state.trailing, significant);
}

const trailingZeros = (word: number): number => 31 - Math.clz32(word & -word);

function putShifted(out: BitWriter, high: number, low: number, shift: number, count: number): void {
  if (shift === 0) out.bits(high, low, count);
  else if (shift >= 32) out.bits(0, high >>> (shift - 32), count);
  else out.bits(high >>> shift, (low >>> shift) | (high << (32 - shift)), count);
}
