import { ProtobufReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../../base/protobuf.ts';
import type { SpanAttribute, SpanValue } from '../spans/index.ts';
import type { JaegerProcess, JaegerSpan } from './jaeger_span.ts';
import type { JaegerBatch } from './read_thrift.ts';

const tagOf = (field: number, wire: number): number => (field << 3) | wire;
const BYTES = (field: number): number => tagOf(field, WIRE_BYTES);
const VARINT = (field: number): number => tagOf(field, WIRE_VARINT);

/**
 * Reads a PostSpansRequest (jaeger-idl, api_v2/collector.proto and model.proto): spans by the process that made them, which
 * is the batch's unless the span names its own. Throws ProtobufError.
 */
export function readPostSpans(body: Uint8Array<ArrayBuffer>): JaegerBatch[] {
  const reader = new ProtobufReader(body);
  const batches: JaegerBatch[] = [];
  fields(reader, (tag) => {
    if (tag !== BYTES(1)) return false;
    batches.push(...readBatch(reader.nested()));
    return true;
  });
  return batches;
}

/** Walks the fields of a message; `field` reads those it knows and says so, others are skipped. */
function fields(reader: ProtobufReader, field: (tag: number) => boolean): void {
  while (!reader.done) {
    const tag = reader.tag();
    if (!field(tag)) reader.skip(tag);
  }
}

function readBatch(reader: ProtobufReader): JaegerBatch[] {
  let shared: JaegerProcess = { service: '', tags: [] };
  const ofBatch: JaegerSpan[] = [];
  const ofTheirOwn: JaegerBatch[] = [];
  fields(reader, (tag) => {
    if (tag === BYTES(1)) {
      const { span, process } = readSpan(reader.nested());
      if (process === undefined) ofBatch.push(span);
      else ofTheirOwn.push({ process, spans: [span] });
    } else if (tag === BYTES(2)) shared = readProcess(reader.nested());
    else return false;
    return true;
  });
  return ofBatch.length === 0 ? ofTheirOwn : [{ process: shared, spans: ofBatch }, ...ofTheirOwn];
}

function readProcess(reader: ProtobufReader): JaegerProcess {
  let service = '';
  const tags: SpanAttribute[] = [];
  fields(reader, (tag) => {
    if (tag === BYTES(1)) service = reader.text();
    else if (tag === BYTES(2)) tags.push(readTag(reader.nested()));
    else return false;
    return true;
  });
  return { service, tags };
}

function readSpan(reader: ProtobufReader): { span: JaegerSpan; process: JaegerProcess | undefined } {
  let [traceId, spanId, operation] = ['', '', ''];
  let [startNs, durationNs] = [0n, 0n];
  let process: JaegerProcess | undefined;
  const references: JaegerSpan['references'][number][] = [];
  const tags: SpanAttribute[] = [];
  const logs: JaegerSpan['logs'][number][] = [];
  fields(reader, (tag) => {
    if (tag === BYTES(1)) traceId = readHex(reader);
    else if (tag === BYTES(2)) spanId = readHex(reader);
    else if (tag === BYTES(3)) operation = reader.text();
    else if (tag === BYTES(4)) references.push(readReference(reader.nested()));
    else if (tag === BYTES(6)) startNs = readNanoseconds(reader.nested());
    else if (tag === BYTES(7)) durationNs = readNanoseconds(reader.nested());
    else if (tag === BYTES(8)) tags.push(readTag(reader.nested()));
    else if (tag === BYTES(9)) logs.push(readLog(reader.nested()));
    else if (tag === BYTES(10)) process = readProcess(reader.nested());
    else return false;
    return true;
  });
  return { span: { traceId, spanId, operation, references, startNs, durationNs, tags, logs }, process };
}

function readHex(reader: ProtobufReader): string {
  return Buffer.from(reader.slice()).toString('hex');
}

/** google.protobuf.Timestamp and Duration: seconds 1, nanos 2. */
function readNanoseconds(reader: ProtobufReader): bigint {
  let seconds = 0n;
  let nanos = 0n;
  fields(reader, (tag) => {
    if (tag === VARINT(1)) seconds = reader.int64();
    else if (tag === VARINT(2)) nanos = reader.int64();
    else return false;
    return true;
  });
  return seconds * 1_000_000_000n + nanos;
}

function readReference(reader: ProtobufReader): JaegerSpan['references'][number] {
  let [traceId, spanId] = ['', ''];
  let kind: 'child' | 'follows' = 'child';
  fields(reader, (tag) => {
    if (tag === BYTES(1)) traceId = readHex(reader);
    else if (tag === BYTES(2)) spanId = readHex(reader);
    else if (tag === VARINT(3)) kind = reader.varint32() === 0 ? 'child' : 'follows';
    else return false;
    return true;
  });
  return { kind, traceId, spanId };
}

/** Which field of a tag has its value, by its type: string, bool, int64, float64, binary. */
const VALUE_FIELDS = [3, 4, 5, 6, 7] as const;
const ZERO_VALUES: readonly SpanValue[] = ['', false, 0n, 0, new Uint8Array(0)];

function readTag(reader: ProtobufReader): SpanAttribute {
  let name = '';
  let valueType = 0;
  const values = new Map<number, SpanValue>();
  fields(reader, (tag) => {
    if (tag === BYTES(1)) name = reader.text();
    else if (tag === VARINT(2)) valueType = reader.varint32();
    else if (tag === BYTES(3)) values.set(3, reader.text());
    else if (tag === VARINT(4)) values.set(4, reader.varint32() !== 0);
    else if (tag === VARINT(5)) values.set(5, reader.int64());
    else if (tag === tagOf(6, WIRE_FIXED64)) values.set(6, reader.double());
    else if (tag === BYTES(7)) values.set(7, reader.slice().slice());
    else return false;
    return true;
  });
  // proto3 leaves out what is zero.
  return [name, values.get(VALUE_FIELDS[valueType] ?? 3) ?? ZERO_VALUES[valueType] ?? ''];
}

function readLog(reader: ProtobufReader): JaegerSpan['logs'][number] {
  let timeNs = 0n;
  const attributes: SpanAttribute[] = [];
  fields(reader, (tag) => {
    if (tag === BYTES(1)) timeNs = readNanoseconds(reader.nested());
    else if (tag === BYTES(2)) attributes.push(readTag(reader.nested()));
    else return false;
    return true;
  });
  return { timeNs, fields: attributes };
}
