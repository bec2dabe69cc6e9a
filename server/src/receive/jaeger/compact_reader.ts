import { THRIFT, ThriftError, type ThriftSource } from './thrift_reader.ts';

/** The compact protocol's numbers of types, by which its elements and fields are announced. */
const TYPES = [
  THRIFT.stop,
  THRIFT.bool,
  THRIFT.bool,
  THRIFT.byte,
  THRIFT.i16,
  THRIFT.i32,
  THRIFT.i64,
  THRIFT.double,
  THRIFT.string,
  THRIFT.list,
  THRIFT.set,
  THRIFT.map,
  THRIFT.struct,
] as const;
const COMPACT_TRUE = 1;

const utf8 = new TextDecoder();
const MAX_DEPTH = 16;

/** A cursor over Thrift's compact protocol (thrift.apache.org, "Thrift Compact protocol encoding"). Throws ThriftError. */
export class CompactReader implements ThriftSource {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #position: number;
  /** The value of the boolean field whose header was read last: it lies in the header. */
  #flag = false;

  constructor(bytes: Uint8Array<ArrayBuffer>, position = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = position;
  }

  #take(count: number): number {
    const at = this.#position;
    if (count < 0 || at + count > this.#bytes.length) throw new ThriftError(`the message ends at byte ${at}`);
    this.#position = at + count;
    return at;
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#view.getUint8(this.#take(1));
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new ThriftError('a number longer than ten bytes');
  }

  /** A length or count, which cannot be more than the bytes that are left. */
  #count(): number {
    const count = this.#varint();
    if (count > BigInt(this.#bytes.length - this.#position)) throw new ThriftError(`${count} elements or bytes`);
    return Number(count);
  }

  bool(): boolean {
    return this.#flag;
  }

  i32(): number {
    return Number(BigInt.asIntN(32, this.i64()));
  }

  i64(): bigint {
    const zigzag = this.#varint();
    return BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n));
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const length = this.#count();
    const at = this.#take(length);
    return this.#bytes.slice(at, at + length);
  }

  text(): string {
    const length = this.#count();
    const at = this.#take(length);
    return utf8.decode(this.#bytes.subarray(at, at + length));
  }

  struct(field: (id: number, type: number) => boolean): void {
    let id = 0;
    for (;;) {
      const header = this.#view.getUint8(this.#take(1));
      const code = header & 15;
      if (code === 0) return;
      const step = header >> 4;
      id = step === 0 ? this.i32() : id + step;
      const type = typeOf(code);
      this.#flag = code === COMPACT_TRUE;
      if (!field(id, type) && type !== THRIFT.bool) this.#skip(type, 0);
    }
  }

  structs(read: () => void): void {
    const { type, count } = this.#listHeader();
    if (count > 0 && type !== THRIFT.struct) throw new ThriftError('a list of structs was expected');
    for (let i = 0; i < count; i++) read();
  }

  #listHeader(): { readonly type: number; readonly count: number } {
    const header = this.#view.getUint8(this.#take(1));
    const short = header >> 4;
    const count = short === 15 ? this.#count() : short;
    return { type: typeOf(header & 15), count };
  }

  #skip(type: number, depth: number): void {
    if (depth > MAX_DEPTH) throw new ThriftError('nested too deep');
    switch (type) {
      case THRIFT.bool:
      case THRIFT.byte:
        this.#take(1);
        return;
      case THRIFT.i16:
      case THRIFT.i32:
      case THRIFT.i64:
        this.#varint();
        return;
      case THRIFT.double:
        this.#take(8);
        return;
      case THRIFT.string:
        this.#take(this.#count());
        return;
      case THRIFT.struct:
        this.#skipStruct(depth);
        return;
      case THRIFT.list:
      case THRIFT.set: {
        const { type: element, count } = this.#listHeader();
        for (let i = 0; i < count; i++) this.#skip(element, depth + 1);
        return;
      }
      default:
        this.#skipMap(depth);
    }
  }

  /** Booleans of a struct have no bytes of their own. */
  #skipStruct(depth: number): void {
    for (;;) {
      const header = this.#view.getUint8(this.#take(1));
      if ((header & 15) === 0) return;
      if (header >> 4 === 0) this.#varint();
      const type = typeOf(header & 15);
      if (type !== THRIFT.bool) this.#skip(type, depth + 1);
    }
  }

  #skipMap(depth: number): void {
    const count = this.#count();
    if (count === 0) return;
    const types = this.#view.getUint8(this.#take(1));
    for (let i = 0; i < count; i++) {
      this.#skip(typeOf(types >> 4), depth + 1);
      this.#skip(typeOf(types & 15), depth + 1);
    }
  }
}

function typeOf(code: number): number {
  const type = TYPES[code];
  if (type === undefined) throw new ThriftError(`no type has the number ${code}`);
  return type;
}
