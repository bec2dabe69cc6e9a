import { type DecompressBounds, DecompressError, decompress } from '../../base/decompress.ts';
import { isJsonObject } from '../../base/json_input.ts';
import { MsgpackError } from '../../base/msgpack_scanner.ts';
import { type Decode, type DecodeContext, type Decoded, DecodeError } from '../../model/ingest.ts';
import { RecordSink } from '../records/index.ts';
import { addEvent, type Chunk, decodeObject, eachObject, rawBytes } from './events.ts';

/** Compressions of an entry stream: the specification's, and Fluent Bit's own. */
const COMPRESSIONS: ReadonlySet<string> = new Set(['gzip', 'zstd']);
/** Fluent Bit's `fluent_signal` of anything but logs. */
const OTHER_SIGNALS: ReadonlyMap<number, string> = new Map([
  [1, 'metrics'],
  [2, 'traces'],
  [3, 'profiles'],
]);

/** One request being read. */
interface Request {
  readonly context: DecodeContext;
  readonly sink: RecordSink;
  /** What all its compressed entries together may still become, bytes. */
  decompressable: number;
}

/**
 * Messages of the Forward protocol v1 in a row (github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1), in the
 * modes Message, Forward, PackedForward and CompressedPackedForward. A message that is none of these is counted as
 * refused, and the others are stored. Throws DecodeError.
 */
export const decodeFluentForward: Decode = (body, context): Decoded => {
  const sink = new RecordSink(context, body.length);
  const request: Request = { context, sink, decompressable: context.limits.decompressedBytes };
  try {
    eachObject(body, context.limits, (message, elements) => readMessage(message, elements, request));
  } catch (error) {
    if (!(error instanceof MsgpackError || error instanceof DecompressError)) throw error;
    const kind = error instanceof DecompressError ? error.kind : 'undecodable';
    throw new DecodeError(kind, error.message, { cause: error });
  }
  return sink.decoded();
};

/** @param elements where the message's elements begin, relative to it */
function readMessage(message: Uint8Array<ArrayBuffer>, elements: readonly number[], request: Request): void {
  const { sink, context } = request;
  const [tagAt = 0, entriesAt = 0] = elements;
  const tag = elements.length < 2 ? undefined : decodeObject(message.subarray(tagAt, entriesAt));
  if (typeof tag !== 'string') {
    sink.refuse('invalid_record', () => 'a message of the Forward protocol is an array that begins with a tag');
    return;
  }
  const chunk: Chunk = { tag, nowMs: context.nowMs, resource: {} };
  const add = (event: unknown): void => addEvent(sink, event, chunk);
  const packed = rawBytes(message, entriesAt);
  const [, second, third, fourth] = packed === undefined ? (decodeObject(message) as unknown[]) : [];
  const last =
    packed !== undefined && elements[2] !== undefined ? decodeObject(message.subarray(elements[2])) : undefined;
  const option = packed === undefined ? (Array.isArray(second) ? third : fourth) : last;
  const options = isJsonObject(option) ? option : {};
  const signal = OTHER_SIGNALS.get(Number(options.fluent_signal ?? 0));
  if (signal !== undefined)
    sink.refuse(
      'unsupported',
      () => `${signal} are not taken by the Forward protocol; send them by OTLP or remote write`,
    );
  else if (packed !== undefined)
    eachObject(plain(packed, options.compressed, request), context.limits, (event) => add(decodeObject(event)));
  else if (Array.isArray(second)) for (const event of second as unknown[]) add(event);
  else add([second, third]);
}

/** The entries of a packed message, decompressed where it says so. */
function plain(bytes: Uint8Array<ArrayBuffer>, compressed: unknown, request: Request): Uint8Array<ArrayBuffer> {
  if (compressed === undefined || compressed === null || compressed === 'text') return bytes;
  if (typeof compressed !== 'string' || !COMPRESSIONS.has(compressed))
    throw new DecodeError('unsupported', `entries are compressed with ${String(compressed)}; use gzip or zstd`);
  const bounds: DecompressBounds = {
    maxBytes: request.decompressable,
    maxRatio: request.context.limits.compressionRatio,
  };
  const entries = decompress(compressed === 'gzip' ? 'gzip' : 'zstd', bytes, bounds);
  request.decompressable -= entries.length;
  return entries;
}
