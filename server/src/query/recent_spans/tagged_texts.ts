import { equalBytes, hashBytes, viewOfBytes } from '../../base/byte_strings.ts';

/** Up to this many bytes a loop is faster than a call. */
const LOOP_COPY_BYTES = 24;

/** Distinct runs of bytes, each under a tag (a number of 32 bits), numbered in order of first appearance. */
export class TaggedTexts {
  size = 0;
  /** Text `i` is [ends[i - 1] ?? 0, ends[i]). */
  bytes: Buffer = Buffer.allocUnsafeSlow(1024);
  #view = viewOver(this.bytes);
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
    const view = viewOfBytes(bytes);
    return this.#slots[this.#slot(hashBytes(tag, view, start, end), tag, view, start, end)] as number;
  }

  /** The number of a text, a new one when it is not known. */
  add(tag: number, bytes: Uint8Array, start: number, end: number): number {
    const view = viewOfBytes(bytes);
    const hash = hashBytes(tag, view, start, end);
    const slot = this.#slot(hash, tag, view, start, end);
    const known = this.#slots[slot] as number;
    if (known >= 0) return known;
    const code = this.size++;
    if (code >= this.ends.length) {
      this.ends = resized(this.ends, code * 2);
      this.tags = resized(this.tags, code * 2);
    }
    const from = this.start(code);
    const to = from + end - start;
    if (to > this.bytes.length) this.#resize(from, Math.max(to, this.bytes.length * 2));
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
    this.#resize(end, end);
    this.ends = resized(this.ends, this.size);
    this.tags = resized(this.tags, this.size);
  }

  #resize(used: number, size: number): void {
    const next = Buffer.allocUnsafeSlow(Math.max(1, size));
    this.bytes.copy(next, 0, 0, used);
    this.bytes = next;
    this.#view = viewOver(next);
  }

  #slot(hash: number, tag: number, view: DataView, start: number, end: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = (hash << 1) & mask;
    for (;;) {
      const code = slots[slot] as number;
      if (code < 0) return slot;
      if (slots[slot + 1] === hash && this.tags[code] === tag && this.#equals(code, view, start, end)) return slot;
      slot = (slot + 2) & mask;
    }
  }

  #equals(code: number, view: DataView, start: number, end: number): boolean {
    const from = this.start(code);
    const length = end - start;
    return (this.ends[code] as number) - from === length && equalBytes(this.#view, from, view, start, length);
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

const viewOver = ({ buffer, byteOffset, length }: Buffer): DataView => new DataView(buffer, byteOffset, length);

/** A copy with another length. */
export function resized(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(Math.max(1, length));
  next.set(length < array.length ? array.subarray(0, length) : array);
  return next;
}
