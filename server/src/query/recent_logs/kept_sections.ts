import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { releaseMemory } from '../../base/release_memory.ts';
import type { Section } from '../../model/section.ts';
import {
  type LogRows,
  linesWith,
  logPlaces,
  splitLogSection,
  viewLogParts,
  viewLogSection,
} from '../../store/index.ts';
import { chosenRows, pickRows } from './picked_rows.ts';

/** Records of one of several sections. */
export interface KeptRecords {
  readonly section: number;
  /** In order. */
  readonly records: LogRows;
}

/** Sections of `otel_logs` that came one after the other. */
export interface KeptSections {
  /** Memory they take. */
  readonly bytes: number;
  /** Memory that who holds records of all of them takes, at most. */
  readonly unpackedBytes: number;
  /**
   * Records section by section; with a text only those whose lines hold it, and no section without. One may be missing only
   * when its bytes are no UTF-8.
   * @param withResource whether anything is asked of the records' resources
   */
  read(text: string | undefined, withResource: boolean): Iterable<KeptRecords>;
}

/** What a record takes beside its columns once somebody has asked, bytes: its time, its stream, where its line is. */
const ROW_BYTES = 32;

/** Sections as they came; what was read of them is kept. */
export class WholeSections implements KeptSections {
  readonly sections: Section[] = [];
  readonly #views: { readonly records: LogRows; readonly lines: Buffer }[] = [];
  #packed: KeptSections | undefined;
  bytes = 0;

  add(section: Section): void {
    this.sections.push(section);
    this.bytes += section.block.length + section.rows * ROW_BYTES;
  }

  get unpackedBytes(): number {
    return this.#packed?.unpackedBytes ?? this.bytes;
  }

  /**
   * The same sections packed, which take the place of these: who still has these reads those. Where nobody has begun to read, the
   * memory of the sections is given back at once. Left to the collector it has the whole heap looked through for each few tens
   * of thousands of records.
   */
  replaceWith(packed: KeptSections): void {
    if (this.#views.length > 0) return;
    this.#packed = packed;
    for (const { block } of this.sections.splice(0)) releaseMemory(block);
  }

  *read(text: string | undefined, withResource: boolean): Iterable<KeptRecords> {
    if (this.#packed !== undefined) {
      yield* this.#packed.read(text, withResource);
      return;
    }
    const needle = text === undefined ? undefined : Buffer.from(text);
    for (const [section, { block }] of this.sections.entries()) {
      const { records, lines } = this.#views[section] ?? viewWhole(block);
      this.#views[section] = { records, lines };
      if (needle === undefined) yield { section, records };
      else {
        const rows = linesWith(lines, needle);
        if (rows.length > 0) yield { section, records: chosenRows(records, rows) };
      }
    }
  }
}

function viewWhole(block: Uint8Array<ArrayBuffer>): { records: LogRows; lines: Buffer } {
  const { linesStart, linesEnd } = logPlaces(block);
  return {
    records: viewLogSection(block),
    lines: Buffer.from(block.buffer, block.byteOffset + linesStart, linesEnd - linesStart),
  };
}

const compress = promisify(zstdCompress);
/** ZSTD(1): 5.3 times as many lines in the same memory; -3 takes as long for half of it, 3 half as long again for nothing. */
const LEVEL = 1;
/**
 * Memory asked for at once for what is compressed: lines take a fifth, and where it does not do more is asked for. Much more and
 * memory that is thrown away has the heap collected again and again.
 */
const roomFor = (bytes: number): number => (bytes >> 2) + 1024;

/** Up to this many bytes it takes a millisecond, and another thread as much again for being asked. */
const AT_ONCE_BYTES = 512 * 1024;

/** Bytes of several sections, compressed together. */
interface Packed {
  readonly bytes: Uint8Array;
  /** Section i is `[ends[i - 1] ?? 0, ends[i])` of what was compressed. */
  readonly ends: Uint32Array;
}

async function pack(parts: readonly Uint8Array[]): Promise<Packed> {
  let end = 0;
  const ends = Uint32Array.from(parts, ({ length }) => {
    end += length;
    return end;
  });
  const [first] = parts;
  const bytes = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts, end);
  const options = { chunkSize: roomFor(end), params: { [constants.ZSTD_c_compressionLevel]: LEVEL } };
  const packed = end > AT_ONCE_BYTES ? await compress(bytes, options) : zstdCompressSync(bytes, options);
  // The library's answer lies in memory of the size that was asked for.
  const own = Uint8Array.prototype.slice.call(packed);
  releaseMemory(packed);
  return { bytes: own, ends };
}

