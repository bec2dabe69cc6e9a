/**
 * A hash table from byte strings to small integers: open addressing over typed arrays, the keys in one arena, every hit
 * compared byte for byte. No object and no string per key.
 */
const GROWTH = 1.25;
const SMALLEST_ARENA = 65_536;
const SMALLEST_TABLE = 1024;

/** A view over someone's bytes that reads words at any offset; rebuilt only when the buffer changes. */
let viewedBuffer: ArrayBufferLike = new ArrayBuffer(0);
let view: DataView = new DataView(viewedBuffer);

function viewOf(bytes: Uint8Array): DataView {
  if (bytes.buffer !== viewedBuffer) {
    viewedBuffer = bytes.buffer;
    view = new DataView(viewedBuffer);
  }
  return view;
}

export class KeyTable {
  readonly #seed = (Math.random() * 0xffffffff) >>> 0;
  #slots = new Int32Array(SMALLEST_TABLE * 2);
  #count = 0;
  #hashes = new Uint32Array(SMALLEST_TABLE);
  #starts = new Uint32Array(SMALLEST_TABLE);
  #lengths = new Uint32Array(SMALLEST_TABLE);
  #variants = new Int32Array(SMALLEST_TABLE);
  #values = new Int32Array(SMALLEST_TABLE);
  #arena: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(SMALLEST_ARENA);
  #arenaView = new DataView(this.#arena.buffer);
  #arenaUsed = 0;
  /** Senders repeat their series in one order, so the entry behind the last one found is tried before hashing. */
  #lastFound = -1;

  /** Keys held. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of memory held, capacity included. */
  get bytes(): number {
    return this.#arena.length + this.#slots.byteLength + this.#hashes.length * 20;
  }

  /** The keys' bytes; entry i lies at `start(i)`, `length(i)` long. Valid until the next insert. */
  get arena(): Buffer<ArrayBuffer> {
    return this.#arena;
  }

  start(entry: number): number {
    return this.#starts[entry] as number;
  }

  length(entry: number): number {
    return this.#lengths[entry] as number;
  }

  variant(entry: number): number {
    return this.#variants[entry] as number;
  }

  value(entry: number): number {
    return this.#values[entry] as number;
  }

  /** The entry of a key, or -1. */
  find(bytes: Uint8Array, start: number, end: number, variant: number): number {
    const data = viewOf(bytes);
    const from = bytes.byteOffset + start;
    const length = end - start;
    const next = this.#lastFound + 1;
    if (next < this.#count && this.#lengths[next] === length && this.#variants[next] === variant) {
      if (sameBytes(data, from, this.#arenaView, this.#starts[next] as number, length)) {
        this.#lastFound = next;
        return next;
      }
    }
    const hash = this.#hash(data, from, length, variant);
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = (slots[slot] as number) - 1;
      if (entry < 0) return -1;
      if (
        this.#hashes[entry] === hash &&
        this.#lengths[entry] === length &&
        this.#variants[entry] === variant &&
        sameBytes(data, from, this.#arenaView, this.#starts[entry] as number, length)
      ) {
        this.#lastFound = entry;
        return entry;
      }
    }
  }

  /** Adds a key that is not in the table yet; returns its entry. */
  insert(bytes: Uint8Array, start: number, end: number, variant: number, value: number): number {
    const length = end - start;
    const hash = this.#hash(viewOf(bytes), bytes.byteOffset + start, length, variant);
    this.#reserve(length);
    const entry = this.#count++;
    this.#arena.set(bytes.subarray(start, end), this.#arenaUsed);
    this.#hashes[entry] = hash;
    this.#starts[entry] = this.#arenaUsed;
    this.#lengths[entry] = length;
    this.#variants[entry] = variant;
    this.#values[entry] = value;
    this.#arenaUsed += length;
    this.#place(entry, hash);
    return entry;
  }

  #place(entry: number, hash: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = entry + 1;
  }

  #reserve(length: number): void {
    if (this.#arenaUsed + length > this.#arena.length) {
      const grown = Buffer.allocUnsafeSlow(Math.ceil((this.#arena.length + length) * GROWTH));
      this.#arena.copy(grown, 0, 0, this.#arenaUsed);
      this.#arena = grown;
      this.#arenaView = new DataView(grown.buffer);
    }
    if (this.#count < this.#hashes.length) return;
    const capacity = Math.ceil(this.#hashes.length * GROWTH);
    this.#hashes = grow(this.#hashes, new Uint32Array(capacity));
    this.#starts = grow(this.#starts, new Uint32Array(capacity));
    this.#lengths = grow(this.#lengths, new Uint32Array(capacity));
    this.#variants = grow(this.#variants, new Int32Array(capacity));
    this.#values = grow(this.#values, new Int32Array(capacity));
    if (capacity * 1.5 < this.#slots.length) return;
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let entry = 0; entry < this.#count; entry++) this.#place(entry, this.#hashes[entry] as number);
  }

  /** Two lanes of multiply-and-rotate over words, seeded per table so that nobody outside can aim at a slot. */
  #hash(data: DataView, from: number, length: number, variant: number): number {
    let a = this.#seed ^ variant;
    let b = length;
    const end = from + length;
    let at = from;
    for (; at + 8 <= end; at += 8) {
      a = Math.imul(a ^ data.getInt32(at, true), 0x9e3779b1);
      a = (a << 13) | (a >>> 19);
      b = Math.imul(b ^ data.getInt32(at + 4, true), 0x85ebca77);
      b = (b << 15) | (b >>> 17);
    }
    for (; at < end; at++) {
      a = Math.imul(a ^ data.getUint8(at), 0xc2b2ae3d);
      a = (a << 7) | (a >>> 25);
    }
    let hash = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}

function grow<T extends Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Compares from the end: keys of neighbouring series begin alike. */
function sameBytes(left: DataView, leftStart: number, right: DataView, rightStart: number, length: number): boolean {
  let i = length;
  for (; i >= 8; i -= 8) {
    const a = leftStart + i - 8;
    const b = rightStart + i - 8;
    const double = left.getFloat64(a, true);
    if (double === right.getFloat64(b, true) && double !== 0) continue;
    // Unequal, or a pair that doubles cannot tell apart (0 and -0) or never find equal (NaN).
    if (left.getInt32(a, true) !== right.getInt32(b, true)) return false;
    if (left.getInt32(a + 4, true) !== right.getInt32(b + 4, true)) return false;
  }
  while (--i >= 0) if (left.getUint8(leftStart + i) !== right.getUint8(rightStart + i)) return false;
  return true;
}
