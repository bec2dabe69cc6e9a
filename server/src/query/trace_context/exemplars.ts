import { labelsToRecord, labelValue } from '../../model/labels.ts';
import { readTraceExemplars } from '../../store/index.ts';
import type { TenantMetrics } from '../promql/tenant_metrics.ts';
import type { TraceStore } from '../traces/trace.ts';

/** A sample that names a trace. */
export interface TraceExemplar {
  readonly timeMs: number;
  readonly value: number;
  readonly spanId: string | null;
  /** Of its series. */
  readonly labels: Record<string, string>;
}

export interface TraceExemplarsRequest {
  readonly traceId: string;
  readonly spanId: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal: AbortSignal;
}

/** The exemplars that name a trace or one of its spans, oldest first, each with its series. Throws PromqlError and StoreError. */
export async function traceExemplars(
  { reader, query }: TraceStore,
  metrics: Pick<TenantMetrics, 'withIndex'>,
  { traceId, spanId, fromMs, toMs, signal }: TraceExemplarsRequest,
): Promise<readonly TraceExemplar[]> {
  const rows = await readTraceExemplars(reader, { traceId, fromMs, toMs }, { ...query, signal });
  if (rows.length === 0) return [];
  return metrics.withIndex((index) =>
    rows.flatMap((row): TraceExemplar[] => {
      const reference = index.find(row.idHigh, row.idLow);
      const span = labelValue(row.labels, 'span_id');
      if (reference < 0 || (spanId !== undefined && span !== spanId)) return [];
      const { timeMs, value } = row;
      return [{ timeMs, value, spanId: span === '' ? null : span, labels: labelsToRecord(index.labels(reference)) }];
    }),
  );
}
