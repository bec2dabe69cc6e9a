import { randomInt } from 'node:crypto';
import { TextBuilder } from './text_builder.ts';

/** Random per process, so that a sender cannot choose keys that all fall into one slot. */
const HASH_SEED = randomInt(1, 0x7fff_ffff);

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_SEED;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x0100_0193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b_3c6d);
  return hash ^ (hash >>> 13);
}

/** Distinct byte strings, numbered in order of first appearance. */
export class KeyTable {
  readonly keys: TextBuilder;
  private slots: Int32Array;
  private hashes: Int32Array;

  constructor() {
    this.keys = new TextBuilder(512, 32);
    this.slots = new Int32Array(64).fill(-1);
    this.hashes = new Int32Array(32);
  }

  get size(): number {
    return this.keys.rows;
  }

  clear(): void {
    this.keys.clear();
    this.slots.fill(-1);
  }

  equals(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { keys } = this;
    const from = keys.start(index);
    const length = end - start;
    if (keys.start(index + 1) - from !== length) return false;
    const known = keys.bytes;
    for (let i = 0; i < length; i++) if (known[from + i] !== bytes[start + i]) return false;
    return true;
  }

  indexOf(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const index = this.slots[slot] as number;
      if (index < 0) return this.insert(slot, hash, bytes, start, end);
      if (this.hashes[index] === hash && this.equals(index, bytes, start, end)) return index;
      slot = (slot + 1) & mask;
    }
  }

  private insert(slot: number, hash: number, bytes: Uint8Array, start: number, end: number): number {
    const index = this.keys.rows;
    this.keys.append(bytes, start, end);
    this.slots[slot] = index;
    if (index >= this.hashes.length) {
      const next = new Int32Array(this.hashes.length * 2);
      next.set(this.hashes);
      this.hashes = next;
    }
    this.hashes[index] = hash;
    if ((index + 1) * 2 > this.slots.length) this.rehash();
    return index;
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let index = 0; index < this.keys.rows; index++) {
      let slot = (this.hashes[index] as number) & mask;
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask;
      slots[slot] = index;
    }
    this.slots = slots;
  }
}
