/** Bytes that are not the Thrift they claim to be. */
export class ThriftError extends Error {
  override readonly name = 'ThriftError';
}

export const THRIFT = {
  stop: 0,
  bool: 2,
  byte: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  string: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
} as const;

/** A cursor over a Thrift message in one of its protocols. Every read throws ThriftError where the message ends. */
export interface ThriftSource {
  bool(): boolean;
  i32(): number;
  i64(): bigint;
  double(): number;
  bytes(): Uint8Array<ArrayBuffer>;
  text(): string;
  /** Reads the fields of a struct; `field` reads those it knows and says so, others are skipped. */
  struct(field: (id: number, type: number) => boolean): void;
  /** Reads the elements of a list of structs. */
  structs(read: () => void): void;
}

const utf8 = new TextDecoder();
const MAX_DEPTH = 16;

/** A cursor over Thrift's binary protocol (thrift.apache.org, "Thrift Binary protocol encoding"). Throws ThriftError. */
export class ThriftReader implements ThriftSource {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #position = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #take(count: number): number {
    const at = this.#position;
    if (count < 0 || at + count > this.#bytes.length) throw new ThriftError(`the message ends at byte ${at}`);
    this.#position = at + count;
    return at;
  }

  bool(): boolean {
    return this.byte() !== 0;
  }

  byte(): number {
    return this.#view.getInt8(this.#take(1));
  }

  i16(): number {
    return this.#view.getInt16(this.#take(2));
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8));
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const length = this.i32();
    const at = this.#take(length);
    return this.#bytes.slice(at, at + length);
  }

  text(): string {
    const length = this.i32();
    const at = this.#take(length);
    return utf8.decode(this.#bytes.subarray(at, at + length));
  }

  struct(field: (id: number, type: number) => boolean): void {
    for (;;) {
      const type = this.byte();
      if (type === THRIFT.stop) return;
      const id = this.i16();
      if (!field(id, type)) this.skip(type, 0);
    }
  }

  structs(read: () => void): void {
    const type = this.byte();
    const count = this.i32();
    if (type !== THRIFT.struct) throw new ThriftError('a list of structs was expected');
    // An element takes a byte at least, so a count beyond what is left is none.
    if (count < 0 || count > this.#bytes.length - this.#position) throw new ThriftError(`a list of ${count} elements`);
    for (let i = 0; i < count; i++) read();
  }

  skip(type: number, depth: number): void {
    if (depth > MAX_DEPTH) throw new ThriftError('nested too deep');
    switch (type) {
      case THRIFT.bool:
      case THRIFT.byte:
        this.#take(1);
        return;
      case THRIFT.i16:
        this.#take(2);
        return;
      case THRIFT.i32:
        this.#take(4);
        return;
      case THRIFT.i64:
      case THRIFT.double:
        this.#take(8);
        return;
      case THRIFT.string:
        this.#take(this.i32());
        return;
      case THRIFT.struct:
        for (let inner = this.byte(); inner !== THRIFT.stop; inner = this.byte()) {
          this.#take(2);
          this.skip(inner, depth + 1);
        }
        return;
      case THRIFT.list:
      case THRIFT.set: {
        const element = this.byte();
        this.#skipMany([element], this.i32(), depth);
        return;
      }
      case THRIFT.map: {
        const pair = [this.byte(), this.byte()];
        this.#skipMany(pair, this.i32(), depth);
        return;
      }
      default:
        throw new ThriftError(`no type has the number ${type}`);
    }
  }

  #skipMany(types: readonly number[], count: number, depth: number): void {
    if (count < 0 || count > this.#bytes.length - this.#position) throw new ThriftError(`${count} elements`);
    for (let i = 0; i < count; i++) for (const type of types) this.skip(type, depth + 1);
  }
}
