export { BackupError } from './backup.ts';
export { isRunning, removeBatch } from './batches.ts';
export { boundedReader } from './bounded_reader.ts';
export { connectReader } from './client.ts';
export { alertLedgerSection } from './columns/alert_ledger.ts';
export { AttributeSet, type AttributeTarget, cutAt } from './columns/attributes.ts';
export { checkedHistogram, reducedHistogram } from './columns/checked_histogram.ts';
export { decodeDecimals } from './columns/decimal.ts';

export { appendHex, appendId } from './columns/ids.ts';
export { cutLogSection } from './columns/log_cut.ts';
export { appendError } from './columns/log_error.ts';
export { splitLogSection, viewLogParts } from './columns/log_parts.ts';
export { LogPatternColumns } from './columns/log_patterns.ts';
export { logStreamSections } from './columns/log_streams.ts';
export { linesWith, logKeys, logPlaces, viewLogSection } from './columns/log_view.ts';
export { type KnownFields, LogBuilder, type LogColumns, NOTHING_KNOWN } from './columns/logs.ts';
export { METRIC_TYPES, type MetricType } from './columns/metadata.ts';
export { type MetricColumns, metricColumns, metricSections } from './columns/metric_columns.ts';
export { type HistogramBuckets, type NativeHistogram, NO_BUCKETS } from './columns/native_histograms.ts';
export { PatternCountTable } from './columns/pattern_count_table.ts';
export { foldPatternCounts } from './columns/pattern_fold.ts';
export {
  readHistogramSection,
  readLogSection,
  readSampleSection,
  readSeriesSection,
} from './columns/read_sections.ts';
export { sectionRows } from './columns/section_rows.ts';
export { seriesSections } from './columns/series.ts';
export { sloFactSection } from './columns/slo_facts.ts';
export {
  type FactsPosition,
  type HeldRow,
  heldSpansSection,
  spanFactsSection,
  spanSumsSection,
} from './columns/span_facts.ts';
export { SPAN_KINDS, SpanBuilder, type SpanColumns, STATUS_CODES } from './columns/spans.ts';
export { type StateRow, stateSection } from './columns/state.ts';
export { TextBuilder } from './columns/text_builder.ts';
export { TraceRangeBuilder } from './columns/trace_ranges.ts';
export type { DeletionRequest, Deletions } from './deletions.ts';
export {
  LOG_DELETION_STAGES,
  type LogDeletionRequest,
  type LogDeletions,
  type LogRecords,
  recordKeyText,
} from './log_deletions.ts';
export { pauseMerges, resumeMerges } from './merges.ts';
export type { Column } from './native/columns.ts';
export { decodeBlocks } from './native/decode.ts';
export { batchIdTail, encodeBlock } from './native/encode.ts';
export { NativeFormatError } from './native/type.ts';
export type { TextColumn, WordColumn } from './native/view.ts';
export { countByBatches, detachedParts } from './parts.ts';
export { type LedgerSelection, readAlertLedger } from './reads/alert_ledger.ts';
export { wordPattern } from './reads/body_search.ts';
export {
  countNewSeries,
  countSamplesBySeries,
  newSeriesByMetric,
  storedSamples,
} from './reads/cardinality.ts';
export { countRecords } from './reads/counts.ts';
export { type ExemplarRow, readExemplars, readTraceExemplars } from './reads/exemplars.ts';
export type { LogGroupKey } from './reads/log_count_request.ts';
export { countLogs, type GatheredTexts, type LogCounts } from './reads/log_counts.ts';
export {
  LOG_PATTERN_STEP_SECONDS,
  type LogPatternText,
  readLogPatterns,
  readLogPatternTexts,
} from './reads/log_patterns.ts';
export {
  ALWAYS,
  type LogColumn,
  type LogFieldPath,
  type LogPredicate,
  type TextTest,
} from './reads/log_predicate.ts';
export { readLogSectionsBefore } from './reads/log_sections.ts';
export { countLogValues } from './reads/log_values.ts';
export { type LogPosition, type LogRows, READ_FIRST_FEW, readLogs } from './reads/logs.ts';
export { type MetadataRow, readMetadata } from './reads/metadata.ts';
export { type HistogramRows, readNativeHistograms } from './reads/native_histograms.ts';
export { readNewestNs } from './reads/newest_record.ts';
export { readNewestSamples } from './reads/newest_samples.ts';
export { readSampleStarts, type StartRows } from './reads/sample_starts.ts';
export {
  readAllSamples,
  readHistogramSeries,
  readSampleRange,
  readSamples,
  type SampleRows,
} from './reads/samples.ts';
export type { SeriesRows } from './reads/series.ts';
export { readSeries } from './reads/series.ts';
export {
  countStoredSpans,
  EDGE_ATTRIBUTES,
  EDGE_LIMIT,
  type EdgeKind,
  readServiceEdges,
  type ServiceEdge,
} from './reads/service_edges.ts';
export { readSloFacts } from './reads/slo_facts.ts';
export {
  type AttributeColumn,
  readSpanBlocks,
  readSpanColumns,
  readSpanTimes,
  type SpanBlock,
} from './reads/span_block.ts';
export { type OperationDurations, readOperationDurations, STRETCH_SECONDS } from './reads/span_durations.ts';
export { readHeldSpans, readSpanSums, type StoredSpanSums } from './reads/span_facts.ts';
export type { SpanColumn, SpanField, TypedTest } from './reads/span_fields.ts';
export { type NamedOperation, readOperations, readServiceNames } from './reads/span_operations.ts';
export {
  countSpans,
  readSlowestTraces,
  readSpanCells,
  readSpanOperations,
  readValueCounts,
  type SpanCell,
  type SpanOperation,
  type ValueCounts,
} from './reads/span_overview.ts';
export { ANY_SPAN, type SpanPredicate, type SpanTest } from './reads/span_predicate.ts';
export type { StoredAttributes, StoredEvent, StoredLink, StoredSpan } from './reads/span_rows.ts';
export {
  readSpanSeries,
  readSpanStretches,
  type SpanExample,
  type SpanSeriesRequest,
  type SpanSeriesRow,
} from './reads/span_series.ts';
export { readTagNames, readTagValues, type SpanTag, type SpanTagValue, type TagScope } from './reads/span_tags.ts';
export {
  type FoundTrace,
  findTraces,
  type NsRange,
  readMatchingSpans,
  readMatchingTraceIds,
  readServiceSpans,
  readSpans,
  readSpanVocabulary,
  type ServiceSpans,
  type SpanVocabulary,
  type TraceRange,
} from './reads/spans.ts';
export { readState } from './reads/state.ts';
export { type LogStreamRows, readLogStreams, readLogStreamsById } from './reads/streams.ts';
export { readTraceOperations, type TraceOperation } from './reads/trace_operations.ts';
export { type OutlineRequest, readTraceOutlines, type SpanOutline } from './reads/trace_outlines.ts';
export { readTraceRanges } from './reads/trace_ranges.ts';
export { type CodedTexts, idHalves, readTraceShape, SpanShapes, textAt } from './reads/trace_shape.ts';
export { readRows } from './rows.ts';
export { SPAN_PARTS } from './span_parts.ts';
export { bind, type Sql, sql } from './sql.ts';
export {
  openStore,
  type Store,
  type StoreConfig,
} from './store.ts';
export { TABLES } from './tables.ts';
export type { Connection } from './transport.ts';
export { type QueryOptions, StoreError, type StoreReader } from './types.ts';
