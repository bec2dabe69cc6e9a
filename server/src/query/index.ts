export { createIndexFeed, type IndexFeed, type IndexFeedOptions, type IndexRows } from './index_feed.ts';
export {
  createLogqlEngine,
  DEFAULT_LOG_LIMITS,
  type LogqlEngine,
  type LogqlEngineOptions,
  type LogRangeQuery,
  type LogResult,
} from './logql/engine.ts';
export { evaluateMetric } from './logql/evaluate.ts';
export { foldSum } from './logql/fold_sum.ts';
export { memorySource } from './logql/memory_source.ts';
export { planSelector } from './logql/push_matchers.ts';
export { LogqlError } from './logql/query_error.ts';
export type { Series, Steps, Value } from './logql/series.ts';
export type { LogSource } from './logql/source.ts';
export {
  type ContextOf,
  type LogContext,
  logContext,
  logsOfTrace,
  selectorFor,
  type TraceLogs,
} from './logs/context.ts';
export { type LogFields, type LogFieldView, logFields } from './logs/fields.ts';
export { type HistogramLevel, type LogHistogram, logHistogram } from './logs/histogram.ts';
export { type LogRecordView, type RecordQuery, readRecords } from './logs/records.ts';
export {
  createMetricsEngine,
  DEFAULT_LOOKBACK_MS,
  DEFAULT_TIMEOUT_MS,
  type MetricsEngine,
  type MetricsEngineOptions,
  type QueryRequest,
  type QueryResult,
  type ResultSeries,
} from './promql/engine.ts';
export { type MemorySeries, memorySamples } from './promql/memory_source.ts';
export { PromqlError } from './promql/promql_error.ts';
export type { SampleSource, Selection, SeriesSet } from './promql/source.ts';
export { type StoreSourceOptions, storeSource } from './promql/store_source.ts';
export {
  createTenantMetrics,
  type SeriesExemplars,
  type TenantMetrics,
  type TenantMetricsOptions,
} from './promql/tenant_metrics.ts';
export { SeriesIndex, type TimeRange } from './series_index.ts';
export { TraceqlPatternError } from './traces/evaluate.ts';
export { type FoundTraceRow, searchTraces, type TraceSearch, type TraceSearchResult } from './traces/search.ts';
export { type ServiceFigures, type ServiceSteps, serviceOverTime, services } from './traces/services.ts';
export { type TraceSummaryRow, traceSummaries } from './traces/summary.ts';
export { canonicalTraceId, MAX_TRACE_SPANS, type Trace, type TraceStore, traceById } from './traces/trace.ts';
export { spanVocabulary } from './traces/vocabulary.ts';
