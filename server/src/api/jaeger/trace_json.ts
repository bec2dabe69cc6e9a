import type { StoredAttributes, StoredSpan } from '../../store/index.ts';
import { type OtlpValue, otlpAttributes, typedAttributes } from '../tempo/index.ts';
import { uniqueSpanIds } from './unique_span_ids.ts';

/** A tag as the UI reads it. */
interface Tag {
  readonly key: string;
  readonly type: 'string' | 'bool' | 'int64' | 'float64' | 'binary';
  readonly value: string | number | boolean;
}

export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly Record<string, unknown>[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string; readonly tags: readonly Tag[] }>>;
  readonly warnings: readonly string[] | null;
}

/** Ids of 64 bits keep their 16 digits (jaeger-idl, model/v1: TraceID.String). */
export function shownTraceId(traceId: string): string {
  return traceId.startsWith('0000000000000000') ? traceId.slice(16) : traceId;
}

/**
 * The spans of one trace as Jaeger's own UI and Grafana read them (jaeger, internal/uimodel), translated from OTLP as the
 * collector does (opentelemetry.io/docs/specs/otel/trace/sdk_exporters/jaeger).
 * @param warnings what is to be said of the trace
 */
export function jaegerTrace(
  traceId: string,
  stored: readonly StoredSpan[],
  warnings: readonly string[] = [],
): JaegerTrace {
  const spans = uniqueSpanIds(stored);
  const ids = new Map<string, string>();
  const processes: Record<string, { serviceName: string; tags: readonly Tag[] }> = Object.create(null);
  const processOf = ({ service, resource }: StoredSpan): string => {
    const key = `${service}\u0000${resource.types}\u0000${resource.pairs.join('\u0000')}`;
    let id = ids.get(key);
    if (id === undefined) {
      id = `p${ids.size + 1}`;
      ids.set(key, id);
      processes[id] = {
        serviceName: service,
        tags: tagsOf(resource).filter((tag) => tag.key !== 'service.name'),
      };
    }
    return id;
  };
  return {
    traceID: shownTraceId(traceId),
    spans: spans.map((span) => spanJson(span, processOf(span))),
    processes,
    warnings: warnings.length === 0 ? null : warnings,
  };
}

const toMicroseconds = (ns: bigint): number => Number(ns / 1_000n);

function spanJson(span: StoredSpan, processID: string): Record<string, unknown> {
  return {
    traceID: shownTraceId(span.traceId),
    spanID: span.spanId,
    operationName: span.name,
    references: referencesOf(span),
    startTime: toMicroseconds(span.startNs),
    duration: toMicroseconds(span.durationNs),
    tags: [...scopeTags(span), ...tagsOf(span.attributes), ...ownTags(span)],
    logs: span.events.map((event) => ({
      timestamp: toMicroseconds(event.timeNs),
      fields: [text('event', event.name), ...tagsOf(typedAttributes(event)).filter(({ key }) => key !== 'event')],
    })),
    processID,
    warnings: null,
  };
}

interface Reference {
  readonly refType: 'CHILD_OF' | 'FOLLOWS_FROM';
  readonly traceID: string;
  readonly spanID: string;
}

function referencesOf({ traceId, parentSpanId, links }: StoredSpan): Reference[] {
  const parent: Reference[] =
    parentSpanId === '' ? [] : [{ refType: 'CHILD_OF', traceID: shownTraceId(traceId), spanID: parentSpanId }];
  return [
    ...parent,
    ...links.map((link): Reference => {
      const type = tagsOf(typedAttributes(link)).find(({ key }) => key === 'opentracing.ref_type')?.value;
      return {
        refType: type === 'child_of' ? 'CHILD_OF' : 'FOLLOWS_FROM',
        traceID: shownTraceId(link.traceId),
        spanID: link.spanId,
      };
    }),
  ];
}

const text = (key: string, value: string): Tag => ({ key, type: 'string', value });
const unlessEmpty = (key: string, value: string): Tag[] => (value === '' ? [] : [text(key, value)]);

function scopeTags({ scopeName, scopeVersion }: StoredSpan): Tag[] {
  return [...unlessEmpty('otel.scope.name', scopeName), ...unlessEmpty('otel.scope.version', scopeVersion)];
}

/** What a span has as fields and Jaeger as tags. */
function ownTags({ kind, status, statusMessage, traceState }: StoredSpan): Tag[] {
  return [
    ...(kind === 'Unspecified' || kind === '' ? [] : [text('span.kind', kind.toLowerCase())]),
    ...(status === 'Error' ? [{ key: 'error', type: 'bool', value: true } as const] : []),
    ...(status === 'Error' || status === 'Ok' ? [text('otel.status_code', status.toUpperCase())] : []),
    ...unlessEmpty('otel.status_description', statusMessage),
    ...unlessEmpty('w3c.tracestate', traceState),
  ];
}

function tagsOf(attributes: StoredAttributes): Tag[] {
  return otlpAttributes(attributes).map(({ key, value }) => ({ key, ...tagValue(value) }));
}

function tagValue(value: OtlpValue): Omit<Tag, 'key'> {
  switch (value.kind) {
    case 'string':
      return { type: 'string', value: value.value };
    case 'bool':
      return { type: 'bool', value: value.value };
    case 'int': {
      // What JavaScript would round is text.
      const number = Number(value.value);
      return { type: 'int64', value: Number.isSafeInteger(number) ? number : String(value.value) };
    }
    case 'double':
      return Number.isFinite(value.value)
        ? { type: 'float64', value: value.value }
        : { type: 'string', value: String(value.value) };
    case 'bytes':
      return { type: 'binary', value: Buffer.from(value.value).toString('base64') };
    case 'array':
    case 'map':
    case 'nothing':
      return { type: 'string', value: JSON.stringify(plain(value)) };
  }
}

/** A nested value as plain JSON. */
function plain(value: OtlpValue): unknown {
  switch (value.kind) {
    case 'array':
      return value.values.map(plain);
    case 'map':
      return Object.fromEntries(value.entries.map(({ key, value: inner }) => [key, plain(inner)]));
    case 'int':
      return Number(value.value);
    case 'bytes':
      return Buffer.from(value.value).toString('base64');
    case 'nothing':
      return null;
    default:
      return value.value;
  }
}
