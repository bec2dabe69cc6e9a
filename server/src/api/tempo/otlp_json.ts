import type { StoredSpan } from '../../store/index.ts';
import { entryJson, otlpAttributes } from './otlp_values.ts';
import { groupByResource, kindNumber, statusNumber, untyped } from './resource_spans.ts';

/** Tempo's JSON is protobuf's: bytes in base64 and enums by name. */
function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

const KIND_NAMES = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUS_NAMES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

/** Spans as a list of ResourceSpans in JSON. */
export function resourceSpansJson(spans: readonly StoredSpan[]): Record<string, unknown>[] {
  return groupByResource(spans).map((group) => ({
    resource: { attributes: otlpAttributes(group.resource).map(entryJson) },
    scopeSpans: group.scopes.map((scope) => ({
      scope: { name: scope.name, ...(scope.version === '' ? {} : { version: scope.version }) },
      spans: scope.spans.map(spanJson),
    })),
  }));
}

function spanJson(span: StoredSpan): Record<string, unknown> {
  const status = statusNumber(span.status);
  return {
    traceId: base64(span.traceId),
    spanId: base64(span.spanId),
    ...(span.parentSpanId === '' ? {} : { parentSpanId: base64(span.parentSpanId) }),
    ...(span.traceState === '' ? {} : { traceState: span.traceState }),
    name: span.name,
    kind: `SPAN_KIND_${KIND_NAMES[kindNumber(span.kind)]}`,
    startTimeUnixNano: String(span.startNs),
    endTimeUnixNano: String(span.startNs + span.durationNs),
    attributes: otlpAttributes(span.attributes).map(entryJson),
    ...(span.events.length === 0
      ? {}
      : {
          events: span.events.map((event) => ({
            timeUnixNano: String(event.timeNs),
            name: event.name,
            attributes: otlpAttributes(untyped(event.attributes)).map(entryJson),
          })),
        }),
    ...(span.links.length === 0
      ? {}
      : {
          links: span.links.map((link) => ({
            traceId: base64(link.traceId),
            spanId: base64(link.spanId),
            ...(link.traceState === '' ? {} : { traceState: link.traceState }),
            attributes: otlpAttributes(untyped(link.attributes)).map(entryJson),
          })),
        }),
    status: {
      ...(status === 0 ? {} : { code: STATUS_NAMES[status] }),
      ...(span.statusMessage === '' ? {} : { message: span.statusMessage }),
    },
  };
}
