import type { Day } from './units.ts';

/** The tables telemetry is written to; `store/schema` has their columns. */
export type TableName =
  | 'series'
  | 'samples'
  | 'native_histograms'
  | 'sample_starts'
  | 'metadata'
  | 'exemplars'
  | 'log_streams'
  | 'otel_logs'
  | 'log_patterns'
  | 'log_pattern_texts'
  | 'otel_traces'
  | 'otel_traces_trace_id_ts'
  | 'span_facts'
  | 'span_sums'
  | 'held_spans'
  | 'state'
  | 'alert_ledger'
  | 'slo_facts';

/**
 * The rows of one request for one table and one partition, as the log keeps them and the loader sends them.
 * `block` is a ClickHouse Native block whose last column, `batch_id UInt64`, is announced in the header's column count
 * but left out of the bytes: the loader adds it from the frame (see docs/formats/write-ahead-log.md).
 */
export interface Section {
  readonly table: TableName;
  /** The UTC day all rows belong to; 0 for tables without partitions. */
  readonly partition: Day | 0;
  readonly rows: number;
  readonly block: Uint8Array<ArrayBuffer>;
}
