import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Section } from '../../model/section.ts';
import { type LogRows, splitLogSection, viewLogParts, viewLogSection } from '../../store/index.ts';

/** Sections of `otel_logs` that came one after the other. */
export interface KeptSections {
  /** Memory they take. */
  readonly bytes: number;
  /** Records section by section, with its number; with a text only those sections that may hold it in a line. */
  read(text: string | undefined): Iterable<readonly [section: number, records: LogRows]>;
}

/** What a record takes beside its columns once somebody has asked, bytes: its time, its stream, where its line is. */
const ROW_BYTES = 32;

/** Sections as they came; what was read of them is kept. */
export class WholeSections implements KeptSections {
  readonly sections: Section[] = [];
  readonly #views: LogRows[] = [];
  bytes = 0;

  add(section: Section): void {
    this.sections.push(section);
    this.bytes += section.block.length + section.rows * ROW_BYTES;
  }

  *read(): Iterable<readonly [section: number, records: LogRows]> {
    for (const [i, { block }] of this.sections.entries()) {
      const view = this.#views[i] ?? viewLogSection(block);
      this.#views[i] = view;
      yield [i, view];
    }
  }
}

const compress = promisify(zstdCompress);
/** ZSTD(1): 5.3 times as many lines in the same memory; -3 takes as long for half of it, 3 half as long again for nothing. */
const LEVEL = 1;
/** Memory asked for at once for what is compressed: lines take a fifth, and where it does not do more is asked for. */
const roomFor = (bytes: number): number => (bytes >> 1) + 1024;

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
  return { bytes: Uint8Array.prototype.slice.call(packed), ends };
}

function unpack({ bytes, ends }: Packed): Buffer {
  const size = ends.at(-1) ?? 0;
  // With room left the library is asked once.
  return zstdDecompressSync(bytes, { chunkSize: size + 1024, maxOutputLength: size + 1024 });
}

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

  *read(text: string | undefined): Iterable<readonly [section: number, records: LogRows]> {
    const lines = unpack(this.#lines);
    const { ends } = this.#lines;
    let rest: Buffer | undefined;
    for (const section of text === undefined ? ends.keys() : sectionsWith(lines, ends, Buffer.from(text))) {
      rest ??= unpack(this.#rest);
      const from = rest.subarray(this.#rest.ends[section - 1] ?? 0, this.#rest.ends[section]);
      yield [section, viewLogParts(lines.subarray(ends[section - 1] ?? 0, ends[section]), from)];
    }
  }
}

/** Packs in a turn of its own, much on another thread. Rejects with what the library says, and with NativeFormatError. */
export async function packSections(sections: readonly Section[]): Promise<KeptSections> {
  await nextTurn();
  const parts = sections.map(({ block }) => splitLogSection(block));
  const lines = await pack(parts.map((part) => part.lines));
  return new PackedSections(lines, await pack(parts.map((part) => part.rest)));
}

/** Searches all lines at once; where there is one section, its rows are searched anyway. */
function* sectionsWith(lines: Buffer, ends: Uint32Array, text: Buffer): Iterable<number> {
  let section = 0;
  if (ends.length === 1) {
    yield 0;
    return;
  }
  for (let at = lines.indexOf(text); at >= 0; at = lines.indexOf(text, ends[section - 1])) {
    while ((ends[section] as number) <= at) section++;
    yield section++;
    if (section === ends.length) return;
  }
}
