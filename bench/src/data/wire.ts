/** Canonical protobuf bytes into one big reused buffer; messages are sized by their callers. */
export class WireBuffer {
  readonly bytes: Buffer;
  length = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  byte(value: number): void {
    this.bytes[this.length++] = value;
  }

  double(value: number): void {
    this.bytes.writeDoubleLE(value, this.length);
    this.length += 8;
  }

  fixed64(value: bigint): void {
    this.bytes.writeBigUInt64LE(value, this.length);
    this.length += 8;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Little-endian 64 bits from their halves. */
  words(low: number, high: number): void {
    this.length = this.bytes.writeUInt32LE(high >>> 0, this.bytes.writeUInt32LE(low >>> 0, this.length));
  }

  /** Bytes [start, end) of another buffer. */
  copy(from: Buffer, start: number, end: number): void {
    this.length += from.copy(this.bytes, this.length, start, end);
  }

  text(value: string): void {
    this.length += this.bytes.write(value, this.length, 'latin1');
  }

  view(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

/** Bytes of a varint. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** A length-delimited field as bytes: tag, length, content. */
export function field(number: number, content: Uint8Array | string): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const head = new WireBuffer(10);
  head.varint(number * 8 + 2);
  head.varint(bytes.length);
  return Buffer.concat([head.view(), bytes]);
}
