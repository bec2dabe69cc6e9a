/** Bytes that are not what their format says; the message says where. */
export class BlockFormatError extends Error {
  override readonly name = 'BlockFormatError';
}

const TWO_32 = 4_294_967_296;

/**
 * Reads the bit streams of Prometheus' chunks (tsdb/chunkenc, bstream: most significant bit first) and the varints among
 * them. Values of 64 bits come as two words in `high` and `low`.
 */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  high = 0;
  low = 0;

  /** Reads from a byte to the end of the bytes. */
  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start * 8;
    this.#end = bytes.length * 8;
  }

  /** Up to 32 bits as an unsigned number. */
  bits(count: number): number {
    if (this.#at + count > this.#end) throw new BlockFormatError('the samples of a chunk end too early');
    if (count > 25) {
      const first = this.#upTo25(count - 16);
      return first * 65_536 + this.#upTo25(16);
    }
    return this.#upTo25(count);
  }

  bit(): number {
    const at = this.#at++;
    if (at >= this.#end) throw new BlockFormatError('the samples of a chunk end too early');
    return ((this.#bytes[at >>> 3] as number) >>> (7 - (at & 7))) & 1;
  }

  /** Up to 64 bits into `high` and `low`. */
  bits64(count: number): void {
    this.high = count > 32 ? this.bits(count - 32) : 0;
    this.low = this.bits(Math.min(count, 32));
  }

  /** 64 bits of a two's-complement integer; exact up to 2^53. */
  int64(): number {
    this.bits64(64);
    return (this.high | 0) * TWO_32 + this.low;
  }

  uint64(): number {
    this.bits64(64);
    return this.high * TWO_32 + this.low;
  }

  /** How many of `most` leading bits are set, the zero bit behind them read too. */
  ones(most: number): number {
    let count = 0;
    while (count < most && this.bit() === 1) count++;
    return count;
  }

  /** Go's unsigned varint, byte by byte wherever the stream stands; exact up to 2^53. */
  uvarint(): number {
    let value = 0;
    for (let shift = 1; shift < 2 ** 64; shift *= 128) {
      const byte = this.bits(8);
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
    throw new BlockFormatError('a varint of more than ten bytes');
  }

  /** Go's signed varint (zigzag). */
  varint(): number {
    return unzigzag(this.uvarint());
  }

  /** A signed integer of one to nine bytes (tsdb/chunkenc, readVarbitInt). */
  varbitInt(): number {
    const size = VARBIT_SIZES[this.ones(8)] as number;
    if (size === 0) return 0;
    if (size === 64) return this.int64();
    this.bits64(size);
    const value = this.high * TWO_32 + this.low;
    return value > 2 ** (size - 1) ? value - 2 ** size : value;
  }

  /** An unsigned integer of the same widths. */
  varbitUint(): number {
    const size = VARBIT_SIZES[this.ones(8)] as number;
    if (size === 0) return 0;
    if (size === 64) return this.uint64();
    this.bits64(size);
    return this.high * TWO_32 + this.low;
  }

  #upTo25(count: number): number {
    if (count === 0) return 0;
    const at = this.#at;
    const byte = at >>> 3;
    const bytes = this.#bytes;
    const word =
      (((bytes[byte] as number) << 24) |
        ((bytes[byte + 1] as number) << 16) |
        ((bytes[byte + 2] as number) << 8) |
        (bytes[byte + 3] as number)) <<
      (at & 7);
    this.#at = at + count;
    return word >>> (32 - count);
  }
}

/** Bits of a varbit value, by the ones in its prefix. */
const VARBIT_SIZES = [0, 3, 6, 9, 12, 18, 25, 56, 64] as const;

/** The signed number a zigzag-encoded one stands for. */
export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** A double that is stored as the XOR with the one before it (Gorilla; tsdb/chunkenc, xorRead). */
export class XorValue {
  high = 0;
  low = 0;
  #leading = 0;
  #trailing = 0;

  /** Takes all 64 bits. */
  readWhole(reader: BitReader): void {
    reader.bits64(64);
    this.high = reader.high;
    this.low = reader.low;
  }

  /** Prefix 0: as before; 10: within the same bits; 11: other bits. */
  read(reader: BitReader): void {
    if (reader.bit() === 0) return;
    if (reader.bit() === 0) this.readSame(reader);
    else this.readNew(reader);
  }

  /** What differs lies within the bits that differed before. */
  readSame(reader: BitReader): void {
    this.#apply(reader, 64 - this.#leading - this.#trailing);
  }

  /** Which bits differ comes first. */
  readNew(reader: BitReader): void {
    const leading = reader.bits(5);
    const significant = reader.bits(6) || 64;
    if (leading + significant > 64) throw new BlockFormatError('a value of more than 64 bits in a chunk');
    this.#leading = leading;
    this.#trailing = 64 - leading - significant;
    this.#apply(reader, significant);
  }

  #apply(reader: BitReader, significant: number): void {
    reader.bits64(significant);
    const shift = this.#trailing;
    const { high, low } = reader;
    if (shift === 0) {
      this.high = (this.high ^ high) >>> 0;
      this.low = (this.low ^ low) >>> 0;
    } else if (shift < 32) {
      this.high = (this.high ^ ((high << shift) | (low >>> (32 - shift)))) >>> 0;
      this.low = (this.low ^ (low << shift)) >>> 0;
    } else this.high = (this.high ^ (low << (shift - 32))) >>> 0;
  }
}
