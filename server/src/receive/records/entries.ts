import { type DecodeContext, type Decoded, DecodeError, type RejectReason } from '../../model/ingest.ts';
import { fieldOfName } from '../../model/log_field_names.ts';
import { type LineFields, newLineFields, noteField, resetLineFields } from '../../model/log_fields.ts';
import { scanLine } from '../../model/log_line.ts';
import { nanos, nanosToMs, setNanos } from '../../model/nanoseconds.ts';
import { Rejections } from '../../model/rejections.ts';
import { SEVERITY_UNKNOWN } from '../../model/severity.ts';
import { appendError, LogBuilder, type LogColumns } from '../../store/index.ts';
import { mayRepeat } from './newest_lines.ts';
import { inherit, type Stream } from './stream.ts';
import { labelString } from './stream_labels.ts';

/** The log entries of one request on their way into columns. */
export interface Entries {
  readonly context: DecodeContext;
  readonly builder: LogBuilder;
  readonly rejections: Rejections;
  readonly fields: LineFields;
  readonly oldestMs: number;
  readonly newestMs: number;
  readonly marksRepeats: boolean;
  /** Whether the entry being read is one line however often it is sent. */
  isNamed: boolean;
  /** Attributes (structured metadata) of the entry being read: name start and end, value start and end, … in its bytes. */
  attributes: Int32Array;
  attributeCount: number;
  /** Entries of the request so far, refused ones included. */
  count: number;
  accepted: number;
}

/**
 * Begins a request. Expectations size the columns and may be wrong.
 * @param marksRepeats whether clients may send lines again in other requests than before, as Loki's do: then an equal line
 *   of the stream at an equal time is one line, and rows that may be such are marked
 */
export function newEntries(
  context: DecodeContext,
  expectedRows: number,
  expectedBytes: number,
  marksRepeats: boolean,
): Entries {
  const { limits, nowMs } = context;
  return {
    context,
    builder: new LogBuilder(Math.min(limits.recordsPerRequest, expectedRows), expectedBytes, context),
    rejections: new Rejections(),
    fields: newLineFields(),
    oldestMs: nowMs - limits.oldestLogMs,
    newestMs: nowMs + limits.newestMs,
    marksRepeats,
    isNamed: true,
    attributes: new Int32Array(64),
    attributeCount: 0,
    count: 0,
    accepted: 0,
  };
}

/** Counts an entry. Throws DecodeError beyond the limit of one request. */
export function countEntry(entries: Entries): void {
  const { recordsPerRequest } = entries.context.limits;
  if (++entries.count > recordsPerRequest)
    throw new DecodeError('too-large', `more than ${recordsPerRequest} log entries in one request`);
}

/** A place for one more attribute of the entry being read: the index in `attributes` of its four positions, all 0. */
export function attributeSlot(entries: Entries): number {
  const at = entries.attributeCount++ * 4;
  if (at + 4 > entries.attributes.length) {
    const next = new Int32Array(entries.attributes.length * 2);
    next.set(entries.attributes);
    entries.attributes = next;
  }
  entries.attributes.fill(0, at, at + 4);
  return at;
}

/** The day's columns for an entry of this time, with the time in `nanos`; otherwise why it is refused, which is counted. */
export function entryColumns(
  entries: Entries,
  stream: Stream,
  seconds: number,
  nanoseconds: number,
): LogColumns | RejectReason {
  const ms = seconds * 1000 + Math.floor(nanoseconds / 1_000_000);
  const refused = (reason: RejectReason, what: () => string): RejectReason => {
    entries.rejections.add(reason, 1, () => `entry for stream '${labelString(stream.labels)}' has ${what()}`);
    return reason;
  };
  if (nanoseconds < 0 || nanoseconds > 999_999_999) return refused('invalid_record', () => 'an invalid timestamp');
  if (ms < entries.oldestMs)
    return refused(
      'too_old',
      () => `timestamp too old: ${rfc3339(ms)}, oldest acceptable timestamp is: ${rfc3339(entries.oldestMs)}`,
    );
  if (ms > entries.newestMs) return refused('too_new', () => `timestamp too new: ${rfc3339(ms)}`);
  setNanos(seconds, nanoseconds);
  return entries.builder.at(nanosToMs(nanos.low, nanos.high));
}

/**
 * Appends the entry whose line and attributes lie in `bytes`, at the time in `nanos`.
 * @param otherwise the severity when neither its attributes, its stream nor its line name one
 */
export function appendEntry(
  entries: Entries,
  stream: Stream,
  columns: LogColumns,
  bytes: Uint8Array<ArrayBuffer>,
  lineStart: number,
  lineEnd: number,
  otherwise: number = SEVERITY_UNKNOWN,
): void {
  const { fields, attributes, attributeCount } = entries;
  const { limits } = entries.context;
  resetLineFields(fields);
  for (let i = 0; i < attributeCount * 4; i += 4) {
    const field = fieldOfName(bytes, attributes[i] as number, attributes[i + 1] as number);
    if (field !== 0) noteField(fields, field, bytes, attributes[i + 2] as number, attributes[i + 3] as number);
  }
  inherit(fields, stream);
  scanLine(bytes, lineStart, lineEnd, fields);
  columns.timestamp.append(nanos.low, nanos.high);
  columns.streamId.append(stream.idLow, stream.idHigh);
  columns.appendFields(fields, bytes, stream.known);
  columns.appendSeverity(fields.severity === SEVERITY_UNKNOWN ? otherwise : fields.severity);
  columns.serviceName.appendView(stream.service, 0, stream.service.byteLength);
  appendAttributes(entries, columns, bytes, limits.attributesPerRecord, limits.attributeValueBytes);
  if (fields.errorTypeStart >= 0 || fields.errorMessageStart >= 0)
    appendError(columns.logAttributes, fields, bytes, lineStart, lineEnd);
  columns.appendBody(bytes, lineStart, lineEnd, limits.logLineBytes);
  columns.logAttributes.endRow();
  if (entries.marksRepeats) {
    const repeats = mayRepeat(stream.newest, nanos.low, nanos.high, bytes, lineStart, lineEnd);
    columns.mayRepeat.append(repeats && entries.isNamed ? 1 : 0);
  }
  entries.accepted++;
}

function appendAttributes(
  entries: Entries,
  columns: LogColumns,
  bytes: Uint8Array,
  maxAttributes: number,
  maxValueBytes: number,
): void {
  const { attributes, attributeCount } = entries;
  const kept = Math.min(attributeCount, maxAttributes);
  for (let i = 0; i < kept * 4; i += 4) {
    columns.logAttributes.boundedEntry(
      bytes,
      attributes[i] as number,
      attributes[i + 1] as number,
      attributes[i + 2] as number,
      attributes[i + 3] as number,
      maxValueBytes,
    );
  }
  if (kept < attributeCount) columns.logAttributes.dropped(attributeCount - kept);
}

/** Ends the request. */
export function decodedEntries(entries: Entries): Decoded {
  return {
    sections: entries.builder.sections(),
    accepted: { samples: 0, histograms: 0, exemplars: 0, logs: entries.accepted, spans: 0 },
    rejections: entries.rejections.list(),
  };
}

/** A time as Go prints it in Loki's messages: RFC 3339, whole seconds. */
function rfc3339(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString().replace(/\.\d+Z$/, 'Z');
}
