/**
 * Writes protobuf's wire format front to back into one growing buffer. Lengths are known when a message ends: up to 127
 * bytes move back to where their length of one byte leaves them, longer ones get a length padded to five bytes, which is
 * legal, but not canonical.
 */
export class ProtobufWriter {
  private buffer: Uint8Array<ArrayBuffer>;
  private view: DataView;
  private length = 0;

  constructor(size = 1024) {
    this.buffer = new Uint8Array(Math.max(size, 64));
    this.view = new DataView(this.buffer.buffer);
  }

  /** What has been written; a view, valid until the next write. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(0, this.length);
  }

  /** Begins a nested message; give the result to `close`. */
  open(field: number): number {
    this.tag(field, 2);
    this.need(5);
    this.length += 5;
    return this.length;
  }

  close(start: number): void {
    const size = this.length - start;
    if (size > SHORT_MESSAGE) {
      this.patchLength(start, size);
      return;
    }
    this.buffer.copyWithin(start - 4, start, this.length);
    this.buffer[start - 5] = size;
    this.length -= 4;
  }

  text(field: number, value: string): void {
    this.tag(field, 2);
    this.need(value.length * 3 + 5);
    const lengthBytes = value.length <= SHORT_TEXT ? 1 : 5;
    const start = this.length + lengthBytes;
    const written = utf8.encodeInto(value, this.buffer.subarray(start)).written;
    if (lengthBytes === 1) this.buffer[start - 1] = written;
    else this.patchLength(start, written);
    this.length = start + written;
  }

  bytes(field: number, value: Uint8Array): void {
    this.tag(field, 2);
    this.need(value.length + 10);
    this.rawVarint(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  uint32(field: number, value: number): void {
    this.tag(field, 0);
    this.rawVarint(value);
  }

  /** A sint32: small negative numbers stay short. */
  sint32(field: number, value: number): void {
    this.uint32(field, (value << 1) ^ (value >> 31));
  }

  /** Repeated unsigned integers below 2^32 in one field. */
  packedUint32(field: number, values: readonly number[]): void {
    if (values.length === 0) return;
    const start = this.open(field);
    for (const value of values) this.rawVarint(value);
    this.close(start);
  }

  packedDouble(field: number, values: readonly number[]): void {
    if (values.length === 0) return;
    const start = this.open(field);
    for (const value of values) {
      this.need(8);
      this.view.setFloat64(this.length, value, true);
      this.length += 8;
    }
    this.close(start);
  }

  /** An int64, uint64 or negative enum: ten bytes at most. */
  int64(field: number, value: bigint): void {
    this.tag(field, 0);
    this.need(10);
    let rest = BigInt.asUintN(64, value);
    while (rest >= 0x80n) {
      this.buffer[this.length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.buffer[this.length++] = Number(rest);
  }

  fixed64(field: number, value: bigint): void {
    this.tag(field, 1);
    this.need(8);
    this.view.setBigUint64(this.length, BigInt.asUintN(64, value), true);
    this.length += 8;
  }

  /** A fixed64 given as its halves. */
  fixed64Halves(field: number, low: number, high: number): void {
    this.tag(field, 1);
    this.need(8);
    this.view.setUint32(this.length, low >>> 0, true);
    this.view.setUint32(this.length + 4, high >>> 0, true);
    this.length += 8;
  }

  fixed32(field: number, value: number): void {
    this.tag(field, 5);
    this.need(4);
    this.view.setUint32(this.length, value >>> 0, true);
    this.length += 4;
  }

  double(field: number, value: number): void {
    this.tag(field, 1);
    this.need(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  private patchLength(start: number, size: number): void {
    let rest = size;
    for (let i = start - 5; i < start - 1; i++) {
      this.buffer[i] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[start - 1] = rest;
  }

  private tag(field: number, wireType: number): void {
    this.rawVarint((field << 3) | wireType);
  }

  private rawVarint(value: number): void {
    this.need(5);
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  private need(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const next = new Uint8Array(Math.max(this.buffer.length * 2, this.length + count));
    next.set(this.buffer.subarray(0, this.length));
    this.buffer = next;
    this.view = new DataView(next.buffer);
  }
}

const utf8 = new TextEncoder();
/** The largest length that takes one byte. */
const SHORT_MESSAGE = 127;
/** Characters that never take more bytes than that. */
const SHORT_TEXT = 42;
