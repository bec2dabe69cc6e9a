import { crc32c } from '@node-rs/crc32';

/**
 * Frames and headers of a segment file, byte by byte; docs/formats/write-ahead-log.md is the specification.
 * All integers are little-endian.
 */
export const SEGMENT_HEADER_BYTES = 64;
export const FRAME_HEADER_BYTES = 28;
export const FORMAT_VERSION = 1;
const SEGMENT_MAGIC = 0x4c57_5254; // "TRWL"
const FRAME_MAGIC = 0x4657_5254; // "TRWF"
const TWO_32 = 4_294_967_296;

export interface SegmentHeader {
  readonly version: number;
  /** Random per segment and repeated in every frame, so that bytes a sender chose can never pass for a frame. */
  readonly salt: number;
  readonly firstSeq: number;
  readonly createdMs: number;
}

export interface Frame {
  readonly seq: number;
  readonly type: number;
  /** Offset of the frame header in the segment file. */
  readonly offset: number;
  /** A view into the buffer the frame was read from. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** 64 bytes at the start of a segment. */
export function encodeSegmentHeader(header: Omit<SegmentHeader, 'version'>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, SEGMENT_MAGIC, true);
  view.setUint32(4, FORMAT_VERSION, true);
  view.setUint32(8, header.salt, true);
  setUint64(view, 16, header.firstSeq);
  setUint64(view, 24, header.createdMs);
  view.setUint32(60, crc32c(bytes.subarray(0, 60)), true);
  return bytes;
}

/** The header, or undefined when it is damaged or of something else. */
export function decodeSegmentHeader(bytes: Uint8Array<ArrayBuffer>): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== SEGMENT_MAGIC) return undefined;
  if (view.getUint32(60, true) !== crc32c(bytes.subarray(0, 60))) return undefined;
  return {
    version: view.getUint32(4, true),
    salt: view.getUint32(8, true),
    firstSeq: getUint64(view, 16),
    createdMs: getUint64(view, 24),
  };
}

/** The 28 bytes before a payload; the pieces together are the payload. */
export function encodeFrameHeader(
  salt: number,
  seq: number,
  type: number,
  pieces: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  let length = 0;
  for (const piece of pieces) length += piece.length;
  view.setUint32(0, FRAME_MAGIC, true);
  view.setUint32(4, salt, true);
  view.setUint32(12, length, true);
  setUint64(view, 16, seq);
  view.setUint8(24, type);
  let crc = crc32c(bytes.subarray(12));
  for (const piece of pieces) crc = crc32c(piece, crc);
  view.setUint32(8, crc, true);
  return bytes;
}

/** The eight bytes every frame of a segment starts with. */
export function frameMarker(salt: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, FRAME_MAGIC, true);
  view.setUint32(4, salt, true);
  return bytes;
}

/**
 * What lies at `at` in a buffer: a whole frame, the announced payload length of one whose header is whole but whose end
 * is not in the buffer (`more`), or neither. Lengths above `maxPayload` are damage. The checksum of a whole frame is checked.
 */
export function frameAt(
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  salt: number,
  maxPayload: number,
  fileOffset: number,
): Frame | { readonly more: number } | undefined {
  if (bytes.length - at < FRAME_HEADER_BYTES) return { more: 0 };
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, FRAME_HEADER_BYTES);
  if (view.getUint32(0, true) !== FRAME_MAGIC || view.getUint32(4, true) !== salt) return undefined;
  const length = view.getUint32(12, true);
  if (length > maxPayload) return undefined;
  const end = at + FRAME_HEADER_BYTES + length;
  if (end > bytes.length) return { more: length };
  if (crc32c(bytes.subarray(at + 12, end)) !== view.getUint32(8, true)) return undefined;
  return {
    seq: getUint64(view, 16),
    type: view.getUint8(24),
    offset: fileOffset,
    payload: bytes.subarray(at + FRAME_HEADER_BYTES, end),
  };
}

/** Writes an unsigned integer below 2^53 as u64. */
export function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % TWO_32, true);
  view.setUint32(at + 4, Math.floor(value / TWO_32), true);
}

/** Reads a u64; exact below 2^53. */
export function getUint64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true);
}
