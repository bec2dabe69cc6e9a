export { cardinality } from './cardinality.ts';
export { featureNames, metricFeatures, unknownFeatures } from './features.ts';
export { createTenantHead, type TenantHead } from './head/tenant_head.ts';
export { checkPatterns } from './logql/check_patterns.ts';
export {
  createLogqlEngine,
  type LogqlEngine,
  type LogResult,
} from './logql/engine.ts';
export { evaluateMetric } from './logql/evaluate.ts';
export { foldSum } from './logql/fold_sum.ts';
export { evaluateLogs } from './logql/log_query.ts';
export { memorySource } from './logql/memory_source.ts';
export { planSelector } from './logql/push_matchers.ts';
export { LogqlError } from './logql/query_error.ts';
export type { Series, Steps, Value } from './logql/series.ts';
export type { LogSource } from './logql/source.ts';
export type { LogEntry, LogStream } from './logql/stream_groups.ts';
export { compareLogs } from './logs/compare.ts';
export {
  logContext,
  logsOfTrace,
  recordsWith,
} from './logs/context.ts';
export { type LogDeletionPlan, planLogDeletion } from './logs/deletion.ts';
export { detectFields } from './logs/detected_fields.ts';
export { logFieldValues } from './logs/field_values.ts';
export { logFields } from './logs/fields.ts';
export { logHistogram } from './logs/histogram.ts';
export { joinPatterns, type PatternSeries } from './logs/join_patterns.ts';
export type { LogLineView } from './logs/line_view.ts';
export { type LogPageQuery, logPage } from './logs/lines.ts';
export { filterPattern, logPatterns, type Patterns } from './logs/patterns.ts';
export type { LogRecordView } from './logs/records.ts';
export { aggregate } from './lucene/aggregate.ts';
export type { Aggregation, CalendarUnit, DateRounding, MetricName, NamedAggregation } from './lucene/aggregation.ts';
export { type Condition, LuceneError, literalWildcard, wildcardPattern } from './lucene/condition.ts';
export { roundDown } from './lucene/date_rounding.ts';
export { equalsField, matchField, phraseField, phrasePrefixField, placeOfField } from './lucene/fields.ts';
export { type Hit, readHits } from './lucene/hits.ts';
export { indexExpression } from './lucene/index_names.ts';
export { parseQueryString, type RangeBounds, rangeCondition } from './lucene/query_string.ts';
export { countMatches, planSearch, type SearchSource } from './lucene/search.ts';
export { typedValue } from './lucene/values.ts';
export {
  createMetricsEngine,
  type QueryRequest,
  type QueryResult,
} from './promql/engine.ts';
export { createExplainer, type ExplainedNode } from './promql/explain.ts';
export { type MemorySeries, memorySamples } from './promql/memory_source.ts';
export { createMemoryStore } from './promql/memory_store.ts';
export { PromqlError } from './promql/promql_error.ts';
export type { ResultSeries } from './promql/shape_result.ts';
export type { SeriesSet } from './promql/source.ts';
export {
  createTenantMetrics,
  type TenantMetrics,
} from './promql/tenant_metrics.ts';
export type { Attachment, RecentMemory } from './recent/attachment.ts';
export { LINES_OF_A_STRETCH, RecentLogs } from './recent_logs/recent_logs.ts';
export { createTenantLogs } from './recent_logs/tenant_logs.ts';
export type { RecentSpans } from './recent_spans/recent_spans.ts';
export { createTenantSpans, type TenantSpans } from './recent_spans/tenant_spans.ts';
export type { TimeRange } from './series_index.ts';
export { samplesByService } from './service_cost.ts';
export { liveBatch } from './tail/live_batch.ts';
export { LiveQuery } from './tail/live_query.ts';
export { createLiveStreams, type LiveStreams } from './tail/live_streams.ts';
export { Tail, type TailFrame, type TailOptions } from './tail/tail.ts';
export { traceExemplars } from './trace_context/exemplars.ts';
export { failuresOf } from './trace_context/failures.ts';
export { contextLogs, rangeOf } from './trace_context/logs.ts';
export { firingAlerts, measuredSubjects } from './trace_context/metrics.ts';
export { missingKeys } from './trace_context/missing_keys.ts';
export { TraceqlEvaluationError } from './traceql/evaluate.ts';
export { traceqlMetrics } from './traceql/metrics/evaluate_metrics.ts';
export { defaultStepNs } from './traceql/metrics/intervals.ts';
export type { TraceSeries } from './traceql/metrics/trace_series.ts';
export { parseSearch } from './traceql/search_query.ts';
export { attributeColumns, type TraceColumns, traceColumns } from './traces/columns.ts';
export { spanDifferences } from './traces/differences.ts';
export { fieldText } from './traces/field_text.ts';
export type { FoundSpanset, FoundTraceRow } from './traces/found_traces.ts';
export { serviceCalls, spanOperations, spanServices } from './traces/operations.ts';
export { traceOverview } from './traces/overview.ts';
export { searchTraces } from './traces/search.ts';
export type { TraceSearch } from './traces/search_conditions.ts';
export { serviceMap } from './traces/service_map.ts';
export { type ServiceFigures, type ServiceSteps, serviceOverTime, services } from './traces/services.ts';
export { spansOfId, traceShape } from './traces/shape.ts';
export { summarize, traceSummaries } from './traces/summary.ts';
export { fieldNamed, type TagQuery, type TagValues, tagNames, tagValues } from './traces/tags.ts';
export { canonicalTraceId, spansOfTraces, type Trace, type TraceStore, traceById } from './traces/trace.ts';
export { operationsOfTrace } from './traces/trace_operations.ts';
export { operationKey, usualDurations } from './traces/usual.ts';
export { spanVocabulary } from './traces/vocabulary.ts';
export { turnOf } from './turn.ts';
