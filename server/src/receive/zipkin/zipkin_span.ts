import {
  CARRIER_TAGS,
  hexId,
  SPAN_KIND,
  type SpanAttribute,
  type SpanRecord,
  type SpanResource,
  STATUS_CODE,
} from '../spans/index.ts';

export interface ZipkinEndpoint {
  readonly serviceName: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly port: number;
}

/** A span of Zipkin's second model (zipkin.io/zipkin-api, v2), whatever encoding it came in. Times are µs. */
export interface ZipkinSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string;
  readonly kind: string;
  readonly name: string;
  readonly timestamp: number;
  readonly duration: number;
  readonly localEndpoint: ZipkinEndpoint;
  readonly remoteEndpoint: ZipkinEndpoint;
  readonly annotations: readonly { readonly timestamp: number; readonly value: string }[];
  readonly tags: readonly (readonly [name: string, value: string])[];
  readonly debug: boolean;
  readonly shared: boolean;
}

export const NO_ENDPOINT: ZipkinEndpoint = { serviceName: '', ipv4: '', ipv6: '', port: 0 };

/** A span that cannot be stored; the message says what is wrong with it. */
export class ZipkinSpanError extends Error {
  override readonly name = 'ZipkinSpanError';
}

const KINDS: Readonly<Record<string, number>> = {
  CLIENT: SPAN_KIND.client,
  SERVER: SPAN_KIND.server,
  PRODUCER: SPAN_KIND.producer,
  CONSUMER: SPAN_KIND.consumer,
};
const ns = (us: number): bigint => BigInt(Math.round(us)) * 1000n;

/**
 * A span in OTLP's terms (opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin, read backwards).
 * @throws ZipkinSpanError for ids that are none and for a span without time
 */
export function spanOf(span: ZipkinSpan): SpanRecord {
  const traceId = hexId(span.traceId, 32);
  const spanId = hexId(span.id, 16);
  if (traceId === undefined) throw new ZipkinSpanError(`${JSON.stringify(span.traceId.slice(0, 64))} is no trace id`);
  if (spanId === undefined) throw new ZipkinSpanError(`${JSON.stringify(span.id.slice(0, 64))} is no span id`);
  const parentSpanId = span.parentId === '' ? '' : hexId(span.parentId, 16);
  if (parentSpanId === undefined)
    throw new ZipkinSpanError(`${JSON.stringify(span.parentId.slice(0, 64))} is no parent id`);
  // A span that only reports events has no time of its own: its first event's stands in.
  const timestamp = span.timestamp > 0 ? span.timestamp : (span.annotations[0]?.timestamp ?? 0);
  if (!(timestamp > 0)) throw new ZipkinSpanError(`span ${spanId} has no timestamp`);
  const tags = new Map(span.tags);
  const scopeName = tags.get('otel.scope.name') ?? tags.get('otel.library.name');
  return {
    traceId,
    spanId,
    parentSpanId,
    traceState: tags.get('w3c.tracestate') ?? '',
    name: span.name,
    kind: KINDS[span.kind] ?? SPAN_KIND.unspecified,
    startNs: ns(timestamp),
    endNs: ns(timestamp + Math.max(0, span.duration)),
    ...statusOf(tags),
    attributes: attributesOf(span),
    events: span.annotations.map(({ timestamp: at, value }) => ({ timeNs: ns(at), name: value, attributes: [] })),
    links: [],
    ...(scopeName === undefined
      ? {}
      : {
          scope: { name: scopeName, version: tags.get('otel.scope.version') ?? tags.get('otel.library.version') ?? '' },
        }),
  };
}

function statusOf(tags: ReadonlyMap<string, string>): Pick<SpanRecord, 'status' | 'statusMessage'> {
  const error = tags.get('error');
  const code = tags.get('otel.status_code')?.toUpperCase();
  if (error !== undefined || code === 'ERROR') {
    const said = error === undefined || error === '' || error === 'true' ? undefined : error;
    return { status: STATUS_CODE.error, statusMessage: tags.get('otel.status_description') ?? said ?? '' };
  }
  return { status: code === 'OK' ? STATUS_CODE.ok : STATUS_CODE.unset, statusMessage: '' };
}

function attributesOf({ tags, localEndpoint, remoteEndpoint, debug, shared }: ZipkinSpan): SpanAttribute[] {
  const attributes: SpanAttribute[] = tags.filter(([name]) => !CARRIER_TAGS.has(name));
  const add = (name: string, value: SpanAttribute[1] | ''): void => {
    if (value !== '' && value !== 0n) attributes.push([name, value]);
  };
  add('network.local.address', localEndpoint.ipv4 || localEndpoint.ipv6);
  add('network.local.port', BigInt(localEndpoint.port));
  add('peer.service', remoteEndpoint.serviceName);
  add('network.peer.address', remoteEndpoint.ipv4 || remoteEndpoint.ipv6);
  add('network.peer.port', BigInt(remoteEndpoint.port));
  if (debug) attributes.push(['zipkin.debug', true]);
  if (shared) attributes.push(['zipkin.shared', true]);
  return attributes;
}

/** Spans by the service that sent them. */
export function resourcesOf(spans: readonly { readonly service: string; readonly span: SpanRecord }[]): SpanResource[] {
  const byService = Map.groupBy(spans, ({ service }) => service);
  return Array.from(byService, ([service, group]) => ({
    service,
    attributes: [],
    spans: group.map(({ span }) => span),
  }));
}
