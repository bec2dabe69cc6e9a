export { Admission } from './admission.ts';
export type { BatchKey, BatchStore } from './batch_store.ts';
export { type Ingest, type IngestStatus, IngestUnavailable, openIngest } from './ingest.ts';
export { SeriesInterner, type SeriesRegistry } from './interner.ts';

export { DEFAULT_LIMITS, type IngestLimits } from './limits.ts';
export {
  HEAD_RULE,
  type SamplingSettings,
  type SpanMetricsSettings,
  samplingSchema,
  spanMetricsSchema,
} from './spans/settings.ts';
export { SpanMetrics, type SpanMetricsReport, type SpanMetricsRequest } from './spans/span_metrics.ts';
export { type HeldRequest, SpanStage } from './spans/span_stage.ts';
export { MaskingRuleError } from './stages/masking/user_rules.ts';
export { type MaskingSettings, maskingSchema, noiseSchema } from './stages/settings.ts';
export {
  createStages,
  maskerOf,
  maskingRuleNames,
  type StageSettings,
  TEST_RULE,
  type TenantStages,
} from './stages/stages.ts';
export { type StageCounts, StageTally } from './stages/tally.ts';
