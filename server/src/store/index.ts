export { BackupError, type BackupManifest, type BackupProgress, type Backups } from './backup.ts';
export { isRunning, removeBatch } from './batches.ts';
export { type ClosableReader, type ClosableWriter, connectReader, connectWriter, DEFAULT_BOUNDS } from './client.ts';
export { AttributeSet, cutAt, MapBuilder } from './columns/attributes.ts';
export { decodeDecimals } from './columns/decimal.ts';
export { DictionaryBuilder, Uint8Builder, Uint32Builder, Uint64Builder } from './columns/growable.ts';
export { appendHex, appendId } from './columns/ids.ts';
export { logStreamSections } from './columns/log_streams.ts';
export { type KnownFields, LogBuilder, type LogColumns, NOTHING_KNOWN } from './columns/logs.ts';
export { METRIC_TYPES, type MetricMetadata, type MetricType } from './columns/metadata.ts';
export { type MetricColumns, metricColumns, metricSections } from './columns/metric_columns.ts';
export { type HistogramBuckets, type NativeHistogram, NO_BUCKETS } from './columns/native_histograms.ts';
export { sectionRows } from './columns/section_rows.ts';
export { seriesSections } from './columns/series.ts';
export { SPAN_KINDS, SpanBuilder, type SpanColumns, STATUS_CODES } from './columns/spans.ts';
export { TextBuilder } from './columns/text_builder.ts';
export { TraceRangeBuilder } from './columns/trace_ranges.ts';
export { EngineLibraryError } from './embedded/library.ts';
export { EngineStartError } from './embedded/supervisor.ts';
export { checkDatabaseName } from './migrate.ts';
export type { Block, Column, DictionaryColumn, MapColumn, StringColumn } from './native/columns.ts';
export { decodeBlocks } from './native/decode.ts';
export { batchIdTail, encodeBlock } from './native/encode.ts';
export { NativeFormatError } from './native/type.ts';
export { countByBatch, countByBatches, type DetachedPart, detachedParts } from './parts.ts';
export { type ExemplarRow, readExemplars } from './reads/exemplars.ts';
export { ALWAYS, type LogColumn, type LogFieldPath, type LogPredicate, type TextTest } from './reads/log_predicate.ts';
export {
  countLogs,
  type LogCountRequest,
  type LogCounts,
  type LogGroupKey,
  type LogReadRequest,
  type LogRows,
  readLogs,
} from './reads/logs.ts';
export { type MetadataRow, readMetadata } from './reads/metadata.ts';
export { countHistogramSeries, readSamples, type SampleRows, type SampleSelection } from './reads/samples.ts';
export { readSeries, type SeriesRows } from './reads/series.ts';
export { ANY_SPAN, type SpanColumn, type SpanPredicate, type SpanTest } from './reads/span_predicate.ts';
export {
  type FoundTrace,
  findTraces,
  type NsRange,
  readServiceSpans,
  readSpans,
  readSpanVocabulary,
  readTraceRange,
  type ServiceSpans,
  type SpanVocabulary,
  type StoredAttributes,
  type StoredEvent,
  type StoredLink,
  type StoredSpan,
} from './reads/spans.ts';
export { type LogStreamRows, readLogStreams } from './reads/streams.ts';
export { DEFAULT_RETENTION, type Retention, type RetentionDays, type RetentionRound } from './retention.ts';
export { readCount, readRows, type Value } from './rows.ts';
export { bind, identifier, join, type Sql, sql } from './sql.ts';
export {
  type ClusterStoreConfig,
  type EmbeddedStoreConfig,
  openStore,
  type Store,
  type StoreConfig,
  type StoreState,
} from './store.ts';
export { TABLES, type TableColumns } from './tables.ts';
export type { Connection } from './transport.ts';
export { type QueryCost, type QueryOptions, StoreError, type StoreReader, type StoreWriter } from './types.ts';
