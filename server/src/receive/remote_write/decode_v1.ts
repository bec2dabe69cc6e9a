import { ProtobufError, type ProtobufReader } from '../../base/protobuf.ts';
import type { Decode } from '../../model/ingest.ts';
import type { Labels } from '../../model/labels.ts';
import { METRIC_TYPES } from '../../store/index.ts';
import { readHistogram } from './histogram_message.ts';
import { inMessage, readSample, withReader } from './message_fields.ts';
import { readLabels, SeriesSink } from './series_sink.ts';

/** Fields of WriteRequest and TimeSeries, all length-delimited (prometheus/prompb/{remote,types}.proto). */
const REQUEST_SERIES = 0x0a;
const REQUEST_METADATA = 0x1a;
const LABELS = 0x0a;
const SAMPLES = 0x12;
const EXEMPLARS = 0x1a;
const HISTOGRAMS = 0x22;

/**
 * Decodes a remote write 1.0 request (prometheus.WriteRequest, already uncompressed). The label bytes of a series are its
 * key as they are; nothing is built per sample.
 */
export const decodeRemoteWrite1: Decode = (body, context) => {
  const sink = new SeriesSink(context);
  withReader(body, 'prometheus.WriteRequest', (reader) => {
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === REQUEST_SERIES) {
        const end = reader.lengthEnd();
        readSeries(reader, reader.position, end, sink);
        reader.position = end;
      } else if (tag === REQUEST_METADATA) inMessage(reader, () => readMetadata(reader, sink, context.nowMs));
      else reader.skip(tag);
    }
  });
  return sink.finish();
};

/** One TimeSeries. Senders put the labels first and in one run; where they do not, the labels are gathered before. */
function readSeries(reader: ProtobufReader, start: number, end: number, sink: SeriesSink): void {
  const { bytes } = reader;
  let at = start;
  while (at < end && bytes[at] === LABELS) {
    const length = bytes[at + 1] as number;
    at = length < 0x80 ? at + 2 + length : fieldEnd(reader, at + 1, end);
  }
  if (at > end) throw new ProtobufError(`label passes the end of its series at byte ${at}`);
  const scattered = labelsBehind(reader, at, end) ? gatherLabels(reader, start, end) : null;
  if (scattered === null) sink.begin(bytes, start, at);
  else sink.begin(scattered, 0, scattered.length);
  readRecords(reader, at, end, sink);
}

function readRecords(reader: ProtobufReader, start: number, end: number, sink: SeriesSink): void {
  const { bytes } = reader;
  let at = start;
  while (at < end) {
    const tag = bytes[at] as number;
    const length = bytes[at + 1] as number;
    if (tag === SAMPLES && length < 0x80) {
      const sampleEnd = at + 2 + length;
      if (sampleEnd > end) throw new ProtobufError(`sample passes the end of its series at byte ${at}`);
      readSample(reader, at + 2, sampleEnd, sink);
      at = sampleEnd;
      continue;
    }
    at = readField(reader, at, end, sink);
  }
}

/** Any field of a TimeSeries but the common sample; returns the position behind it. */
function readField(reader: ProtobufReader, at: number, end: number, sink: SeriesSink): number {
  const outer = reader.end;
  reader.position = at;
  reader.end = end;
  const tag = reader.tag();
  if (tag === SAMPLES) {
    const sampleEnd = reader.lengthEnd();
    readSample(reader, reader.position, sampleEnd, sink);
    reader.position = sampleEnd;
  } else if (tag === HISTOGRAMS) {
    const { timeMs, histogram } = inMessage(reader, readHistogram);
    sink.histogram(timeMs, histogram, 0);
  } else if (tag === EXEMPLARS) inMessage(reader, () => readExemplar(reader, sink));
  else reader.skip(tag);
  reader.end = outer;
  return reader.position;
}

/** Whether labels come after other fields; one pass over the tags. */
function labelsBehind(reader: ProtobufReader, start: number, end: number): boolean {
  const { bytes } = reader;
  for (let at = start; at < end; ) {
    const tag = bytes[at] as number;
    const length = bytes[at + 1] as number;
    if (tag === LABELS) return true;
    if ((tag & 0x87) === 2 && length < 0x80) at += 2 + length;
    else at = skipField(reader, at, end);
  }
  return false;
}

/** All label fields of a series, one behind the other. */
function gatherLabels(reader: ProtobufReader, start: number, end: number): Buffer<ArrayBuffer> {
  const { bytes } = reader;
  const parts: Uint8Array[] = [];
  for (let at = start; at < end; ) {
    const next = skipField(reader, at, end);
    if (bytes[at] === LABELS) parts.push(bytes.subarray(at, next));
    at = next;
  }
  return Buffer.concat(parts);
}

function readExemplar(reader: ProtobufReader, sink: SeriesSink): void {
  const { bytes } = reader;
  const labels: string[] = [];
  let value = 0;
  let timeMs = 0;
  let invalid: string | undefined;
  while (!reader.done) {
    const start = reader.position;
    const tag = reader.tag();
    if (tag === 0x0a) {
      reader.position = reader.lengthEnd();
      const read = readLabels(bytes, start, reader.position);
      if (typeof read === 'string') invalid = `exemplar with a ${read}`;
      else labels.push(...read);
    } else if (tag === 0x11) value = reader.double();
    else if (tag === 0x18) timeMs = reader.int64Number();
    else reader.skip(tag);
  }
  if (invalid === undefined) sink.exemplar(timeMs, value, labels satisfies Labels);
  else sink.invalidRecord(invalid);
}

function readMetadata(reader: ProtobufReader, sink: SeriesSink, nowMs: number): void {
  let type = 0;
  let metric = '';
  let help = '';
  let unit = '';
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x08) type = reader.varint32();
    else if (tag === 0x12) metric = reader.text();
    else if (tag === 0x22) help = reader.text();
    else if (tag === 0x2a) unit = reader.text();
    else reader.skip(tag);
  }
  sink.countMetadata();
  if (metric !== '') sink.columns.metadata.append({ metric, type: METRIC_TYPES[type] ?? 'unknown', help, unit }, nowMs);
}

/** The end of a length-delimited field whose length lies at a position. */
function fieldEnd(reader: ProtobufReader, at: number, end: number): number {
  const outer = reader.end;
  reader.position = at;
  reader.end = end;
  const fieldEnds = reader.lengthEnd();
  reader.end = outer;
  return fieldEnds;
}

function skipField(reader: ProtobufReader, at: number, end: number): number {
  const outer = reader.end;
  reader.position = at;
  reader.end = end;
  reader.skip(reader.tag());
  reader.end = outer;
  return reader.position;
}