const unpackedSize = ({ ends }: Packed): number => ends.at(-1) ?? 0;

/** With room left the library is asked once. */
function roomOf(packed: Packed): { readonly chunkSize: number; readonly maxOutputLength: number } {
  const size = unpackedSize(packed) + 1024;
  return { chunkSize: size, maxOutputLength: size };
}

const unpack = (packed: Packed): Buffer => zstdDecompressSync(packed.bytes, roomOf(packed));
const decompress = promisify(zstdDecompress);

/** Several as if they had been packed as one: frames that follow each other are unpacked one after the other. */
function joined(packed: readonly Packed[]): Packed {
  let end = 0;
  const ends = Uint32Array.from(packed, (one) => {
    end += unpackedSize(one);
    return end;
  });
  return { bytes: Buffer.concat(packed.map(({ bytes }) => bytes)), ends };
}

/** Unpacks several at once, in another thread. Rejects with what the library says. */
async function unpackTogether(packed: readonly Packed[]): Promise<Buffer[]> {
  const all = joined(packed);
  return cut(packed.length === 0 ? Buffer.alloc(0) : await decompress(all.bytes, roomOf(all)), packed);
}

/** As {@link unpackTogether}, in this thread. Throws what the library says. */
function unpackTogetherHere(packed: readonly Packed[]): Buffer[] {
  return cut(packed.length === 0 ? Buffer.alloc(0) : unpack(joined(packed)), packed);
}

/** What was unpacked of each of several. */
function cut(unpacked: Buffer, packed: readonly Packed[]): Buffer[] {
  const size = packed.reduce((sum, one) => sum + unpackedSize(one), 0);
  if (unpacked.length !== size) throw new Error(`${unpacked.length} bytes of log records where ${size} were packed`);
  let end = 0;
  return packed.map((one) => {
    const start = end;
    end += unpackedSize(one);
    return unpacked.subarray(start, end);
  });
}

const partOf = (unpacked: Buffer, { ends }: Packed, section: number): Buffer =>
  unpacked.subarray(ends[section - 1] ?? 0, ends[section]);

/** So many rows are read at once, 2.5 µs each, to give back what they were unpacked from; of more only what is asked for. */
const MOST_PICKED_ROWS = 32;

/** Rows of a section. */
interface Hits {
  readonly section: number;
  readonly rows: readonly number[];
}

interface Picked {
  readonly records: readonly KeptRecords[];
  /** Whether they still lie in what they were unpacked from. */
  readonly isHeld: boolean;
}

const NOTHING: Picked = { records: [], isHeld: false };

/** The lines of some sections, and everything else of them, each compressed: a search for a text unpacks lines only. */
class PackedSections implements KeptSections {
  readonly #lines: Packed;
  readonly #rest: Packed;

  constructor(lines: Packed, rest: Packed) {
    this.#lines = lines;
    this.#rest = rest;
  }

  get bytes(): number {
    const { length } = this.#lines.ends;
    return this.#lines.bytes.length + this.#rest.bytes.length + 2 * length * Uint32Array.BYTES_PER_ELEMENT;
  }

