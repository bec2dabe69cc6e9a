import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { BlockFormatError } from './bit_reader.ts';
import type { ChunkPlace } from './block_index.ts';
import { ByteReader, checkCrc } from './byte_reader.ts';

const MAGIC = 0x85bd_40dd;
const HEADER_BYTES = 8;
const WINDOW_BYTES = 128 * 1024;
/** A chunk is about a KiB; more than this is damage. */
const MOST_CHUNK_BYTES = 16 * 1024 * 1024;
/** Length (at most five bytes), encoding, checksum. */
const FRAME_BYTES = 5 + 1 + 4;

export interface ChunkData {
  readonly encoding: number;
  /** Valid until the next chunk is read. */
  readonly data: Uint8Array;
}

interface Segment {
  readonly descriptor: number;
  readonly size: number;
}

/** The `chunks` directory of a block (tsdb/docs/format/chunks.md), read through one window that moves on. */
export class ChunkFiles implements Disposable {
  readonly #segments: readonly Segment[];
  #window: Uint8Array = new Uint8Array(WINDOW_BYTES);
  #segment = -1;
  #start = 0;
  #end = 0;

  constructor(directory: string) {
    const names = readdirSync(directory)
      .filter((name) => /^\d{6,}$/.test(name))
      .sort();
    this.#segments = names.map((name) => {
      const descriptor = openSync(join(directory, name), 'r');
      return { descriptor, size: fstatSync(descriptor).size };
    });
    for (const [i, { size }] of this.#segments.entries()) {
      const header = new ByteReader(this.#read(i, 0, Math.min(HEADER_BYTES, size)));
      if (size < HEADER_BYTES || header.uint32() !== MAGIC || header.byte() !== 1) {
        throw new BlockFormatError(`chunks/${names[i]}: this is no file of chunks of version 1`);
      }
    }
  }

  /** Reads a chunk. @throws BlockFormatError when it is damaged */
  chunk({ segment, offset }: ChunkPlace): ChunkData {
    const file = this.#segments[segment];
    const what = `chunk at byte ${offset} of file ${segment + 1}`;
    if (file === undefined || offset < HEADER_BYTES || offset >= file.size) {
      throw new BlockFormatError(`${what}: no such place`);
    }
    const head = new ByteReader(this.#read(segment, offset, Math.min(FRAME_BYTES, file.size - offset)));
    const length = head.uvarint();
    const begin = head.position;
    const needed = begin + 1 + length + 4;
    if (length > MOST_CHUNK_BYTES || offset + needed > file.size) throw new BlockFormatError(`${what}: it has no end`);
    const bytes = this.#read(segment, offset, needed);
    checkCrc(bytes, begin, begin + 1 + length, what);
    return { encoding: bytes[begin] as number, data: bytes.subarray(begin + 1, begin + 1 + length) };
  }

  [Symbol.dispose](): void {
    for (const { descriptor } of this.#segments) closeSync(descriptor);
  }

  #read(segment: number, offset: number, length: number): Uint8Array {
    if (segment !== this.#segment || offset < this.#start || offset + length > this.#end) {
      if (length > this.#window.length) this.#window = new Uint8Array(length * 2);
      const descriptor = this.#segments[segment]?.descriptor ?? -1;
      let filled = 0;
      while (filled < this.#window.length) {
        const count = readSync(descriptor, this.#window, filled, this.#window.length - filled, offset + filled);
        if (count === 0) break;
        filled += count;
      }
      this.#segment = segment;
      this.#start = offset;
      this.#end = offset + filled;
    }
    return this.#window.subarray(offset - this.#start, offset - this.#start + length);
  }
}
