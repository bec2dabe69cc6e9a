import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';

/** A block of the engine's compressed files: checksum, method, compressed size with the header's 9 bytes, size (all little-endian). */
const CHECKSUM_BYTES = 16;
const HEADER_BYTES = 9;
const METHODS = { lz4: 0x82, zstd: 0x90, none: 0x02 } as const;

/** Files of a directory that hold the text: as it is, or inside the engine's compressed blocks. */
export function filesWith(directory: string, text: string): string[] {
  const needle = Buffer.from(text);
  return filesBelow(directory).filter((path) => {
    const bytes = contents(path);
    return bytes.includes(needle) || uncompressed(bytes).includes(needle);
  });
}

function filesBelow(directory: string): string[] {
  const entries = unlessGone(() => readdirSync(directory, { withFileTypes: true }), []);
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
  });
}

/** Whether a file is of a part that a later version of it stands in for: `DAY_1_1_0_6` for `DAY_1_1_0`. */
export function isReplaced(path: string): boolean {
  const folder = dirname(path);
  const [, part, version = '0'] = /^(\d+_\d+_\d+_\d+)(?:_(\d+))?$/.exec(basename(folder)) ?? [];
  if (part === undefined) return false;
  return readdirSync(dirname(folder)).some((other) => {
    const [, ofPart, otherVersion = '0'] = /^(\d+_\d+_\d+_\d+)(?:_(\d+))?$/.exec(other) ?? [];
    return ofPart === part && Number(otherVersion) > Number(version);
  });
}

function contents(path: string): Buffer {
  return unlessGone(() => readFileSync(path), Buffer.alloc(0));
}

/** What is read, or the other value when the engine removed it while we looked. */
function unlessGone<Value>(read: () => Value, gone: Value): Value {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return gone;
    throw error;
  }
}

/** What the blocks at the beginning of a file hold; nothing of a file that has none. */
function uncompressed(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [];
  let at = 0;
  while (at + CHECKSUM_BYTES + HEADER_BYTES <= bytes.length) {
    const start = at + CHECKSUM_BYTES;
    const size = bytes.readUInt32LE(start + 1);
    const data = bytes.subarray(start + HEADER_BYTES, start + size);
    if (size < HEADER_BYTES || start + size > bytes.length) break;
    const block = inflate(bytes[start] ?? 0, data, bytes.readUInt32LE(start + 5));
    if (block === undefined) break;
    blocks.push(block);
    at = start + size;
  }
  return Buffer.concat(blocks);
}

function inflate(method: number, data: Buffer, size: number): Buffer | undefined {
  if (method === METHODS.zstd) return zstdDecompressSync(data);
  if (method === METHODS.lz4) return lz4(data, size);
  // Codecs that transform numbers hold no text of their own.
  return method === METHODS.none ? data : Buffer.alloc(0);
}

/** One LZ4 block (github.com/lz4/lz4 doc/lz4_Block_format.md). */
function lz4(data: Buffer, size: number): Buffer {
  const out = Buffer.alloc(size);
  let at = 0;
  let end = 0;
  const length = (nibble: number): number => {
    let sum = nibble;
    if (nibble < 15) return sum;
    for (;;) {
      const more = data[at++] ?? 0;
      sum += more;
      if (more !== 255) return sum;
    }
  };
  while (at < data.length) {
    const token = data[at++] ?? 0;
    const literals = length(token >> 4);
    data.copy(out, end, at, at + literals);
    at += literals;
    end += literals;
    if (at >= data.length) break;
    const from = end - data.readUInt16LE(at);
    at += 2;
    const match = length(token & 15) + 4;
    for (let i = 0; i < match; i++) out[end + i] = out[from + i] ?? 0;
    end += match;
  }
  return out;
}
