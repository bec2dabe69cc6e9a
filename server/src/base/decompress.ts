import { promisify } from 'node:util';
import {
  constants,
  gunzip,
  gunzipSync,
  inflate,
  inflateRaw,
  inflateRawSync,
  inflateSync,
  zstdDecompress,
  zstdDecompressSync,
} from 'node:zlib';
import { SnappyError, snappyUncompress } from './snappy.ts';

export type Encoding = 'identity' | 'gzip' | 'deflate' | 'zstd' | 'snappy';

/** `too-large`: beyond the bounds; `undecodable`: the bytes are not of that encoding. */
export class DecompressError extends Error {
  override readonly name = 'DecompressError';
  readonly kind: 'too-large' | 'undecodable';
  constructor(kind: DecompressError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export interface DecompressBounds {
  /** The largest decompressed size accepted, in bytes. */
  readonly maxBytes: number;
  /** The largest ratio of decompressed to compressed bytes, enforced once the output passes RATIO_FREE_BYTES. */
  readonly maxRatio: number;
  /** A buffer a snappy block may be decoded into; the result is then a view of it and valid until the next call. */
  readonly into?: Uint8Array<ArrayBuffer>;
}

/** Output up to this size is never refused for its ratio: small bodies of repeated text compress well honestly. */
const RATIO_FREE_BYTES = 1_048_576;
/** Deflate cannot do better than this (RFC 1951: 258 bytes for two bits), so a declared size beyond it is a lie. */
const DEFLATE_BEST_RATIO = 1032;
/** Above PROBE_ABOVE_BYTES of input the first PROBE_BYTES are looked at alone, so that a bomb never gets to fill the bounds. */
const PROBE_ABOVE_BYTES = 262_144;
const PROBE_BYTES = 32_768;
const LEAST_CHUNK_BYTES = 65_536;

/**
 * Decompresses one request body; never makes more than the bounds allow, whatever the body claims.
 * Multi-member gzip is one body, its members share the bounds. `deflate` is zlib (RFC 9110), raw deflate is taken too.
 * @throws DecompressError `too-large` beyond the bounds, `undecodable` when the bytes are not of that encoding
 */
export function decompress(
  encoding: Encoding,
  body: Uint8Array<ArrayBuffer>,
  bounds: DecompressBounds,
): Uint8Array<ArrayBuffer> {
  const allowed = allowedBytes(body, bounds);
  if (encoding === 'identity') {
    if (body.length > bounds.maxBytes) throw tooLarge(encoding, bounds.maxBytes);
    return body;
  }
  if (encoding === 'snappy') return uncompressSnappy(body, allowed, bounds.into);
  try {
    const { method, options } = inflation(encoding, body, bounds, allowed);
    return SYNC[method](body, options);
  } catch (error) {
    throw translated(encoding, error, allowed);
  }
}

/** Compressed bodies up to this size become at most a few MiB: nobody waits long while one is decompressed in his thread. */
const QUICK_BYTES = 32_768;

/** Whether decompressing the body may take long enough that others should not wait for it: then use `decompressAside`. */
export function isSlow(encoding: Encoding, body: Uint8Array): boolean {
  return (encoding === 'gzip' || encoding === 'deflate' || encoding === 'zstd') && body.length > QUICK_BYTES;
}

/** Like `decompress`, in another thread where the encoding has one. Rejects with DecompressError. */
export async function decompressAside(
  encoding: Encoding,
  body: Uint8Array<ArrayBuffer>,
  bounds: DecompressBounds,
): Promise<Uint8Array<ArrayBuffer>> {
  if (encoding === 'identity' || encoding === 'snappy') return decompress(encoding, body, bounds);
  const allowed = allowedBytes(body, bounds);
  try {
    const { method, options } = inflation(encoding, body, bounds, allowed);
    return (await ASIDE[method](body, options)) as Uint8Array<ArrayBuffer>;
  } catch (error) {
    throw translated(encoding, error, allowed);
  }
}

function allowedBytes(body: Uint8Array, { maxBytes, maxRatio }: DecompressBounds): number {
  return Math.min(maxBytes, Math.max(RATIO_FREE_BYTES, Math.floor(body.length * maxRatio)));
}

const SYNC = { gzip: gunzipSync, zlib: inflateSync, raw: inflateRawSync, zstd: zstdDecompressSync } as const;
const ASIDE = {
  gzip: promisify<Uint8Array, object, Buffer>(gunzip),
  zlib: promisify<Uint8Array, object, Buffer>(inflate),
  raw: promisify<Uint8Array, object, Buffer>(inflateRaw),
  zstd: promisify<Uint8Array, object, Buffer>(zstdDecompress),
} as const;

/** How to decompress the body. Throws what makes it a refusal before it is begun. */
function inflation(
  encoding: 'gzip' | 'deflate' | 'zstd',
  body: Uint8Array<ArrayBuffer>,
  { maxRatio }: DecompressBounds,
  allowed: number,
): { readonly method: keyof typeof SYNC; readonly options: { maxOutputLength: number; chunkSize?: number } } {
  if (body.length === 0) throw new DecompressError('undecodable', `empty body with content encoding ${encoding}`);
  if (encoding === 'zstd') return { method: 'zstd', options: { maxOutputLength: allowed } };
  const method = encoding === 'gzip' ? 'gzip' : isZlib(body) ? 'zlib' : 'raw';
  const declared = encoding === 'gzip' ? declaredBytes(body) : 0;
  if (declared > allowed || beginsAsBomb(SYNC[method], body, maxRatio)) throw tooLarge(encoding, allowed);
  // One chunk for the whole output where its size is known: nothing is kept twice.
  const chunkSize = Math.max(LEAST_CHUNK_BYTES, Math.min(declared, allowed) + 64);
  return { method, options: { maxOutputLength: allowed, chunkSize } };
}

/** What the trailer of gzip says of its last member (RFC 1952, modulo 2^32); 0 where that cannot be true. */
function declaredBytes(body: Uint8Array<ArrayBuffer>): number {
  if (body.length < 18) return 0;
  const size = new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(body.length - 4, true);
  return size <= body.length * DEFLATE_BEST_RATIO ? size : 0;
}

/** Whether the beginning of a large body alone passes the ratio. What else may be wrong with it is for the whole to say. */
function beginsAsBomb(inflate: typeof gunzipSync, body: Uint8Array<ArrayBuffer>, maxRatio: number): boolean {
  if (body.length <= PROBE_ABOVE_BYTES) return false;
  try {
    inflate(body.subarray(0, PROBE_BYTES), {
      maxOutputLength: Math.max(RATIO_FREE_BYTES, Math.floor(PROBE_BYTES * maxRatio)),
      finishFlush: constants.Z_SYNC_FLUSH,
      chunkSize: LEAST_CHUNK_BYTES,
    });
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
  }
}

function uncompressSnappy(
  body: Uint8Array<ArrayBuffer>,
  allowed: number,
  into: Uint8Array<ArrayBuffer> | undefined,
): Uint8Array<ArrayBuffer> {
  try {
    return snappyUncompress(body, into === undefined ? { maxBytes: allowed } : { maxBytes: allowed, into });
  } catch (error) {
    if (!(error instanceof SnappyError)) throw error;
    throw new DecompressError(error.kind === 'too-large' ? 'too-large' : 'undecodable', error.message, {
      cause: error,
    });
  }
}

/** RFC 1950: compression method 8, and the first two bytes are a multiple of 31 together. */
function isZlib(body: Uint8Array): boolean {
  const first = body[0] ?? 0;
  return (first & 0x0f) === 8 && (first * 256 + (body[1] ?? 0)) % 31 === 0;
}

function tooLarge(encoding: Encoding, allowed: number): DecompressError {
  return new DecompressError('too-large', `body of content encoding ${encoding} exceeds ${allowed} bytes decompressed`);
}

function translated(encoding: Encoding, error: unknown, allowed: number): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  if (error.code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(encoding, allowed);
  if (
    error.code.startsWith('Z_') ||
    error.code.startsWith('ZSTD_') ||
    error.code === 'ERR_ZLIB_INITIALIZATION_FAILED'
  ) {
    return new DecompressError('undecodable', `body is not valid ${encoding}: ${error.message}`, { cause: error });
  }
  return error;
}