  get unpackedBytes(): number {
    return unpackedSize(this.#lines) + unpackedSize(this.#rest);
  }

  read(text: string | undefined, withResource: boolean): Iterable<KeptRecords> {
    const lines = unpack(this.#lines);
    if (text === undefined) return this.view(lines, unpack(this.#rest));
    const hits = this.hitsIn(lines, Buffer.from(text));
    const rest = hits.length === 0 ? undefined : unpack(this.#rest);
    const { records, isHeld } = rest === undefined ? NOTHING : this.pick(lines, rest, hits, withResource);
    if (isHeld) return records;
    releaseMemory(lines);
    if (rest !== undefined) releaseMemory(rest);
    return records;
  }

  /** What was compressed. */
  get packed(): readonly [lines: Packed, rest: Packed] {
    return [this.#lines, this.#rest];
  }

  /** The records of what {@link packed} was. */
  *view(lines: Buffer, rest: Buffer): Iterable<KeptRecords> {
    for (let section = 0; section < this.#lines.ends.length; section++)
      yield { section, records: this.#view(lines, rest, section) };
  }

  /** Which rows of which sections hold a text, given the lines unpacked. */
  hitsIn(lines: Buffer, needle: Buffer): Hits[] {
    const hits: Hits[] = [];
    for (let section = 0; section < this.#lines.ends.length; section++) {
      const rows = linesWith(partOf(lines, this.#lines, section), needle);
      if (rows.length > 0) hits.push({ section, rows });
    }
    return hits;
  }

  /** These rows, given what {@link packed} was. */
  pick(lines: Buffer, rest: Buffer, hits: readonly Hits[], withResource: boolean): Picked {
    let isHeld = false;
    const records = hits.map(({ section, rows }) => {
      const all = this.#view(lines, rest, section);
      const areFew = rows.length <= MOST_PICKED_ROWS;
      if (!areFew) isHeld = true;
      return { section, records: areFew ? pickRows(all, rows, withResource) : chosenRows(all, rows) };
    });
    return { records, isHeld };
  }

  #view(lines: Buffer, rest: Buffer, section: number): LogRows {
    return viewLogParts(partOf(lines, this.#lines, section), partOf(rest, this.#rest, section));
  }
}

/** All records of several, in the order these were given. */
export interface ReadTogether {
  readonly records: readonly Iterable<KeptRecords>[];
  /** Gives the memory back that they were unpacked into; nothing of the records may be asked afterwards. */
  release(): void;
}

/**
 * All records of several, as {@link KeptSections.read} has them; what is compressed is unpacked together by another thread. Rejects
 * with what the library says.
 */
export async function readTogether(kept: readonly KeptSections[]): Promise<ReadTogether> {
  const packed = kept.flatMap((one) => (one instanceof PackedSections ? one.packed : []));
  const unpacked = await unpackTogether(packed);
  let at = 0;
  const records = kept.map((one) => {
    if (!(one instanceof PackedSections)) return one.read(undefined, true);
    return one.view(unpacked[at++] as Buffer, unpacked[at++] as Buffer);
  });
  return {
    records,
    release() {
      // All lie in the same memory.
      for (const one of unpacked.slice(0, 1)) releaseMemory(one);
    },
  };
}

/** What is searched, and whether anything is asked of the resources of its records. */
export interface Searched {
  readonly records: KeptSections;
  readonly withResource: boolean;
}

/**
 * Those records of several whose lines hold a text, in the order these were given, as {@link KeptSections.read} has them; lines are
 * unpacked together by another thread. Rejects with what the library says.
 */
export async function searchTogether(
  searched: readonly Searched[],
  text: string,
): Promise<readonly Iterable<KeptRecords>[]> {
  const needle = Buffer.from(text);
  const packed = searched.map(({ records }) => records).filter((records) => records instanceof PackedSections);
  const lines = await unpackTogether(packed.map((records) => records.packed[0]));
  const hits = packed.map((records, i) => records.hitsIn(lines[i] as Buffer, needle));
  const rests = unpackTogetherHere(packed.filter((_, i) => hits[i]?.length).map((records) => records.packed[1]));
  let isHeld = false;
  let at = 0;
  let withHits = 0;
  const found = searched.map(({ records, withResource }) => {
    if (!(records instanceof PackedSections)) return records.read(text, withResource);
    const [own, rows] = [lines[at] as Buffer, hits[at] as Hits[]];
    at++;
    if (rows.length === 0) return [];
    const picked = records.pick(own, rests[withHits++] as Buffer, rows, withResource);
    isHeld ||= picked.isHeld;
    return picked.records;
  });
  // All of them lie in the same memory.
  if (!isHeld) for (const one of [...lines.slice(0, 1), ...rests.slice(0, 1)]) releaseMemory(one);
  return found;
}

/** Packs in a turn of its own, much on another thread. Rejects with what the library says, and with NativeFormatError. */
export async function packSections(sections: readonly Section[]): Promise<KeptSections> {
  await nextTurn();
  const parts = sections.map(({ block }) => splitLogSection(block));
  const lines = await pack(parts.map((part) => part.lines));
  const rest = await pack(parts.map((part) => part.rest));
  for (const part of parts) releaseMemory(part.rest);
  return new PackedSections(lines, rest);
}
