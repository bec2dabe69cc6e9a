import { isJsonObject } from '../../base/json_input.ts';
import { NO_ENDPOINT, type ZipkinEndpoint, type ZipkinSpan } from './zipkin_span.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
/** Numbers may come as strings, as some senders write them. */
const numberOf = (value: unknown): number => {
  const number = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : 0;
  return Number.isFinite(number) ? number : 0;
};
const listOf = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);

function endpointOf(value: unknown): ZipkinEndpoint {
  if (!isJsonObject(value)) return NO_ENDPOINT;
  const port = Math.trunc(numberOf(value.port));
  return {
    serviceName: textOf(value.serviceName),
    ipv4: textOf(value.ipv4),
    ipv6: textOf(value.ipv6),
    port: port >= 0 && port <= 65_535 ? port : 0,
  };
}

/** A span of `/api/v2/spans`. */
export function readSpan(span: JsonObject): ZipkinSpan {
  const tags = isJsonObject(span.tags) ? Object.entries(span.tags) : [];
  return {
    traceId: textOf(span.traceId),
    id: textOf(span.id),
    parentId: textOf(span.parentId),
    kind: textOf(span.kind),
    name: textOf(span.name),
    timestamp: numberOf(span.timestamp),
    duration: numberOf(span.duration),
    localEndpoint: endpointOf(span.localEndpoint),
    remoteEndpoint: endpointOf(span.remoteEndpoint),
    annotations: listOf(span.annotations).map(({ timestamp, value }) => ({
      timestamp: numberOf(timestamp),
      value: textOf(value),
    })),
    tags: tags.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
    debug: span.debug === true,
    shared: span.shared === true,
  };
}

/** What annotations of the first model say a span is, with the one that ends it. */
const BEGINNINGS: Readonly<Record<string, { readonly kind: string; readonly end: string }>> = {
  cs: { kind: 'CLIENT', end: 'cr' },
  sr: { kind: 'SERVER', end: 'ss' },
  ms: { kind: 'PRODUCER', end: 'ws' },
  mr: { kind: 'CONSUMER', end: 'wr' },
};
const CORE: ReadonlySet<string> = new Set(['cs', 'cr', 'sr', 'ss', 'ms', 'mr', 'ws', 'wr', 'csf', 'crf', 'ssf', 'srf']);
/** Binary annotations that are addresses: of the server, the client, the broker. */
const ADDRESSES: ReadonlySet<string> = new Set(['sa', 'ca', 'ma']);

/**
 * A span of `/api/v1/spans`: one that both sides wrote into is two spans with one id (Zipkin: V1SpanConverter).
 */
export function readFirstModelSpan(span: JsonObject): ZipkinSpan[] {
  const annotations = listOf(span.annotations).map(({ timestamp, value, endpoint }) => ({
    timestamp: numberOf(timestamp),
    value: textOf(value),
    endpoint: endpointOf(endpoint),
  }));
  const binary = listOf(span.binaryAnnotations).map(({ key, value, endpoint }) => ({
    key: textOf(key),
    value: typeof value === 'string' ? value : JSON.stringify(value ?? ''),
    endpoint: endpointOf(endpoint),
  }));
  const begun = annotations.filter(({ value }) => Object.hasOwn(BEGINNINGS, value));
  const sides = begun.length > 0 ? begun : [undefined];
  return sides.map((beginning, i) => {
    const side = beginning === undefined ? undefined : BEGINNINGS[beginning.value];
    const service = beginning?.endpoint ?? annotations[0]?.endpoint ?? binary[0]?.endpoint ?? NO_ENDPOINT;
    const ours = (endpoint: ZipkinEndpoint): boolean =>
      sides.length === 1 || endpoint.serviceName === service.serviceName || (i === 0 && endpoint.serviceName === '');
    const end = annotations.find(({ value }) => value === side?.end)?.timestamp ?? 0;
    const start = beginning?.timestamp ?? annotations[0]?.timestamp ?? 0;
    const own = sides.length === 1;
    const timestamp = own && numberOf(span.timestamp) > 0 ? numberOf(span.timestamp) : start;
    return {
      ...readSpan(span),
      kind: side?.kind ?? '',
      timestamp,
      duration: own && numberOf(span.duration) > 0 ? numberOf(span.duration) : Math.max(0, end - start),
      localEndpoint: service,
      remoteEndpoint:
        binary.find(({ key, endpoint }) => ADDRESSES.has(key) && !sameService(endpoint, service))?.endpoint ??
        NO_ENDPOINT,
      annotations: annotations.filter(({ value, endpoint }) => !CORE.has(value) && ours(endpoint)),
      tags: binary
        .filter(({ key, endpoint }) => !ADDRESSES.has(key) && ours(endpoint))
        .map(({ key, value }) => [key, value]),
      // The first model says by the absence of a time that the client began the span (V1SpanConverter).
      shared: side?.kind === 'SERVER' && (begun.length > 1 || numberOf(span.timestamp) === 0),
    };
  });
}

const sameService = (a: ZipkinEndpoint, b: ZipkinEndpoint): boolean =>
  a.serviceName === b.serviceName && a.ipv4 === b.ipv4;
