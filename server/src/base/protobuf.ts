/**
 * A protobuf wire-format cursor over one buffer (protobuf.dev/programming-guides/encoding). No objects per field: hot
 * decoders advance `position` themselves. Every read is bounds-checked against `end`; malformed input throws ProtobufError.
 */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;

const utf8 = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

export class ProtobufReader {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  position: number;
  end: number;
  /** Halves of the last varint64/fixed64 read, unsigned. */
  low = 0;
  high = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = start;
    this.end = end;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  /** Reads a tag: field number << 3 | wire type. Field number 0 is malformed. */
  tag(): number {
    const tag = this.varint32();
    if (tag >>> 3 === 0) throw new ProtobufError(`field number 0 at byte ${this.position}`);
    return tag;
  }

  /** Reads a varint and keeps its low 32 bits, unsigned (longer varints are legal: negative int32 take ten bytes). */
  varint32(): number {
    const { position } = this;
    if (position + 1 < this.end) {
      const byte = this.bytes[position] as number;
      if (byte < 0x80) {
        this.position = position + 1;
        this.low = byte;
        this.high = 0;
        return byte;
      }
      const next = this.bytes[position + 1] as number;
      if (next < 0x80) {
        this.position = position + 2;
        this.low = (byte & 0x7f) | (next << 7);
        this.high = 0;
        return this.low;
      }
    }
    this.varint64();
    return this.low;
  }

  /** Reads a varint of up to ten bytes into `low` and `high`. */
  varint64(): void {
    const { bytes } = this;
    let position = this.position;
    const end = this.end;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (position >= end) throw new ProtobufError(`truncated varint at byte ${this.position}`);
      const byte = bytes[position++] as number;
      if (shift < 28) low |= (byte & 0x7f) << shift;
      else if (shift === 28) {
        low |= (byte & 0x7f) << 28;
        high = (byte & 0x7f) >>> 4;
      } else if (shift < 63) high |= (byte & 0x7f) << (shift - 32);
      else high |= (byte & 1) << 31;
      if (byte < 0x80) {
        this.position = position;
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw new ProtobufError(`varint longer than ten bytes at byte ${this.position}`);
  }

  /** Reads an int64 varint as a number; exact up to 2^53, which every time in milliseconds is. */
  int64Number(): number {
    this.varint64();
    return (this.high | 0) * 4_294_967_296 + this.low;
  }

  int64(): bigint {
    this.varint64();
    return BigInt.asIntN(64, (BigInt(this.high) << 32n) | BigInt(this.low));
  }

  uint64(): bigint {
    this.varint64();
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }

  /** Reads a zigzag-encoded sint32. */
  sint32(): number {
    const value = this.varint32();
    return (value >>> 1) ^ -(value & 1);
  }

  /** Reads a zigzag-encoded sint64 as a number; exact up to 2^53. */
  sint64Number(): number {
    const value = this.uint64();
    return Number((value >> 1n) ^ -(value & 1n));
  }

  fixed32(): number {
    this.need(4);
    const value = this.view.getUint32(this.position, true);
    this.position += 4;
    return value;
  }

  /** Reads a fixed64 into `low` and `high`. */
  fixed64(): void {
    this.need(8);
    this.low = this.view.getUint32(this.position, true);
    this.high = this.view.getUint32(this.position + 4, true);
    this.position += 8;
  }

  double(): number {
    this.need(8);
    const value = this.view.getFloat64(this.position, true);
    this.position += 8;
    return value;
  }

  /** Reads a length prefix and returns the end of the field; `position` is at its start. */
  lengthEnd(): number {
    const length = this.varint32();
    if (this.high !== 0 || length > this.end - this.position) {
      throw new ProtobufError(`length ${length} passes the end at byte ${this.position}`);
    }
    return this.position + length;
  }

  /** Reads a length-delimited field as a view into the buffer. */
  slice(): Uint8Array<ArrayBuffer> {
    const end = this.lengthEnd();
    const view = this.bytes.subarray(this.position, end);
    this.position = end;
    return view;
  }

  /** Reads a length-delimited field as a message: a reader of its own. */
  nested(): ProtobufReader {
    const end = this.lengthEnd();
    const reader = new ProtobufReader(this.bytes, this.position, end);
    this.position = end;
    return reader;
  }

  /** Reads a length-delimited field as text; invalid UTF-8 becomes U+FFFD. */
  text(): string {
    return utf8.decode(this.slice());
  }

  /** Skips the value of a tag. Groups (wire types 3 and 4) are refused: no protocol here uses them. */
  skip(tag: number): void {
    switch (tag & 7) {
      case WIRE_VARINT:
        this.varint64();
        return;
      case WIRE_FIXED64:
        this.need(8);
        this.position += 8;
        return;
      case WIRE_BYTES:
        this.position = this.lengthEnd();
        return;
      case WIRE_FIXED32:
        this.need(4);
        this.position += 4;
        return;
      default:
        throw new ProtobufError(`wire type ${tag & 7} at byte ${this.position}`);
    }
  }

  private need(count: number): void {
    if (this.position + count > this.end) throw new ProtobufError(`truncated field at byte ${this.position}`);
  }
}
