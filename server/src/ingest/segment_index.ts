import type { Files } from '../base/files.ts';
import { getUint64, setUint64 } from '../base/segment_frame.ts';
import { readCheckedJson, writeCheckedJson } from './checked_json.ts';
import { BODY_HASH_BYTES } from './frame.ts';

/**
 * What a start needs to know of a segment without reading it: its numbers and the body hashes in it. Written beside a
 * segment when it is complete; without it the segment is read instead.
 */
export interface SegmentIndex {
  /** Size of the segment it describes; another size means another segment. */
  readonly bytes: number;
  readonly frames: number;
  readonly lastSeq: number;
  readonly lastBatch: number;
  readonly newestMs: number;
  /** Per remembered body: u64 time in ms, 16 bytes of hash. */
  readonly hashes: Uint8Array;
}

const ENTRY_BYTES = 8 + BODY_HASH_BYTES;

export class SegmentIndexBuilder {
  frames = 0;
  lastSeq = 0;
  lastBatch = 0;
  newestMs = 0;
  #hashes = new Uint8Array(1024 * ENTRY_BYTES);
  #used = 0;

  add(seq: number, batchId: number, timeMs: number, bodyHash: Uint8Array | undefined): void {
    this.frames++;
    this.lastSeq = Math.max(this.lastSeq, seq);
    this.lastBatch = Math.max(this.lastBatch, batchId);
    this.newestMs = Math.max(this.newestMs, timeMs);
    if (bodyHash === undefined) return;
    if (this.#used + ENTRY_BYTES > this.#hashes.length) {
      const larger = new Uint8Array(this.#hashes.length * 2);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    setUint64(new DataView(this.#hashes.buffer), this.#used, timeMs);
    this.#hashes.set(bodyHash, this.#used + 8);
    this.#used += ENTRY_BYTES;
  }

  build(bytes: number): SegmentIndex {
    const { frames, lastSeq, lastBatch, newestMs } = this;
    return { bytes, frames, lastSeq, lastBatch, newestMs, hashes: this.#hashes.subarray(0, this.#used) };
  }
}

export function indexName(segment: string): string {
  return segment.replace(/\.wal$/, '.idx');
}

/** Calls back for every body hash of an index. */
export function forEachHash(index: SegmentIndex, visit: (timeMs: number, bodyHash: Uint8Array) => void): void {
  const { hashes } = index;
  const view = new DataView(hashes.buffer, hashes.byteOffset, hashes.byteLength);
  for (let at = 0; at + ENTRY_BYTES <= hashes.length; at += ENTRY_BYTES) {
    visit(getUint64(view, at), hashes.subarray(at + 8, at + ENTRY_BYTES));
  }
}

export async function writeIndex(files: Files, path: string, index: SegmentIndex): Promise<void> {
  const { hashes } = index;
  const text = Buffer.from(hashes.buffer, hashes.byteOffset, hashes.length).toString('base64');
  await writeCheckedJson(files, path, { ...index, hashes: text });
}

/** The index, or undefined when it is missing or damaged. */
export async function readIndex(files: Files, path: string): Promise<SegmentIndex | undefined> {
  const found = await readCheckedJson(files, path);
  if (typeof found !== 'object' || found === null) return undefined;
  if (!('bytes' in found && 'frames' in found && 'lastSeq' in found && 'lastBatch' in found)) return undefined;
  if (!('newestMs' in found && 'hashes' in found) || typeof found.hashes !== 'string') return undefined;
  const { bytes, frames, lastSeq, lastBatch, newestMs } = found;
  if (typeof bytes !== 'number' || typeof frames !== 'number' || typeof lastSeq !== 'number') return undefined;
  if (typeof lastBatch !== 'number' || typeof newestMs !== 'number') return undefined;
  return { bytes, frames, lastSeq, lastBatch, newestMs, hashes: Buffer.from(found.hashes, 'base64') };
}
