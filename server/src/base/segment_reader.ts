import type { Files, OpenFile } from './files.ts';
import {
  decodeSegmentHeader,
  FORMAT_VERSION,
  FRAME_HEADER_BYTES,
  type Frame,
  frameAt,
  frameMarker,
  SEGMENT_HEADER_BYTES,
} from './segment_frame.ts';

/** A segment as its file name tells it; the name repeats what the header says, so a damaged header loses nothing. */
export interface SegmentName {
  readonly name: string;
  readonly firstSeq: number;
  readonly salt: number;
}

/**
 * What reading a segment meets, in file order.
 * - `damage`: bytes that are no frame, up to the next frame that is whole or the end.
 * - `torn`: an unfinished frame or zeros at the very end, what a crash in the middle of a write leaves.
 */
export type ReadEvent =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'damage' | 'torn'; readonly start: number; readonly end: number };

export interface ReadOptions {
  readonly maxPayload: number;
  /** Start at this offset instead of after the header; must be the start of a frame. */
  readonly from?: number;
  /** Read no further than this offset (a frame's end); default the end of the file. */
  readonly to?: number;
  readonly windowBytes?: number;
}

/** The segment's header says another format version; its frames are not looked at. */
export class ForeignVersionError extends Error {
  override readonly name = 'ForeignVersionError';
}

const NAME = /^(\d{16})-([0-9a-f]{8})\.wal$/;

export function segmentName(firstSeq: number, salt: number): string {
  return `${String(firstSeq).padStart(16, '0')}-${salt.toString(16).padStart(8, '0')}.wal`;
}

export function parseSegmentName(name: string): SegmentName | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  return { name, firstSeq: Number(match[1]), salt: Number.parseInt(match[2] ?? '', 16) };
}

/** The segments of a directory, oldest first. A file whose whole header contradicts its name (a swapped file) goes by the header. */
export async function listSegments(files: Files, directory: string): Promise<SegmentName[]> {
  const found: SegmentName[] = [];
  for (const name of await files.list(directory)) {
    const parsed = parseSegmentName(name);
    if (parsed === undefined) continue;
    const file = await files.open(`${directory}/${name}`, 'read');
    try {
      const header = new Uint8Array(SEGMENT_HEADER_BYTES);
      const read = await file.read(header, 0);
      const told = decodeSegmentHeader(header.subarray(0, read));
      found.push(told === undefined ? parsed : { name, firstSeq: told.firstSeq, salt: told.salt });
    } finally {
      await file.close();
    }
  }
  return found.sort((a, b) => a.firstSeq - b.firstSeq || (a.name < b.name ? -1 : 1));
}

/**
 * Reads one segment through a window of bounded size (plus one frame), resynchronising after damage on the eight-byte
 * marker each frame starts with. Throws ForeignVersionError, and file errors.
 */
export async function* readSegment(
  files: Files,
  path: string,
  segment: SegmentName,
  options: ReadOptions,
): AsyncGenerator<ReadEvent> {
  const file = await files.open(path, 'read');
  try {
    const end = Math.min(options.to ?? Number.MAX_SAFE_INTEGER, await file.size());
    const start = options.from ?? (yield* checkHeader(file, end));
    if (start === undefined) return;
    yield* readFrames(file, start, end, segment.salt, options);
  } finally {
    await file.close();
  }
}

async function* checkHeader(file: OpenFile, end: number): AsyncGenerator<ReadEvent, number | undefined> {
  const bytes = new Uint8Array(Math.min(SEGMENT_HEADER_BYTES, end));
  await file.read(bytes, 0);
  const header = decodeSegmentHeader(bytes);
  if (header !== undefined && header.version !== FORMAT_VERSION) {
    throw new ForeignVersionError(`segment of format version ${header.version}, this program reads ${FORMAT_VERSION}`);
  }
  if (header !== undefined) return SEGMENT_HEADER_BYTES;
  // A header cut short or never written is what a crash at creation leaves; nothing can have been acknowledged in it.
  const torn = end <= SEGMENT_HEADER_BYTES;
  if (end > 0) yield { kind: torn ? 'torn' : 'damage', start: 0, end: Math.min(end, SEGMENT_HEADER_BYTES) };
  return torn ? undefined : SEGMENT_HEADER_BYTES;
}

