import { ProtobufError, ProtobufReader } from '../../base/protobuf.ts';
import { type Decode, type DecodeContext, type Decoded, DecodeError } from '../../model/ingest.ts';
import {
  fieldOfName,
  type LineFields,
  newLineFields,
  noteField,
  resetLineFields,
  scanLine,
} from '../../model/log_line.ts';
import { nanos, nanosToMs, setNanos } from '../../model/nanoseconds.ts';
import { Rejections } from '../../model/rejections.ts';
import { LogBuilder, type LogColumns } from '../../store/index.ts';
import { LabelsError, labelString, parseLabelString, streamLabels } from './labels.ts';
import { mayRepeat } from './newest_lines.ts';
import { inherit, labelsRefusal, type Stream, streamFacts } from './stream.ts';

/** Keeps raw label strings apart from other encodings in the interner. */
const LABEL_STRING = 1;
/** A guess that sizes the columns. */
const BYTES_PER_ENTRY = 200;

/** The decoder's state for one request; positions are into `reader.bytes`. */
interface Request {
  readonly reader: ProtobufReader;
  readonly context: DecodeContext;
  readonly builder: LogBuilder;
  readonly rejections: Rejections;
  readonly fields: LineFields;
  readonly oldestMs: number;
  readonly newestMs: number;
  /** Structured metadata of the entry being read: name start and end, value start and end, … */
  metadata: Int32Array;
  metadataCount: number;
  entries: number;
  elements: number;
  accepted: number;
}

/** logproto.PushRequest (grafana/loki pkg/push/push.proto) to log rows. Throws DecodeError. */
export const decodeLokiProtobuf: Decode = (body, context): Decoded => {
  const { limits, nowMs } = context;
  const request: Request = {
    reader: new ProtobufReader(body),
    context,
    builder: new LogBuilder(Math.min(limits.recordsPerRequest, Math.ceil(body.length / BYTES_PER_ENTRY)), body.length),
    rejections: new Rejections(),
    fields: newLineFields(),
    oldestMs: nowMs - limits.oldestLogMs,
    newestMs: nowMs + limits.newestMs,
    metadata: new Int32Array(64),
    metadataCount: 0,
    entries: 0,
    elements: 0,
    accepted: 0,
  };
  const { reader } = request;
  try {
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x0a) readStream(request);
      else reader.skip(tag);
    }
  } catch (error) {
    if (error instanceof ProtobufError) throw new DecodeError('undecodable', error.message, { cause: error });
    throw error;
  }
  return {
    sections: request.builder.sections(),
    accepted: { samples: 0, histograms: 0, exemplars: 0, logs: request.accepted, spans: 0 },
    rejections: request.rejections.list(),
  };
};

/** StreamAdapter: labels = 1, entries = 2. The labels are looked for first: fields may come in any order. */
function readStream(request: Request): void {
  const { reader } = request;
  countElement(request);
  const outerEnd = reader.end;
  const end = reader.lengthEnd();
  const start = reader.position;
  reader.end = end;
  let labelsStart = 0;
  let labelsEnd = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) {
      labelsEnd = reader.lengthEnd();
      labelsStart = reader.position;
      break;
    }
    reader.skip(tag);
  }
  // Not before there is an entry: a push of nothing but empty streams costs next to nothing.
  let stream: ReturnType<typeof findStream> | undefined;
  reader.position = start;
  let entries = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag !== 0x12) {
      reader.skip(tag);
      continue;
    }
    entries++;
    if (++request.entries > request.context.limits.recordsPerRequest) {
      throw new DecodeError(
        'too-large',
        `more than ${request.context.limits.recordsPerRequest} log entries in one request`,
      );
    }
    stream ??= findStream(request, labelsStart, labelsEnd);
    if ('labels' in stream) readEntry(request, stream);
    else reader.skip(tag);
  }
  if (stream !== undefined && 'reason' in stream) {
    const { reason, message } = stream;
    request.rejections.add(reason, entries, () => message);
  }
  reader.end = outerEnd;
  reader.position = end;
}

function findStream(
  request: Request,
  start: number,
  end: number,
): Stream | NonNullable<ReturnType<typeof labelsRefusal>> {
  const { context, reader } = request;
  const { streams, limits } = context;
  let reference = streams.find(reader.bytes, start, end, LABEL_STRING);
  if (reference < 0) {
    const text = Buffer.from(reader.bytes.buffer, reader.bytes.byteOffset + start, end - start).toString('utf8');
    const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
    let pairs: [string, string][];
    try {
      pairs = text === '' ? [] : parseLabelString(text);
    } catch (error) {
      if (!(error instanceof LabelsError)) throw error;
      return { reason: 'invalid_labels', message: `Error parsing labels '${shown}' with error: ${error.message}` };
    }
    const refusal = labelsRefusal(pairs, shown, limits);
    if (refusal !== undefined) return refusal;
    reference = streams.add(reader.bytes, start, end, LABEL_STRING, streamLabels(pairs));
    if (reference < 0) {
      return {
        reason: 'stream_limit',
        message: `maximum active stream limit exceeded when trying to create stream ${shown}, reduce the number of active streams (reduce labels or reduce label values)`,
      };
    }
  }
  return streamFacts(context, reference);
}

