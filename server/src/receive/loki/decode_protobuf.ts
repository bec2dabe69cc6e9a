import { ProtobufError, ProtobufReader } from '../../base/protobuf.ts';
import { type Decode, type DecodeContext, type Decoded, DecodeError } from '../../model/ingest.ts';
import {
  appendEntry,
  attributeSlot,
  countEntry,
  decodedEntries,
  type Entries,
  entryColumns,
  labelsRefusal,
  limitRefusal,
  newEntries,
  type Stream,
  type StreamRefusal,
  streamFacts,
  streamLabels,
} from '../records/index.ts';
import { LabelsError, parseLabelString } from './labels.ts';

/** Keeps raw label strings apart from other encodings in the interner. */
const LABEL_STRING = 1;
/** A guess that sizes the columns. */
const BYTES_PER_ENTRY = 200;

/** The decoder's state for one request; positions are into `reader.bytes`. */
interface Request {
  readonly reader: ProtobufReader;
  readonly context: DecodeContext;
  readonly entries: Entries;
  elements: number;
}

/** logproto.PushRequest (grafana/loki pkg/push/push.proto) to log rows. Throws DecodeError. */
export const decodeLokiProtobuf: Decode = (body, context): Decoded => {
  const request: Request = {
    reader: new ProtobufReader(body),
    context,
    entries: newEntries(context, Math.ceil(body.length / BYTES_PER_ENTRY), body.length, true),
    elements: 0,
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
  return decodedEntries(request.entries);
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
    countEntry(request.entries);
    stream ??= findStream(request, labelsStart, labelsEnd);
    if ('labels' in stream) readEntry(request, stream);
    else reader.skip(tag);
  }
  if (stream !== undefined && 'reason' in stream) {
    const { reason, message } = stream;
    request.entries.rejections.add(reason, entries, () => message);
  }
  reader.end = outerEnd;
  reader.position = end;
}

function findStream(request: Request, start: number, end: number): Stream | StreamRefusal {
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
    if (reference < 0) return limitRefusal(shown);
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
  request.entries.attributeCount = 0;
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
  const columns = entryColumns(request.entries, stream, seconds, nanoseconds);
  if (typeof columns !== 'string') appendEntry(request.entries, stream, columns, reader.bytes, lineStart, lineEnd);
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
  const at = attributeSlot(request.entries);
  const { attributes } = request.entries;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag !== 0x0a && tag !== 0x12) {
      reader.skip(tag);
      continue;
    }
    const end = reader.lengthEnd();
    const slot = tag === 0x0a ? at : at + 2;
    attributes[slot] = reader.position;
    attributes[slot + 1] = end;
    reader.position = end;
  }
  reader.end = outerEnd;
  // A label without a value is no label, as in Loki.
  if (attributes[at + 2] === attributes[at + 3]) request.entries.attributeCount--;
}
