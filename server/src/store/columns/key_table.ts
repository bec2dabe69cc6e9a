import { equalBytes, hashBytes } from '../../base/byte_strings.ts';
import { TextBuilder } from './text_builder.ts';

const LEAST_SLOTS = 64;
/** A table that was larger than this begins anew: emptying it takes longer than a small request. */
const MOST_KEPT_SLOTS = 32_768;

/** Distinct byte strings, each under a tag (a number of 31 bits, 0 where there is none), numbered in order of first appearance. */
export class KeyTable {
  readonly keys: TextBuilder;
  private slots: Int32Array;
  private hashes: Int32Array;
  private tags = new Int32Array(32);

  constructor() {
    this.keys = new TextBuilder(512, 32);
    this.slots = new Int32Array(LEAST_SLOTS).fill(-1);
    this.hashes = new Int32Array(32);
  }

  get size(): number {
    return this.keys.rows;
  }

  clear(): void {
    this.keys.clear();
    if (this.slots.length > MOST_KEPT_SLOTS) this.slots = new Int32Array(LEAST_SLOTS);
    this.slots.fill(-1);
  }

  /** Whether a key is bytes [start, end) of a view. */
  equals(index: number, view: DataView, start: number, end: number): boolean {
    const { keys } = this;
    const from = keys.start(index);
    const length = end - start;
    return keys.start(index + 1) - from === length && equalBytes(keys.view, from, view, start, length);
  }

  /** The tag a key is under. */
  tag(index: number): number {
    return this.tags[index] as number;
  }

  indexOf(view: DataView, start: number, end: number, tag = 0): number {
    const hash = hashBytes(tag, view, start, end);
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const index = this.slots[slot] as number;
      if (index < 0) return this.insert(slot, hash, view, start, end, tag);
      if (this.hashes[index] === hash && this.tags[index] === tag && this.equals(index, view, start, end)) return index;
      slot = (slot + 1) & mask;
    }
  }

  private insert(slot: number, hash: number, view: DataView, start: number, end: number, tag: number): number {
    const index = this.keys.rows;
    this.keys.appendView(view, start, end);
    this.slots[slot] = index;
    if (index >= this.hashes.length) {
      const next = new Int32Array(this.hashes.length * 2);
      next.set(this.hashes);
      this.hashes = next;
      const tags = new Int32Array(this.hashes.length);
      tags.set(this.tags);
      this.tags = tags;
    }
    this.hashes[index] = hash;
    this.tags[index] = tag;
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
