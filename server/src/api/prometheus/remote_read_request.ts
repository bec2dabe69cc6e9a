import { ProtobufError, ProtobufReader, WIRE_BYTES } from '../../base/protobuf.ts';
import { SnappyError, snappyUncompress } from '../../base/snappy.ts';
import type { Matcher } from '../../model/labels.ts';
import type { TimeRange } from '../../query/index.ts';
import { BadRequest } from './errors.ts';

/** One query of a remote read; its hints are only hints and not looked at. */
export interface ReadQuery {
  readonly matchers: readonly Matcher[];
  readonly range: TimeRange;
}

export type ResponseType = 'samples' | 'chunks';

export interface ReadRequest {
  readonly queries: readonly ReadQuery[];
  readonly response: ResponseType;
}

/** What upstream accepts, uncompressed (storage/remote/codec.go, decodeReadLimit). */
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_QUERIES = 64;
const OPERATORS = ['=', '!=', '=~', '!~'] as const;
const RESPONSES: readonly (ResponseType | undefined)[] = ['samples', 'chunks'];

/** Decodes a snappy block of a `prometheus.ReadRequest` (prompb/remote.proto). Throws BadRequest. */
export function decodeReadRequest(body: Uint8Array<ArrayBuffer>): ReadRequest {
  try {
    return request(new ProtobufReader(snappyUncompress(body, { maxBytes: MOST_BYTES })));
  } catch (error) {
    if (error instanceof SnappyError) throw new BadRequest(`snappy: ${error.message}`, { cause: error });
    if (error instanceof ProtobufError) throw new BadRequest(error.message, { cause: error });
    throw error;
  }
}

function request(reader: ProtobufReader): ReadRequest {
  const queries: ReadQuery[] = [];
  const accepted: number[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | WIRE_BYTES)) {
      if (queries.length === MOST_QUERIES) throw new BadRequest(`more than ${MOST_QUERIES} queries in one request`);
      queries.push(query(reader.nested()));
    } else if (tag === ((2 << 3) | WIRE_BYTES)) {
      const packed = reader.nested();
      while (!packed.done) accepted.push(packed.varint32());
    } else if (tag === 2 << 3) accepted.push(reader.varint32());
    else reader.skip(tag);
  }
  return { queries, response: negotiated(accepted) };
}

/** The first type we know, in the client's order. */
function negotiated(accepted: readonly number[]): ResponseType {
  if (accepted.length === 0) return 'samples';
  for (const type of accepted) {
    const known = RESPONSES[type];
    if (known !== undefined) return known;
  }
  throw new BadRequest(
    `server does not support any of the requested response types: [${accepted.join(' ')}]; supported: map[SAMPLES:{} STREAMED_XOR_CHUNKS:{}]`,
  );
}

function query(reader: ProtobufReader): ReadQuery {
  let fromMs = 0;
  let toMs = 0;
  const matchers: Matcher[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 1 << 3) fromMs = reader.int64Number();
    else if (tag === 2 << 3) toMs = reader.int64Number();
    else if (tag === ((3 << 3) | WIRE_BYTES)) matchers.push(matcher(reader.nested()));
    else reader.skip(tag);
  }
  return { matchers, range: { fromMs: Math.max(0, fromMs), toMs } };
}

function matcher(reader: ProtobufReader): Matcher {
  let type = 0;
  let name = '';
  let value = '';
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 1 << 3) type = reader.varint32();
    else if (tag === ((2 << 3) | WIRE_BYTES)) name = reader.text();
    else if (tag === ((3 << 3) | WIRE_BYTES)) value = reader.text();
    else reader.skip(tag);
  }
  const operator = OPERATORS[type];
  if (operator === undefined) throw new BadRequest('invalid matcher type');
  return { name, operator, value };
}
