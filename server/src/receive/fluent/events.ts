import { Decoder, ExtensionCodec } from '@msgpack/msgpack';
import { isJsonObject } from '../../base/json_input.ts';
import { MsgpackError, MsgpackScanner } from '../../base/msgpack_scanner.ts';
import type { DecodeLimits } from '../../model/ingest.ts';
import { type Moment, momentOf, type RecordFields, type RecordSink, recordOf } from '../records/index.ts';

/** Extension types: Fluent's EventTime (Forward protocol v1, "EventTime Ext Format") and MessagePack's own timestamp. */
const EVENT_TIME = 0;
/** Fluent Bit marks groups of records by times that are none (fluent-bit lib/flb_log_event). */
const GROUP_START = 0xffff_ffff;
const GROUP_END = 0xffff_fffe;

class EventTime implements Moment {
  readonly seconds: number;
  readonly nanoseconds: number;
  constructor(data: Uint8Array) {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.seconds = view.getUint32(0);
    this.nanoseconds = view.getUint32(4);
  }
}

const extensions = new ExtensionCodec();
extensions.register({
  type: EVENT_TIME,
  encode: () => null,
  decode: (data) => (data.length === 8 ? new EventTime(data) : null),
});

/** One is enough: decoding is synchronous. */
const decoder = new Decoder({ extensionCodec: extensions, useBigInt64: true });

/** An object of MessagePack, complete and within bounds already; integers of 64 bits as bigints. Throws MsgpackError. */
export function decodeObject(bytes: Uint8Array): unknown {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new MsgpackError(`invalid MessagePack: ${(error as Error).message.slice(0, 200)}`, { cause: error });
  }
}

/**
 * Takes objects in a row apart. Throws MsgpackError beyond the limits and where the last one is not complete.
 * @param take given an object's bytes and, when it is an array, where its first elements begin in them
 */
export function eachObject(
  bytes: Uint8Array<ArrayBuffer>,
  limits: DecodeLimits,
  take: (object: Uint8Array<ArrayBuffer>, elements: readonly number[]) => void,
): void {
  let elements = limits.elementsPerRequest;
  for (let at = 0; at < bytes.length; ) {
    const scanner = new MsgpackScanner({ depth: limits.jsonDepth, elements, bytes: bytes.length });
    const end = scanner.scan(bytes, at, bytes.length);
    if (end < 0) throw new MsgpackError('invalid MessagePack: the last object is not complete');
    elements -= scanner.count;
    take(bytes.subarray(at, end), scanner.elements);
    at = end;
  }
}

/** The bytes of the binary or string that begins at `at`; undefined when it is something else. */
export function rawBytes(bytes: Uint8Array<ArrayBuffer>, at: number): Uint8Array<ArrayBuffer> | undefined {
  const first = bytes[at] as number;
  const width = RAW_LENGTH_BYTES.get(first);
  if (width === undefined) {
    const isShort = first >= 0xa0 && first < 0xc0;
    return isShort ? bytes.subarray(at + 1, at + 1 + (first & 0x1f)) : undefined;
  }
  const length = Buffer.from(bytes.buffer, bytes.byteOffset + at + 1, width).readUIntBE(0, width);
  return bytes.subarray(at + 1 + width, at + 1 + width + length);
}

/** bin 8, 16, 32 and str 8, 16, 32: bytes of the length that follows. */
const RAW_LENGTH_BYTES: ReadonlyMap<number, number> = new Map([
  [0xc4, 1],
  [0xc5, 2],
  [0xc6, 4],
  [0xd9, 1],
  [0xda, 2],
  [0xdb, 4],
]);

/** What all events of a chunk have in common. */
export interface Chunk {
  readonly tag: string;
  readonly nowMs: number;
  /** Of the group of records that is open. */
  resource: RecordFields;
}

/** Adds an event, `[time, record]` or `[[time, metadata], record]`. What is none is counted as refused. */
export function addEvent(sink: RecordSink, event: unknown, chunk: Chunk): void {
  const [head, record] = Array.isArray(event) ? (event as unknown[]) : [];
  const [time, metadata] = Array.isArray(head) ? (head as unknown[]) : [head];
  if (!isJsonObject(record)) {
    sink.refuse(
      'invalid_record',
      () => 'an event is [time, record] or [[time, metadata], record], and its record is a map',
    );
    return;
  }
  const moment = time instanceof EventTime ? time : momentOf(time);
  if (moment?.seconds === GROUP_START || moment?.seconds === GROUP_END) {
    chunk.resource = moment.seconds === GROUP_START ? resourceOf(record) : {};
    return;
  }
  const resource = isJsonObject(metadata) ? { ...chunk.resource, ...metadata } : chunk.resource;
  sink.add(
    recordOf(record, { nowMs: chunk.nowMs, tag: chunk.tag, resource, ...(moment === undefined ? {} : { moment }) }),
  );
}

function resourceOf(group: RecordFields): RecordFields {
  const { resource } = group;
  return isJsonObject(resource) && isJsonObject(resource.attributes) ? resource.attributes : {};
}
