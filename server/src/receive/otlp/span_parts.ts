import type { ProtobufReader } from '../../base/protobuf.ts';
import { appendHex, type SpanColumns, type TextBuilder } from '../../store/index.ts';
import { appendAttributes, type Ranges } from './common.ts';
import { SPAN_ID_BYTES, TRACE_ID_BYTES } from './record.ts';
import { countElement, type Usage } from './usage.ts';

/** What reading a span's events and links needs of the request. */
export interface SpanParts {
  readonly reader: ProtobufReader;
  readonly events: Ranges;
  readonly links: Ranges;
  /** Attributes of the event or link being read. */
  readonly nested: Ranges;
  readonly types: TextBuilder;
  readonly usage: Usage;
}

/** Span.Event: time = 1, name = 2, attributes = 3, dropped = 4. */
export function appendEvent(request: SpanParts, columns: SpanColumns, i: number): void {
  const { reader, events, nested, types, usage } = request;
  countElement(usage);
  const outerEnd = reader.end;
  reader.position = events.start(i);
  reader.end = events.end(i);
  nested.count = 0;
  let low = 0;
  let high = 0;
  let nameStart = 0;
  let nameEnd = 0;
  let dropped = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x09) {
      reader.fixed64();
      low = reader.low;
      high = reader.high;
    } else if (tag === 0x12) {
      nameEnd = reader.lengthEnd();
      nameStart = reader.position;
      reader.position = nameEnd;
    } else if (tag === 0x1a) nested.read(reader);
    else if (tag === 0x20) dropped = reader.varint32();
    else reader.skip(tag);
  }
  columns.eventTimestamp.append(low, high & 0x7fff_ffff);
  columns.eventName.append(reader.bytes, nameStart, nameEnd);
  types.clear();
  const notKept = appendAttributes(reader, nested, dropped, columns.eventAttributes, types, usage);
  columns.eventAttributes.endRow();
  columns.eventTypes.append(types.bytes, 0, types.length);
  if (notKept > 0) columns.numbers.entry(`events.${i}.dropped_attributes_count`, notKept);
  reader.end = outerEnd;
}

/** Span.Link: trace id = 1, span id = 2, trace state = 3, attributes = 4, dropped = 5, flags = 6. */
export function appendLink(request: SpanParts, columns: SpanColumns, i: number): void {
  const { reader, links, nested, types, usage } = request;
  countElement(usage);
  const outerEnd = reader.end;
  reader.position = links.start(i);
  reader.end = links.end(i);
  nested.count = 0;
  const found = new Int32Array(6);
  let dropped = 0;
  let flags = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a || tag === 0x12 || tag === 0x1a) {
      const at = ((tag >>> 3) - 1) * 2;
      found[at + 1] = reader.lengthEnd();
      found[at] = reader.position;
      reader.position = found[at + 1] as number;
    } else if (tag === 0x22) nested.read(reader);
    else if (tag === 0x28) dropped = reader.varint32();
    else if (tag === 0x35) flags = reader.fixed32();
    else reader.skip(tag);
  }
  const [traceStart = 0, traceEnd = 0, spanStart = 0, spanEnd = 0, stateStart = 0, stateEnd = 0] = found;
  const { bytes } = reader;
  appendHex(columns.linkTraceId, bytes, traceStart, Math.min(traceEnd, traceStart + TRACE_ID_BYTES));
  appendHex(columns.linkSpanId, bytes, spanStart, Math.min(spanEnd, spanStart + SPAN_ID_BYTES));
  columns.linkTraceState.append(bytes, stateStart, stateEnd);
  types.clear();
  const notKept = appendAttributes(reader, nested, dropped, columns.linkAttributes, types, usage);
  columns.linkAttributes.endRow();
  columns.linkTypes.append(types.bytes, 0, types.length);
  if (notKept > 0) columns.numbers.entry(`links.${i}.dropped_attributes_count`, notKept);
  if (flags > 0) columns.numbers.entry(`links.${i}.flags`, flags);
  reader.end = outerEnd;
}
