import type { Labels } from '../../model/labels.ts';
import { BlockFormatError } from './bit_reader.ts';
import { ByteReader, checkCrc, section } from './byte_reader.ts';

const MAGIC = 0xbaaa_d700;
const HEADER_BYTES = 5;
const TOC_BYTES = 6 * 8 + 4;
const SERIES_ALIGNMENT = 16;

/** A chunk of a series: where it is and which times it holds, both ends included. */
export interface ChunkPlace {
  readonly minMs: number;
  readonly maxMs: number;
  /** Number of the segment file, from 0, and offset in it. */
  readonly segment: number;
  readonly offset: number;
}

/** A series of a block. */
export interface BlockSeries {
  /** As tombstones name it. */
  readonly reference: number;
  readonly labels: Labels;
  readonly chunks: readonly ChunkPlace[];
}

interface Toc {
  readonly symbols: number;
  readonly series: number;
  readonly seriesEnd: number;
  readonly postingsTable: number;
}

/**
 * The `index` file of a block, versions 1 and 2 (tsdb/docs/format/index.md), all of it in memory. Table of contents,
 * symbols and the list of all series are checked when it is opened, each series when it is read.
 */
export class BlockIndex {
  readonly seriesCount: number;
  readonly #bytes: Uint8Array;
  readonly #version: number;
  readonly #toc: Toc;
  /** By number of the symbol (version 2) or its offset (version 1). */
  readonly #symbols: readonly string[] | ReadonlyMap<number, string>;

  constructor(bytes: Uint8Array) {
    const reader = new ByteReader(bytes);
    if (reader.uint32() !== MAGIC) throw new BlockFormatError('index: this is no index of Prometheus');
    this.#version = reader.byte();
    if (this.#version !== 1 && this.#version !== 2) {
      throw new BlockFormatError(`index: version ${this.#version} is not known`);
    }
    this.#bytes = bytes;
    this.#toc = readToc(bytes);
    this.#symbols = this.#readSymbols();
    this.seriesCount = this.#countPostings();
  }

  /**
   * Reads all series from a position on, in the order of their labels.
   * @param from a position this generator gave before, or 0 for all
   * @throws BlockFormatError when a series is damaged: nothing behind it can be found
   */
  *series(from = 0): Generator<{ readonly series: BlockSeries; readonly next: number }> {
    const { series: start, seriesEnd } = this.#toc;
    let at = Math.max(start, from);
    for (;;) {
      if (this.#version === 2) at = Math.ceil(at / SERIES_ALIGNMENT) * SERIES_ALIGNMENT;
      else while (at < seriesEnd && this.#bytes[at] === 0) at++;
      // Padding before the next section is of zeros, which no series begins with.
      if (at >= seriesEnd || this.#bytes[at] === 0) return;
      const head = new ByteReader(this.#bytes, at, seriesEnd);
      const length = head.uvarint();
      const begin = head.position;
      if (begin + length + 4 > seriesEnd) throw new BlockFormatError(`index: the series at byte ${at} has no end`);
      checkCrc(this.#bytes, begin, begin + length, `index: series at byte ${at}`);
      const reference = this.#version === 2 ? at / SERIES_ALIGNMENT : at;
      const next = begin + length + 4;
      yield { series: this.#readSeries(new ByteReader(this.#bytes, begin, begin + length), reference), next };
      at = next;
    }
  }

  #readSeries(reader: ByteReader, reference: number): BlockSeries {
    const labels: string[] = [];
    for (let left = reader.uvarint(); left > 0; left--) {
      labels.push(this.#symbol(reader.uvarint()), this.#symbol(reader.uvarint()));
    }
    const chunks: ChunkPlace[] = [];
    let time = 0;
    let place = 0;
    for (let left = reader.uvarint(); left > 0; left--) {
      const minMs = chunks.length === 0 ? reader.varint() : time + reader.uvarint();
      time = minMs + reader.uvarint();
      place = chunks.length === 0 ? reader.uvarint() : place + reader.varint();
      const segment = Math.floor(place / 2 ** 32);
      chunks.push({ minMs, maxMs: time, segment, offset: place - segment * 2 ** 32 });
    }
    return { reference, labels, chunks };
  }

  #symbol(reference: number): string {
    const symbols = this.#symbols;
    const text = symbols instanceof Map ? symbols.get(reference) : (symbols as readonly string[])[reference];
    if (text === undefined) throw new BlockFormatError(`index: symbol ${reference} does not exist`);
    return text;
  }

  #readSymbols(): readonly string[] | ReadonlyMap<number, string> {
    const reader = section(this.#bytes, this.#toc.symbols, 'index: symbols');
    const count = reader.uint32();
    const list: string[] = [];
    const byOffset = new Map<number, string>();
    for (let i = 0; i < count; i++) {
      const offset = reader.position;
      const text = reader.text();
      if (this.#version === 1) byOffset.set(offset, text);
      else list.push(text);
    }
    return this.#version === 1 ? byOffset : list;
  }

  /** How many series the list of all of them names: the entry of the empty label in the table of postings. */
  #countPostings(): number {
    const reader = section(this.#bytes, this.#toc.postingsTable, 'index: table of postings');
    for (let left = reader.uint32(); left > 0; left--) {
      if (reader.uvarint() !== 2) throw new BlockFormatError('index: table of postings: keys of another kind');
      const [name, value] = [reader.text(), reader.text()];
      const offset = reader.uvarint();
      if (name === '' && value === '') return section(this.#bytes, offset, 'index: postings of all series').uint32();
    }
    return 0;
  }
}

function readToc(bytes: Uint8Array): Toc {
  const start = bytes.length - TOC_BYTES;
  if (start < HEADER_BYTES) throw new BlockFormatError('index: the file is too short');
  checkCrc(bytes, start, bytes.length - 4, 'index: table of contents');
  const reader = new ByteReader(bytes, start, bytes.length - 4);
  const places = Array.from({ length: 6 }, () => reader.uint64());
  const [symbols = 0, series = 0, , , , postingsTable = 0] = places;
  const behind = places.filter((place) => place > series);
  return { symbols, series, seriesEnd: Math.min(start, ...behind), postingsTable };
}
