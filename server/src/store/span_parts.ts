/**
 * What many spans have nothing of, by the bit that says so in `otel_traces_trace_id_ts.Lacks`, and the columns it is stored
 * in. A bit is set where no span of a trace has any of it.
 */
export const SPAN_PARTS = {
  events: { bit: 1, columns: ['Events.Timestamp', 'Events.Name', 'Events.Attributes', 'Events.AttributeTypes'] },
  links: {
    bit: 2,
    columns: ['Links.TraceId', 'Links.SpanId', 'Links.TraceState', 'Links.Attributes', 'Links.AttributeTypes'],
  },
  traceState: { bit: 4, columns: ['TraceState'] },
  statusMessage: { bit: 8, columns: ['StatusMessage'] },
  scope: { bit: 16, columns: ['ScopeName', 'ScopeVersion'] },
  scopeAttributes: { bit: 32, columns: ['ScopeAttributes', 'ScopeAttributeTypes'] },
  schemaUrls: { bit: 64, columns: ['ResourceSchemaUrl', 'ScopeSchemaUrl'] },
  numbers: { bit: 128, columns: ['OtlpNumbers'] },
} as const;

const PARTS: readonly { readonly bit: number; readonly columns: readonly string[] }[] = Object.values(SPAN_PARTS);

/** Whether spans that lack these parts (bits) have nothing in a column. */
export function isLacking(lacks: number, column: string): boolean {
  return PARTS.some(({ bit, columns }) => (lacks & bit) !== 0 && columns.includes(column));
}