/** A part of the file in memory: `bytes` holds what lies from `offset` on. */
interface Window {
  offset: number;
  bytes: Uint8Array<ArrayBuffer>;
}

async function* readFrames(
  file: OpenFile,
  start: number,
  end: number,
  salt: number,
  options: ReadOptions,
): AsyncGenerator<ReadEvent> {
  const windowBytes = options.windowBytes ?? 4 * 1024 * 1024;
  const marker = frameMarker(salt);
  const window: Window = { offset: start, bytes: new Uint8Array(0) };
  const load = async (offset: number, length: number): Promise<void> => {
    // Fresh memory each time: frames handed out keep pointing into the old window.
    const bytes = new Uint8Array(Math.max(0, Math.min(length, end - offset)));
    const read = await file.read(bytes, offset);
    window.offset = offset;
    window.bytes = bytes.subarray(0, read);
  };
  let at = start;
  let damagedFrom = -1;
  let torn = false;
  while (at < end) {
    if (at >= window.offset + window.bytes.length) await load(at, windowBytes);
    if (window.bytes.length === 0) break; // the file shrank below us; what is missing ends as damage
    let found = frameAt(window.bytes, at - window.offset, salt, options.maxPayload, at);
    // First the header may be cut by the window's end, then the payload; each time more is loaded, if the file has more.
    while (found !== undefined && 'more' in found) {
      const needed = FRAME_HEADER_BYTES + found.more;
      if (at + needed > end || window.offset + window.bytes.length - at >= needed) break;
      await load(at, Math.max(needed, windowBytes));
      found = frameAt(window.bytes, 0, salt, options.maxPayload, at);
      if (window.bytes.length < needed) break;
    }
    if (found !== undefined && !('more' in found)) {
      if (damagedFrom >= 0) yield { kind: 'damage', start: damagedFrom, end: at };
      damagedFrom = -1;
      yield { kind: 'frame', frame: found };
      at += FRAME_HEADER_BYTES + found.payload.length;
      continue;
    }
    if (damagedFrom < 0) {
      damagedFrom = at;
      torn = found !== undefined;
    }
    at = await nextMarker(window, load, at + 1, end, marker, windowBytes);
  }
  if (damagedFrom >= 0) {
    const unfinished = torn || (await allZero(file, damagedFrom, end));
    yield { kind: unfinished ? 'torn' : 'damage', start: damagedFrom, end };
  }
}

/** The next offset at or after `from` where a frame could start, or `end`. */
async function nextMarker(
  window: Window,
  load: (offset: number, length: number) => Promise<void>,
  from: number,
  end: number,
  marker: Uint8Array,
  windowBytes: number,
): Promise<number> {
  let at = from;
  while (at < end) {
    if (at < window.offset || at + marker.length > window.offset + window.bytes.length) await load(at, windowBytes);
    const { bytes, offset } = window;
    const index = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(marker, at - offset);
    if (index >= 0) return offset + index;
    if (offset + bytes.length >= end || bytes.length < marker.length) return end;
    at = offset + bytes.length - marker.length + 1;
  }
  return end;
}

async function allZero(file: OpenFile, start: number, end: number): Promise<boolean> {
  const bytes = new Uint8Array(Math.min(end - start, 1024 * 1024));
  for (let at = start; at < end; at += bytes.length) {
    const read = await file.read(bytes, at);
    for (let i = 0; i < read; i++) if (bytes[i] !== 0) return false;
    if (read === 0) break;
  }
  return true;
}
