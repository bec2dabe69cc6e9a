import type { TraceSpan } from '@trilith/contract';
import type { StoredSpan } from '../../store/index.ts';

/** A span as the contract has it; `resource` is the place of its resource in the answer's list. */
export function spanAnswerOf(span: StoredSpan, resource: number): TraceSpan {
  return {
    spanId: span.spanId,
    parentSpanId: span.parentSpanId === '' ? null : span.parentSpanId,
    service: span.service,
    operation: span.name,
    kind: span.kind.toLowerCase() as TraceSpan['kind'],
    startNs: String(span.startNs),
    durationNs: String(span.durationNs),
    status: span.status.toLowerCase() as TraceSpan['status'],
    statusMessage: span.statusMessage,
    scope: span.scopeName,
    attributes: recordOf(span.attributes.pairs),
    resource,
    events: span.events.map((event) => ({
      timeNs: String(event.timeNs),
      name: event.name,
      attributes: recordOf(event.attributes),
    })),
    links: span.links.map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      attributes: recordOf(link.attributes),
    })),
  };
}

/** Stored name, value, … as an object. */
export function recordOf(pairs: readonly string[]): Record<string, string> {
  const entries: [string, string][] = [];
  for (let i = 0; i < pairs.length; i += 2) entries.push([pairs[i] ?? '', pairs[i + 1] ?? '']);
  return Object.fromEntries(entries);
}
