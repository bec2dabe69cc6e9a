import type { StoredSpan } from '../../store/index.ts';
import { entryJson, otlpAttributes } from './otlp_values.ts';
import { groupByResource, kindNumber, type ScopeGroup, statusNumber, typedAttributes } from './resource_spans.ts';

/** Tempo's JSON is protobuf's: bytes in base64 and enums by name. */
function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

const KIND_NAMES = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUS_NAMES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

/** Fields that are left out when they are empty, as protobuf's JSON does. */
function filled(fields: Readonly<Record<string, string | number>>): Record<string, string | number> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '' && value !== 0));
}

/** Spans as a list of ResourceSpans in JSON. */
export function resourceSpansJson(spans: readonly StoredSpan[]): Record<string, unknown>[] {
  return groupByResource(spans).map((group) => ({
    resource: {
      attributes: otlpAttributes(group.resource).map(entryJson),
      ...filled({ droppedAttributesCount: group.droppedAttributes }),
    },
    scopeSpans: group.scopes.map((scope) => ({
      scope: scopeJson(scope),
      spans: scope.spans.map(spanJson),
      ...filled({ schemaUrl: scope.schemaUrl }),
    })),
    ...filled({ schemaUrl: group.schemaUrl }),
  }));
}

function scopeJson({ name, version, attributes, droppedAttributes }: ScopeGroup): Record<string, unknown> {
  return {
    name,
    ...filled({ version }),
    ...(attributes.pairs.length === 0 ? {} : { attributes: otlpAttributes(attributes).map(entryJson) }),
    ...filled({ droppedAttributesCount: droppedAttributes }),
  };
}

function spanJson(span: StoredSpan): Record<string, unknown> {
  const status = statusNumber(span.status);
  const number = (name: string): number => span.numbers.get(name) ?? 0;
  return {
    traceId: base64(span.traceId),
    spanId: base64(span.spanId),
    ...filled({ traceState: span.traceState, parentSpanId: base64(span.parentSpanId), flags: number('flags') }),
    name: span.name,
    kind: `SPAN_KIND_${KIND_NAMES[kindNumber(span.kind)]}`,
    startTimeUnixNano: String(span.startNs),
    endTimeUnixNano: String(span.startNs + span.durationNs),
    attributes: otlpAttributes(span.attributes).map(entryJson),
    ...filled({
      droppedAttributesCount: number('dropped_attributes_count'),
      droppedEventsCount: number('dropped_events_count'),
      droppedLinksCount: number('dropped_links_count'),
    }),
    ...(span.events.length === 0 ? {} : { events: span.events.map((event, i) => eventJson(span, event, i)) }),
    ...(span.links.length === 0 ? {} : { links: span.links.map((link, i) => linkJson(span, link, i)) }),
    status: filled({ code: status === 0 ? '' : (STATUS_NAMES[status] ?? ''), message: span.statusMessage }),
  };
}

function eventJson({ numbers }: StoredSpan, event: StoredSpan['events'][number], i: number): Record<string, unknown> {
  return {
    timeUnixNano: String(event.timeNs),
    name: event.name,
    attributes: otlpAttributes(typedAttributes(event)).map(entryJson),
    ...filled({ droppedAttributesCount: numbers.get(`events.${i}.dropped_attributes_count`) ?? 0 }),
  };
}

function linkJson({ numbers }: StoredSpan, link: StoredSpan['links'][number], i: number): Record<string, unknown> {
  return {
    traceId: base64(link.traceId),
    spanId: base64(link.spanId),
    ...filled({ traceState: link.traceState }),
    attributes: otlpAttributes(typedAttributes(link)).map(entryJson),
    ...filled({
      droppedAttributesCount: numbers.get(`links.${i}.dropped_attributes_count`) ?? 0,
      flags: numbers.get(`links.${i}.flags`) ?? 0,
    }),
  };
}
