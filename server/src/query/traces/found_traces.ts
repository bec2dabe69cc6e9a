import type { StoredSpan } from '../../store/index.ts';
import type { SelectedField } from '../traceql/selected_fields.ts';
import type { FieldValue } from '../traceql/trace_fields.ts';
import type { TraceSummaryRow } from './summary.ts';

/** A span that matched, with what it has of the fields that the query names. */
export type FoundSpan = StoredSpan & { readonly fields: readonly SelectedField[] };

/** Spans of a trace that matched together, and what the query found out about them. */
export interface FoundSpanset {
  readonly spans: readonly FoundSpan[];
  readonly attributes: readonly (readonly [name: string, value: FieldValue])[];
}

export interface FoundTraceRow extends TraceSummaryRow {
  /** Spans whose parent has not arrived. */
  readonly orphans: number;
  readonly spansets: readonly FoundSpanset[];
}

export interface TraceSearchResult {
  /** In the order asked for. */
  readonly traces: readonly FoundTraceRow[];
  /** Whether the limit left matching traces out. */
  readonly more: boolean;
  readonly inspected: number;
  /** Whether only a part of the candidates was looked into, so that matching traces may be missing. */
  readonly cut: boolean;
}
