import type { TraceContextAnswer } from '@trilith/contract';

/** The LogQL that shows the lines of a context: by its surest tie, else those of its services. */
export function logQueryOf({ traceId, spanId, logs, services }: TraceContextAnswer): string {
  const lines = logs.value?.lines ?? [];
  if (spanId !== null && lines.some(({ join }) => join === 'span'))
    return `{service=~".+"} | trace_id="${traceId}" | span_id="${spanId}"`;
  if (lines.length === 0 || lines.some(({ join }) => join === 'span' || join === 'trace'))
    return `{service=~".+"} | trace_id="${traceId}"`;
  const names = services.map(({ name }) => name);
  if (names.length === 1) return `{service=${JSON.stringify(names[0])}}`;
  return `{service=~${JSON.stringify(names.map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'))}}`;
}
