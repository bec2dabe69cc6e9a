import type { LogLevel, LogRecord, LogValue } from './log.ts';
import type { FinishedSpan, SpanAttributes, SpanKind } from './tracing.ts';

/** Our own spans and log lines as OTLP/JSON requests (opentelemetry.io/docs/specs/otlp, JSON mapping: ids in hex). */
export type Resource = Readonly<Record<string, string>>;

const SCOPE = { name: 'trilith' };
const KIND: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };
const STATUS = { unset: 0, ok: 1, error: 2 } as const;
const SEVERITY: Readonly<Record<LogLevel, number>> = { DEBUG: 5, INFO: 9, WARN: 13, ERROR: 17, FATAL: 21 };

type AnyValue =
  | { stringValue: string }
  | { boolValue: boolean }
  | { intValue: string }
  | { doubleValue: number }
  | { arrayValue: { values: AnyValue[] } }
  | { kvlistValue: { values: KeyValue[] } };
interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: LogValue): value is readonly LogValue[] {
  return Array.isArray(value);
}

function anyValue(value: LogValue): AnyValue {
  if (value === null) return { stringValue: '' };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (isList(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: keyValues(value) } };
}

function keyValues(record: Readonly<Record<string, LogValue>> | SpanAttributes): KeyValue[] {
  return Object.entries(record).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function encode(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

function jsonSpan(span: FinishedSpan): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId === '' ? {} : { parentSpanId: span.parentSpanId }),
    name: span.name,
    kind: KIND[span.kind],
    startTimeUnixNano: String(span.startNs),
    endTimeUnixNano: String(span.endNs),
    attributes: keyValues(span.attributes),
    events: span.events.map((event) => ({
      name: event.name,
      timeUnixNano: String(event.timeNs),
      attributes: keyValues(event.attributes),
    })),
    status: { code: STATUS[span.status], message: span.statusMessage },
  };
}

/** An ExportTraceServiceRequest; for the door `otlp-traces-json`. */
export function encodeSpans(spans: readonly FinishedSpan[], resource: Resource): Uint8Array<ArrayBuffer> {
  return encode({
    resourceSpans: [
      { resource: { attributes: keyValues(resource) }, scopeSpans: [{ scope: SCOPE, spans: spans.map(jsonSpan) }] },
    ],
  });
}

function jsonRecord(record: LogRecord): object {
  const nanoseconds = `${BigInt(Math.round(record.timeMs * 1000)) * 1000n}`;
  return {
    timeUnixNano: nanoseconds,
    observedTimeUnixNano: nanoseconds,
    severityNumber: SEVERITY[record.level],
    severityText: record.level,
    body: { stringValue: record.message },
    attributes: keyValues(record.fields),
    ...(record.traceId === '' ? {} : { traceId: record.traceId, spanId: record.spanId, flags: 1 }),
  };
}

/** An ExportLogsServiceRequest; for the door `otlp-logs-json`. */
export function encodeLogs(records: readonly LogRecord[], resource: Resource): Uint8Array<ArrayBuffer> {
  return encode({
    resourceLogs: [
      {
        resource: { attributes: keyValues(resource) },
        scopeLogs: [{ scope: SCOPE, logRecords: records.map(jsonRecord) }],
      },
    ],
  });
}
