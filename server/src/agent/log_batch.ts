import { isUtf8 } from 'node:buffer';
import { ProtobufWriter } from '../base/protobuf_writer.ts';
import { nanos, setNanos } from '../model/nanoseconds.ts';
import type { AssembledRecord } from './record_assembler.ts';

/** Where records come from, encoded once: an OpenTelemetry Resource. */
export interface EncodedResource {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const SCOPE_NAME = 'trilith.agent';
const REPLACING = new TextDecoder();
const UTF8 = new TextEncoder();

/** KeyValue: key = 1, AnyValue = 2 (string_value = 1). */
function textAttribute(writer: ProtobufWriter, field: number, key: string, value: string): void {
  const pair = writer.open(field);
  writer.text(1, key);
  const any = writer.open(2);
  writer.text(1, value);
  writer.close(any);
  writer.close(pair);
}

/** Resource (opentelemetry.proto.resource.v1): attributes = 1. */
export function encodeResource(attributes: Iterable<readonly [name: string, value: string]>): EncodedResource {
  const writer = new ProtobufWriter();
  for (const [name, value] of attributes) if (value !== '') textAttribute(writer, 1, name, value);
  return { bytes: Uint8Array.from(writer.finish()) };
}

/** Gathers records into one ExportLogsServiceRequest (opentelemetry.proto.collector.logs.v1). */
export class LogBatch {
  readonly #writer: ProtobufWriter;
  #resource: EncodedResource | undefined;
  #resourceLogs = 0;
  #scopeLogs = 0;
  records = 0;

  constructor(sizeHint: number) {
    this.#writer = new ProtobufWriter(sizeHint);
  }

  get bytes(): number {
    return this.#writer.finish().length;
  }

  /**
   * LogRecord: time_unix_nano = 1, body = 5, attributes = 6. Bytes that are no UTF-8 are replaced by U+FFFD. A place in
   * the file is no attribute: it would make every line a stream of its own to LogQL. File, time and text name a record.
   */
  append(resource: EncodedResource, record: AssembledRecord): void {
    const writer = this.#writer;
    if (resource !== this.#resource) this.#begin(resource);
    const message = writer.open(2);
    setNanos(record.seconds, record.nanoseconds);
    writer.fixed64Halves(1, nanos.low, nanos.high);
    const body = writer.open(5);
    writer.bytes(1, validUtf8(record.bytes.subarray(record.start, record.end)));
    writer.close(body);
    if (record.stream !== '') textAttribute(writer, 6, 'log.iostream', record.stream);
    if (record.cutFrom > 0) textAttribute(writer, 6, '__truncated__', String(record.cutFrom));
    writer.close(message);
    this.records++;
  }

  /** The request; a view of memory that belongs to the batch, valid until more is appended. */
  finish(): Uint8Array<ArrayBuffer> {
    this.#end();
    return this.#writer.finish();
  }

  /** ResourceLogs = 1 (resource = 1, scope_logs = 2); ScopeLogs (scope = 1 (name = 1), log_records = 2). */
  #begin(resource: EncodedResource): void {
    const writer = this.#writer;
    this.#end();
    this.#resource = resource;
    this.#resourceLogs = writer.open(1);
    writer.bytes(1, resource.bytes);
    this.#scopeLogs = writer.open(2);
    const scope = writer.open(1);
    writer.text(1, SCOPE_NAME);
    writer.close(scope);
  }

  #end(): void {
    if (this.#resource === undefined) return;
    this.#writer.close(this.#scopeLogs);
    this.#writer.close(this.#resourceLogs);
    this.#resource = undefined;
  }
}

function validUtf8(bytes: Buffer): Uint8Array {
  return isUtf8(bytes) ? bytes : UTF8.encode(REPLACING.decode(bytes));
}
