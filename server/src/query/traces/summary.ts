import type { StoredSpan } from '../../store/index.ts';
import { spansOfTraces, type TraceStore } from './trace.ts';

export interface TraceSummaryRow {
  readonly traceId: string;
  /** Earliest start and latest end of its spans, ns. */
  readonly startNs: bigint;
  readonly durationNs: bigint;
  /** The root span when it has arrived, else the earliest span. */
  readonly rootServiceName: string;
  readonly rootTraceName: string;
  readonly rootArrived: boolean;
  readonly spans: number;
  readonly errors: number;
  readonly services: readonly { readonly name: string; readonly spans: number; readonly errors: number }[];
}

/** The figures of one trace; `spans` is not empty and oldest first. */
export function summarize(traceId: string, spans: readonly StoredSpan[]): TraceSummaryRow {
  const [first] = spans;
  if (first === undefined) throw new RangeError('a trace has at least one span');
  const root = spans.find((span) => span.parentSpanId === '');
  let startNs = first.startNs;
  let endNs = first.startNs + first.durationNs;
  const services = new Map<string, { name: string; spans: number; errors: number }>();
  let errors = 0;
  for (const span of spans) {
    if (span.startNs < startNs) startNs = span.startNs;
    if (span.startNs + span.durationNs > endNs) endNs = span.startNs + span.durationNs;
    const service = services.get(span.service) ?? { name: span.service, spans: 0, errors: 0 };
    services.set(span.service, service);
    service.spans++;
    if (span.status === 'Error') {
      service.errors++;
      errors++;
    }
  }
  const shown = root ?? first;
  return {
    traceId,
    startNs,
    durationNs: endNs - startNs,
    rootServiceName: shown.service,
    rootTraceName: shown.name,
    rootArrived: root !== undefined,
    spans: spans.length,
    errors,
    services: [...services.values()].sort((a, b) => b.spans - a.spans),
  };
}

/** How many spans name a parent that is not among them. */
export function orphanSpans(spans: readonly Pick<StoredSpan, 'spanId' | 'parentSpanId'>[]): number {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  return spans.filter(({ parentSpanId }) => parentSpanId !== '' && !ids.has(parentSpanId)).length;
}

/** Summaries of traces by id, in the order asked; ids without spans are left out. Throws StoreError. */
export async function traceSummaries(
  store: TraceStore,
  traceIds: readonly string[],
  signal?: AbortSignal,
): Promise<TraceSummaryRow[]> {
  const byTrace = await spansOfTraces(store, traceIds, signal);
  return traceIds.flatMap((id) => {
    const spans = byTrace.get(id);
    return spans === undefined ? [] : [summarize(id, spans)];
  });
}
