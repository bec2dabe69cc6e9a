import {
  CARRIER_TAGS,
  hexId,
  SPAN_KIND,
  type SpanAttribute,
  type SpanRecord,
  type SpanResource,
  type SpanValue,
  STATUS_CODE,
} from '../spans/index.ts';

/** A span of Jaeger's model (jaeger-idl, model.proto), whatever encoding it came in. Ids are hex, times ns. */
export interface JaegerSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly operation: string;
  readonly references: readonly {
    readonly kind: 'child' | 'follows';
    readonly traceId: string;
    readonly spanId: string;
  }[];
  readonly startNs: bigint;
  readonly durationNs: bigint;
  readonly tags: readonly SpanAttribute[];
  readonly logs: readonly { readonly timeNs: bigint; readonly fields: readonly SpanAttribute[] }[];
}

export interface JaegerProcess {
  readonly service: string;
  readonly tags: readonly SpanAttribute[];
}

/** A span that cannot be stored; the message says what is wrong with it. */
export class JaegerSpanError extends Error {
  override readonly name = 'JaegerSpanError';
}

const KINDS: Readonly<Record<string, number>> = {
  client: SPAN_KIND.client,
  server: SPAN_KIND.server,
  producer: SPAN_KIND.producer,
  consumer: SPAN_KIND.consumer,
  internal: SPAN_KIND.internal,
};
/**
 * A span in OTLP's terms (opentelemetry.io/docs/specs/otel/trace/sdk_exporters/jaeger, read backwards).
 * @throws JaegerSpanError for ids that are none
 */
export function spanOf(span: JaegerSpan): SpanRecord {
  const traceId = hexId(span.traceId, 32);
  const spanId = hexId(span.spanId, 16);
  if (traceId === undefined || spanId === undefined)
    throw new JaegerSpanError(`trace ${span.traceId}, span ${span.spanId}: no ids`);
  const parent = span.references.find((r) => r.kind === 'child' && hexId(r.traceId, 32) === traceId);
  const tags = new Map(span.tags);
  const scopeName = tags.get('otel.scope.name') ?? tags.get('otel.library.name');
  const scopeVersion = tags.get('otel.scope.version') ?? tags.get('otel.library.version') ?? '';
  return {
    traceId,
    spanId,
    parentSpanId: (parent === undefined ? undefined : hexId(parent.spanId, 16)) ?? '',
    traceState: String(tags.get('w3c.tracestate') ?? ''),
    name: span.operation,
    kind: KINDS[String(tags.get('span.kind') ?? '').toLowerCase()] ?? SPAN_KIND.unspecified,
    startNs: span.startNs,
    endNs: span.startNs + span.durationNs,
    ...statusOf(tags),
    attributes: span.tags.filter(([name]) => !(name === 'span.kind' || CARRIER_TAGS.has(name))),
    events: span.logs.map(eventOf),
    links: span.references.flatMap((reference) => {
      if (reference === parent) return [];
      const [linkedTrace, linkedSpan] = [hexId(reference.traceId, 32), hexId(reference.spanId, 16)];
      if (linkedTrace === undefined || linkedSpan === undefined) return [];
      const type = reference.kind === 'child' ? 'child_of' : 'follows_from';
      return [{ traceId: linkedTrace, spanId: linkedSpan, attributes: [['opentracing.ref_type', type]] as const }];
    }),
    ...(scopeName === undefined ? {} : { scope: { name: String(scopeName), version: String(scopeVersion) } }),
  };
}

function statusOf(tags: ReadonlyMap<string, SpanValue>): Pick<SpanRecord, 'status' | 'statusMessage'> {
  const code = String(tags.get('otel.status_code') ?? '').toUpperCase();
  const error = tags.get('error');
  const statusMessage = String(tags.get('otel.status_description') ?? '');
  if (code === 'ERROR' || error === true || error === 'true') return { status: STATUS_CODE.error, statusMessage };
  return { status: code === 'OK' ? STATUS_CODE.ok : STATUS_CODE.unset, statusMessage: '' };
}

/** A log's name is its `event`, else its message. OpenTracing's error fields get their names of today. */
function eventOf({ timeNs, fields }: JaegerSpan['logs'][number]): SpanRecord['events'][number] {
  const known = new Map(fields);
  const event = known.get('event') ?? known.get('message');
  const isError = event === 'error' && (known.has('error.kind') || known.has('error.object') || known.has('stack'));
  const attributes = fields
    .filter(([name]) => !(name === 'event' && known.has('event')))
    .map(([name, value]): SpanAttribute => [(isError ? EXCEPTION_NAMES[name] : undefined) ?? name, value]);
  return { timeNs, name: isError ? 'exception' : String(event ?? ''), attributes };
}

const EXCEPTION_NAMES: Readonly<Record<string, string>> = {
  'error.kind': 'exception.type',
  'error.object': 'exception.message',
  message: 'exception.message',
  stack: 'exception.stacktrace',
};

export function resourceOf({ service, tags }: JaegerProcess, spans: readonly SpanRecord[]): SpanResource {
  return { service, attributes: tags.filter(([name]) => name !== 'service.name'), spans };
}
