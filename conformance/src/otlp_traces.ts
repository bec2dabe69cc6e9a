import assert from 'node:assert/strict';

/** A span to be sent. Kind and times as OTLP has them, times in ms. */
export interface SentSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startMs: number;
  readonly durationMs: number;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  /** The message of its error status. */
  readonly error?: string;
  /** The name of an event in its middle. */
  readonly event?: string;
}

/** Sends spans by OTLP in JSON; one resource each. Throws when they are refused. */
export async function postTraces(url: string, spans: readonly SentSpan[]): Promise<void> {
  const body = JSON.stringify({ resourceSpans: spans.map(resourceSpans) });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/traces`, { method: 'POST', headers, body });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.doesNotMatch(text, /rejectedSpans/);
}

const nanoseconds = (ms: number): string => `${Math.round(ms * 1000)}000`;

function resourceSpans(span: SentSpan): object {
  const { service, traceId, spanId, parentSpanId, name, kind, startMs, durationMs, attributes, error, event } = span;
  return {
    resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
    scopeSpans: [
      {
        scope: { name: 'test', version: '1' },
        spans: [
          {
            traceId,
            spanId,
            ...(parentSpanId === undefined ? {} : { parentSpanId }),
            name,
            kind,
            startTimeUnixNano: nanoseconds(startMs),
            endTimeUnixNano: nanoseconds(startMs + durationMs),
            attributes: Object.entries(attributes ?? {}).map(([key, value]) => ({ key, value: anyValue(value) })),
            ...(error === undefined ? {} : { status: { code: 2, message: error } }),
            ...(event === undefined
              ? {}
              : { events: [{ timeUnixNano: nanoseconds(startMs + durationMs / 2), name: event, attributes: [] }] }),
          },
        ],
      },
    ],
  };
}

function anyValue(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
