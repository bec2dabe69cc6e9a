import { randomInt } from 'node:crypto';

/** Random per process, so that a sender cannot choose texts that all fall into one slot. */
const HASH_SEED = randomInt(1, 0x7fff_ffff);
/** Up to this many bytes a loop is faster than a call. */
const LOOP_COPY_BYTES = 24;

function hashOf(tag: number, bytes: Uint8Array, start: number, end: number): number {
  let hash = Math.imul(HASH_SEED ^ tag, 0x85eb_ca6b);
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x0100_0193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b_3c6d);
  return hash ^ (hash >>> 13);
}

/** Distinct runs of bytes, each under a tag (a number of 32 bits), numbered in order of first appearance. */
export class TaggedTexts {
  size = 0;
  /** Text `i` is [ends[i - 1] ?? 0, ends[i]). */
  bytes: Buffer = Buffer.allocUnsafeSlow(1024);
  ends = new Uint32Array(64);
  tags = new Uint32Array(64);
  /** Two words each: the number of a text, or -1, and its hash. */
  #slots = new Int32Array(256).fill(-1);

  /** Memory held, bytes. */
  get capacity(): number {
    return this.bytes.length + this.ends.byteLength + this.tags.byteLength + this.#slots.byteLength;
  }

  start(code: number): number {
    return code === 0 ? 0 : (this.ends[code - 1] as number);
  }

  text(code: number): string {
    return this.bytes.toString('utf8', this.start(code), this.ends[code]);
  }

  /** The number of a text, or -1. */
  find(tag: number, bytes: Uint8Array, start: number, end: number): number {
    return this.#slots[this.#slot(hashOf(tag, bytes, start, end), tag, bytes, start, end)] as number;
  }

  /** The number of a text, a new one when it is not known. */
  add(tag: number, bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(tag, bytes, start, end);
    const slot = this.#slot(hash, tag, bytes, start, end);
    const known = this.#slots[slot] as number;
    if (known >= 0) return known;
    const code = this.size++;
    if (code >= this.ends.length) {
      this.ends = resized(this.ends, code * 2);
      this.tags = resized(this.tags, code * 2);
    }
    const from = this.start(code);
    const to = from + end - start;
    if (to > this.bytes.length) this.bytes = resizedBytes(this.bytes, from, Math.max(to, this.bytes.length * 2));
    copy(this.bytes, from, bytes, start, end);
    this.ends[code] = to;
    this.tags[code] = tag;
    this.#slots[slot] = code;
    this.#slots[slot + 1] = hash;
    if (this.size * 4 > this.#slots.length) this.#rehash();
    return code;
  }

  /** Gives back what nothing is in; more may be added. */
  trim(): void {
    const end = this.start(this.size);
    this.bytes = resizedBytes(this.bytes, end, end);
    this.ends = resized(this.ends, this.size);
    this.tags = resized(this.tags, this.size);
  }

  #slot(hash: number, tag: number, bytes: Uint8Array, start: number, end: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = (hash << 1) & mask;
    for (;;) {
      const code = slots[slot] as number;
      if (code < 0) return slot;
      if (slots[slot + 1] === hash && this.tags[code] === tag && this.#equals(code, bytes, start, end)) return slot;
      slot = (slot + 2) & mask;
    }
  }

  #equals(code: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.start(code);
    if ((this.ends[code] as number) - from !== end - start) return false;
    const known = this.bytes;
    for (let i = start, j = from; i < end; i++, j++) if (known[j] !== bytes[i]) return false;
    return true;
  }

  #rehash(): void {
    const old = this.#slots;
    const slots = new Int32Array(old.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let at = 0; at < old.length; at += 2) {
      if ((old[at] as number) < 0) continue;
      let slot = ((old[at + 1] as number) << 1) & mask;
      while ((slots[slot] as number) >= 0) slot = (slot + 2) & mask;
      slots[slot] = old[at] as number;
      slots[slot + 1] = old[at + 1] as number;
    }
    this.#slots = slots;
  }
}

function copy(target: Uint8Array, at: number, source: Uint8Array, start: number, end: number): void {
  if (end - start <= LOOP_COPY_BYTES) for (let i = start, j = at; i < end; i++, j++) target[j] = source[i] as number;
  else target.set(source.subarray(start, end), at);
}

function resizedBytes(bytes: Buffer, used: number, size: number): Buffer {
  const next = Buffer.allocUnsafeSlow(Math.max(1, size));
  bytes.copy(next, 0, 0, used);
  return next;
}

/** A copy with another length. */
export function resized(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(Math.max(1, length));
  next.set(length < array.length ? array.subarray(0, length) : array);
  return next;
}
