import { isJsonObject, JsonError, parseJson } from '../../base/json_input.ts';
import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import { type Decode, DecodeError, type DecodeLimits } from '../../model/ingest.ts';
import { decodeLokiProtobuf } from './decode_protobuf.ts';

const NANOS_PER_SECOND = 1_000_000_000n;

/**
 * Loki's JSON push (grafana.com/docs/loki/latest/reference/loki-http-api, "Ingest logs"), and the older form with
 * `labels` and `entries`. It is rewritten as a logproto.PushRequest and read by that decoder, so that both forms mean
 * the same by construction. Throws DecodeError.
 */
export const decodeLokiJson: Decode = (body, context, meta) => {
  const value = parse(body, context.limits);
  const writer = new ProtobufWriter(body.length + 1024);
  if (!isJsonObject(value)) throw malformed('expected an object with "streams"');
  for (const stream of list(value.streams ?? [], 'streams')) writeStream(writer, stream);
  return decodeLokiProtobuf(writer.finish(), context, meta);
};

function parse(body: Uint8Array, limits: DecodeLimits): unknown {
  try {
    return parseJson(body, { depth: limits.jsonDepth, elements: limits.elementsPerRequest });
  } catch (error) {
    if (error instanceof JsonError) throw new DecodeError('undecodable', error.message, { cause: error });
    throw error;
  }
}

function malformed(message: string): DecodeError {
  return new DecodeError('undecodable', `loghttp.PushRequest: ${message}`);
}

function list(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(`"${name}" must be an array`);
  return value;
}

function writeStream(writer: ProtobufWriter, stream: unknown): void {
  if (!isJsonObject(stream)) throw malformed('a stream must be an object');
  const start = writer.open(1);
  const { labels } = stream;
  if (typeof labels === 'string') writer.text(1, labels);
  else if (stream.stream !== undefined) writer.text(1, labelText(stream.stream));
  for (const entry of list(stream.values ?? [], 'values')) {
    const [time, line, metadata] = list(entry, 'values[]');
    writeEntry(writer, time, line, metadata);
  }
  for (const entry of list(stream.entries ?? [], 'entries')) {
    if (!isJsonObject(entry)) throw malformed('an entry must be an object');
    writeEntry(writer, entry.ts ?? entry.timestamp, entry.line, entry.structuredMetadata);
  }
  writer.close(start);
}

function labelText(labels: unknown): string {
  if (!isJsonObject(labels)) throw malformed('"stream" must be an object');
  const parts = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(scalar(value, 'a label'))}`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function scalar(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw malformed(`${what} must be a string`);
}

function writeEntry(writer: ProtobufWriter, time: unknown, line: unknown, metadata: unknown): void {
  const entry = writer.open(2);
  const nanoseconds = timeNanos(time);
  const timestamp = writer.open(1);
  let seconds = nanoseconds / NANOS_PER_SECOND;
  let rest = nanoseconds % NANOS_PER_SECOND;
  if (rest < 0n) {
    rest += NANOS_PER_SECOND;
    seconds -= 1n;
  }
  writer.int64(1, seconds);
  writer.int64(2, rest);
  writer.close(timestamp);
  if (typeof line !== 'string') throw malformed('a log line must be a string');
  writer.text(2, line);
  if (metadata !== undefined && metadata !== null) {
    if (!isJsonObject(metadata)) throw malformed('structured metadata must be an object');
    for (const [name, value] of Object.entries(metadata)) {
      const pair = writer.open(3);
      writer.text(1, name);
      writer.text(2, scalar(value, 'structured metadata'));
      writer.close(pair);
    }
  }
  writer.close(entry);
}

/** Nanoseconds as digits (a string, or a number that JSON already rounded), or RFC 3339 in the older form. */
function timeNanos(time: unknown): bigint {
  const text = typeof time === 'number' && Number.isFinite(time) ? BigInt(Math.trunc(time)).toString() : time;
  if (typeof text !== 'string') throw malformed('a timestamp must be a string of nanoseconds');
  if (/^-?\d{1,19}$/.test(text)) return BigInt(text);
  const fraction = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?/.exec(text);
  const ms = fraction === null || text.length > 40 ? Number.NaN : Date.parse(text);
  if (Number.isNaN(ms)) throw malformed(`cannot read the timestamp ${JSON.stringify(text.slice(0, 40))}`);
  const second = BigInt(Math.floor(ms / 1000));
  return second * NANOS_PER_SECOND + BigInt((fraction?.[1] ?? '').padEnd(9, '0'));
}
