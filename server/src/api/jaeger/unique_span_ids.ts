import type { StoredSpan } from '../../store/index.ts';

/**
 * Gives spans that share an id their own, which viewers need: with B3 both sides of a call may have one id. The answering
 * side gets a new id, is the child of the asking one, and keeps the children of its service (jaeger,
 * adjuster/spaniduniquifier.go). Spans without such a twin are left as they are.
 */
export function uniqueSpanIds(spans: readonly StoredSpan[]): readonly StoredSpan[] {
  const asking = new Set<string>();
  for (const span of spans) if (span.kind === 'Client' || span.kind === 'Producer') asking.add(span.spanId);
  const answering = new Map<string, StoredSpan>();
  for (const span of spans)
    if ((span.kind === 'Server' || span.kind === 'Consumer') && asking.has(span.spanId))
      answering.set(span.spanId, span);
  if (answering.size === 0) return spans;
  const used = new Set(spans.map(({ spanId }) => spanId));
  const renamed = new Map<StoredSpan, string>();
  let next = 1n;
  for (const span of answering.values()) {
    while (used.has(hexOf(next))) next++;
    renamed.set(span, hexOf(next));
    used.add(hexOf(next));
  }
  return spans.map((span) => {
    const newId = renamed.get(span);
    if (newId !== undefined) return { ...span, spanId: newId, parentSpanId: span.spanId };
    const parent = answering.get(span.parentSpanId);
    if (parent === undefined || parent.service !== span.service) return span;
    return { ...span, parentSpanId: renamed.get(parent) ?? span.parentSpanId };
  });
}

function hexOf(id: bigint): string {
  return id.toString(16).padStart(16, '0');
}
