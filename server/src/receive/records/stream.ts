import type { DecodeContext, DecodeLimits, Interner, RejectReason } from '../../model/ingest.ts';
import type { Labels } from '../../model/labels.ts';
import { fieldOfName } from '../../model/log_field_names.ts';
import { ABSENT, ELSEWHERE, type LineFields, newLineFields, noteField } from '../../model/log_fields.ts';
import { serviceOf } from '../../model/service.ts';
import { type KnownFields, NOTHING_KNOWN } from '../../store/index.ts';
import { type NewestLines, newestLines } from './newest_lines.ts';

/** What every entry of a stream has in common. */
export interface Stream {
  readonly idLow: number;
  readonly idHigh: number;
  readonly labels: Labels;
  /** In UTF-8. */
  readonly service: DataView;
  readonly severity: number;
  readonly known: KnownFields;
  readonly newest: NewestLines;
}

const utf8 = new TextEncoder();

interface KnownStreams {
  readonly byReference: Map<number, Stream>;
  /** Lines up to this time may have come before the facts were remembered, ms since the epoch. */
  readonly sinceMs: number;
}

/** Facts of streams seen before; let go as a whole when they are many, since references are never used again. */
const knownStreams = new WeakMap<Interner, KnownStreams>();
const KNOWN_STREAMS = 50_000;

/** What a stream's labels say about its entries (service, level, ids), and which of its lines came last. */
export function streamFacts({ streams, storedUntilMs, nowMs }: DecodeContext, reference: number): Stream {
  let known = knownStreams.get(streams);
  if (known === undefined || known.byReference.size >= KNOWN_STREAMS) {
    known = { byReference: new Map(), sinceMs: known === undefined ? (storedUntilMs ?? nowMs) : nowMs };
    knownStreams.set(streams, known);
  }
  let stream = known.byReference.get(reference);
  if (stream === undefined) {
    stream = readLabels(streams, reference, known.sinceMs);
    known.byReference.set(reference, stream);
  }
  return stream;
}

function readLabels(streams: Interner, reference: number, sinceMs: number): Stream {
  const labels = streams.labels(reference);
  const fields = newLineFields();
  const known = { ...NOTHING_KNOWN };
  for (let i = 0; i < labels.length; i += 2) {
    const name = utf8.encode(labels[i]);
    const value = labels[i + 1] as string;
    const bytes = utf8.encode(value);
    const before = { ...fields };
    noteField(fields, fieldOfName(name, 0, name.length), bytes, 0, bytes.length);
    if (fields.traceStart !== before.traceStart && !fields.traceDecimal)
      known.traceId = value.toLowerCase().padStart(32, '0');
    if (fields.spanStart !== before.spanStart && !fields.spanDecimal) known.spanId = value.toLowerCase();
    if (fields.requestStart !== before.requestStart) known.requestId = value;
    if (fields.userStart !== before.userStart) known.userId = value;
  }
  const service = utf8.encode(serviceOf(labels));
  const idLow = streams.idLow[reference] as number;
  const idHigh = streams.idHigh[reference] as number;
  const nothing = Object.values(known).every((text) => text === '');
  return {
    idLow,
    idHigh,
    labels,
    service: new DataView(service.buffer, service.byteOffset, service.byteLength),
    severity: fields.severity,
    known: nothing ? NOTHING_KNOWN : known,
    newest: newestLines(sinceMs),
  };
}

/** Begins a record's fields with what its stream knows; structured metadata is noted before this, the line after. */
export function inherit(fields: LineFields, stream: Stream): void {
  if (fields.severity === 0) fields.severity = stream.severity;
  const { known } = stream;
  if (known === NOTHING_KNOWN) return;
  if (fields.traceStart === ABSENT && known.traceId !== '') fields.traceStart = ELSEWHERE;
  if (fields.spanStart === ABSENT && known.spanId !== '') fields.spanStart = ELSEWHERE;
  if (fields.requestStart === ABSENT && known.requestId !== '') fields.requestStart = ELSEWHERE;
  if (fields.userStart === ABSENT && known.userId !== '') fields.userStart = ELSEWHERE;
}

/** Why a stream's entries are refused, in Loki's words. */
export interface StreamRefusal {
  readonly reason: RejectReason;
  readonly message: string;
}

/** The refusal of a new stream at the tenant's limit. `shown` is its labels as text. */
export function limitRefusal(shown: string): StreamRefusal {
  return {
    reason: 'stream_limit',
    message: `maximum active stream limit exceeded when trying to create stream ${shown}, reduce the number of active streams (reduce labels or reduce label values)`,
  };
}

/** Why labels are refused; undefined when they are fine. */
export function labelsRefusal(
  pairs: readonly (readonly [string, string])[],
  shown: string,
  limits: DecodeLimits,
): StreamRefusal | undefined {
  if (pairs.length === 0)
    return { reason: 'invalid_labels', message: 'error at least one label pair is required per stream' };
  if (pairs.length > limits.labelsPerSeries) {
    return {
      reason: 'label_count',
      message: `entry for stream '${shown}' has ${pairs.length} label names; limit ${limits.labelsPerSeries}`,
    };
  }
  const names = new Set<string>();
  for (const [name, value] of pairs) {
    if (Buffer.byteLength(name) > limits.labelNameBytes) {
      return {
        reason: 'label_name_length',
        message: `stream '${shown}' has label name too long: '${name.slice(0, 64)}…'`,
      };
    }
    if (Buffer.byteLength(value) > limits.labelValueBytes) {
      return {
        reason: 'label_value_length',
        message: `stream '${shown}' has label value too long: '${value.slice(0, 64)}…'`,
      };
    }
    if (names.has(name))
      return { reason: 'invalid_labels', message: `stream '${shown}' has duplicate label name: '${name}'` };
    names.add(name);
  }
  return undefined;
}
