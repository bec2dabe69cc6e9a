import { crc32c } from '@node-rs/crc32';
import { BlockFormatError, unzigzag } from './bit_reader.ts';

const TWO_32 = 4_294_967_296;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads big-endian numbers and Go's varints of Prometheus' index and tombstones; bounded to [position, end). */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  position: number;
  readonly end: number;

  constructor(bytes: Uint8Array, position = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
    this.end = end;
    if (position < 0 || position > end || end > bytes.length) throw new BlockFormatError('a place outside of the file');
  }

  byte(): number {
    this.#need(1);
    return this.bytes[this.position++] as number;
  }

  uint32(): number {
    this.#need(4);
    this.position += 4;
    return this.#view.getUint32(this.position - 4);
  }

  /** Exact up to 2^53, which every offset in a file is. */
  uint64(): number {
    return this.uint32() * TWO_32 + this.uint32();
  }

  uvarint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 64; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new BlockFormatError(`a varint of more than ten bytes at byte ${this.position}`);
  }

  varint(): number {
    return unzigzag(this.uvarint());
  }

  /** Text behind its length. */
  text(): string {
    const length = this.uvarint();
    this.#need(length);
    this.position += length;
    try {
      return strictUtf8.decode(this.bytes.subarray(this.position - length, this.position));
    } catch (error) {
      throw new BlockFormatError(`text that is not UTF-8 before byte ${this.position}`, { cause: error });
    }
  }

  #need(count: number): void {
    if (this.position + count > this.end) throw new BlockFormatError(`the file ends too early, at byte ${this.end}`);
  }
}

/** Checks the CRC-32C (big-endian) behind [start, end). @throws BlockFormatError when it does not fit */
export function checkCrc(bytes: Uint8Array, start: number, end: number, what: string): void {
  if (end + 4 > bytes.length) throw new BlockFormatError(`${what}: the file ends too early`);
  const expected = new ByteReader(bytes, end, end + 4).uint32();
  if (crc32c(bytes.subarray(start, end)) !== expected) throw new BlockFormatError(`${what}: the checksum does not fit`);
}

/** A section that begins with its length of four bytes and ends with a checksum: a reader of what lies between. */
export function section(bytes: Uint8Array, offset: number, what: string): ByteReader {
  const length = new ByteReader(bytes, offset).uint32();
  const start = offset + 4;
  checkCrc(bytes, start, start + length, what);
  return new ByteReader(bytes, start, start + length);
}