/** EntryAdapter: timestamp = 1 (seconds = 1, nanos = 2), line = 2, structuredMetadata = 3 (name = 1, value = 2). */
function readEntry(request: Request, stream: Stream): void {
  const { reader } = request;
  const streamEnd = reader.end;
  reader.end = reader.lengthEnd();
  let seconds = 0;
  let nanoseconds = 0;
  let lineStart = 0;
  let lineEnd = 0;
  request.metadataCount = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) {
      const entryEnd = reader.end;
      reader.end = reader.lengthEnd();
      while (!reader.done) {
        const timeTag = reader.tag();
        if (timeTag === 0x08) seconds = reader.int64Number();
        else if (timeTag === 0x10) nanoseconds = reader.int64Number();
        else reader.skip(timeTag);
      }
      reader.end = entryEnd;
    } else if (tag === 0x12) {
      lineEnd = reader.lengthEnd();
      lineStart = reader.position;
      reader.position = lineEnd;
    } else if (tag === 0x1a) readMetadata(request);
    else reader.skip(tag);
  }
  reader.end = streamEnd;
  const columns = columnsFor(request, stream, seconds, nanoseconds);
  if (columns !== undefined) appendEntry(request, stream, columns, lineStart, lineEnd);
}

function countElement(request: Request): void {
  const { elementsPerRequest } = request.context.limits;
  if (++request.elements > elementsPerRequest) {
    throw new DecodeError('undecodable', `more than ${elementsPerRequest} elements in one request`);
  }
}

function readMetadata(request: Request): void {
  const { reader } = request;
  const outerEnd = reader.end;
  reader.end = reader.lengthEnd();
  countElement(request);
  const at = request.metadataCount * 4;
  if (at + 4 > request.metadata.length) {
    const next = new Int32Array(request.metadata.length * 2);
    next.set(request.metadata);
    request.metadata = next;
  }
  const { metadata } = request;
  metadata.fill(0, at, at + 4);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag !== 0x0a && tag !== 0x12) {
      reader.skip(tag);
      continue;
    }
    const end = reader.lengthEnd();
    const slot = tag === 0x0a ? at : at + 2;
    metadata[slot] = reader.position;
    metadata[slot + 1] = end;
    reader.position = end;
  }
  request.metadataCount++;
  reader.end = outerEnd;
}

/** The day's columns for an entry of this time, with the time in `nanos`; undefined when it is out of bounds. */
function columnsFor(request: Request, stream: Stream, seconds: number, nanoseconds: number): LogColumns | undefined {
  const ms = seconds * 1000 + Math.floor(nanoseconds / 1_000_000);
  const { rejections } = request;
  if (nanoseconds < 0 || nanoseconds > 999_999_999) {
    rejections.add(
      'invalid_record',
      1,
      () => `entry for stream '${labelString(stream.labels)}' has an invalid timestamp`,
    );
    return undefined;
  }
  if (ms < request.oldestMs) {
    rejections.add(
      'too_old',
      1,
      () =>
        `entry for stream '${labelString(stream.labels)}' has timestamp too old: ${rfc3339(ms)}, oldest acceptable timestamp is: ${rfc3339(request.oldestMs)}`,
    );
    return undefined;
  }
  if (ms > request.newestMs) {
    rejections.add(
      'too_new',
      1,
      () => `entry for stream '${labelString(stream.labels)}' has timestamp too new: ${rfc3339(ms)}`,
    );
    return undefined;
  }
  setNanos(seconds, nanoseconds);
  return request.builder.at(nanosToMs(nanos.low, nanos.high));
}

function appendEntry(request: Request, stream: Stream, columns: LogColumns, lineStart: number, lineEnd: number): void {
  const { fields, reader, metadata, metadataCount } = request;
  const { bytes } = reader;
  const { limits } = request.context;
  resetLineFields(fields);
  for (let i = 0; i < metadataCount * 4; i += 4) {
    const field = fieldOfName(bytes, metadata[i] as number, metadata[i + 1] as number);
    if (field !== 0) noteField(fields, field, bytes, metadata[i + 2] as number, metadata[i + 3] as number);
  }
  inherit(fields, stream);
  scanLine(bytes, lineStart, lineEnd, fields);
  columns.timestamp.append(nanos.low, nanos.high);
  columns.streamId.append(stream.idLow, stream.idHigh);
  columns.appendFields(fields, bytes, stream.known);
  columns.appendSeverity(fields.severity);
  columns.serviceName.append(stream.service, 0, stream.service.length);
  appendMetadata(request, columns, limits.attributesPerRecord, limits.attributeValueBytes);
  columns.appendBody(bytes, lineStart, lineEnd, limits.logLineBytes);
  columns.logAttributes.endRow();
  columns.mayRepeat.append(mayRepeat(stream.newest, nanos.low, nanos.high, bytes, lineStart, lineEnd) ? 1 : 0);
  request.accepted++;
}

/** Structured metadata becomes the record's attributes. */
function appendMetadata(request: Request, columns: LogColumns, maxAttributes: number, maxValueBytes: number): void {
  const { metadata, metadataCount } = request;
  const { bytes } = request.reader;
  const kept = Math.min(metadataCount, maxAttributes);
  for (let i = 0; i < kept * 4; i += 4) {
    columns.logAttributes.boundedEntry(
      bytes,
      metadata[i] as number,
      metadata[i + 1] as number,
      metadata[i + 2] as number,
      metadata[i + 3] as number,
      maxValueBytes,
    );
  }
  if (kept < metadataCount) columns.logAttributes.dropped(metadataCount - kept);
}

/** A time as Go prints it in Loki's messages: RFC 3339, whole seconds. */
function rfc3339(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString().replace(/\.\d+Z$/, 'Z');
}
