/** Shapes of our own API (`/api/*`). The server encodes to them, the web UI parses with them; both infer their types here. */
export {
  type Change,
  type ChangeKind,
  type ChangeRequest,
  type ChangesAnswer,
  change,
  changeKind,
  changeRequest,
  changesAnswer,
} from './changes.ts';
export { type CountsAnswer, countsAnswer } from './counts.ts';
export { type ImportAnswer, type ImportLimitsAnswer, importAnswer, importLimitsAnswer } from './import.ts';
export {
  type LogCompareAnswer,
  type LogContextAnswer,
  type LogField,
  type LogFieldsAnswer,
  type LogHistogramAnswer,
  type LogLevel,
  type LogLinesAnswer,
  type LogPattern,
  type LogPatternsAnswer,
  type LogRecord,
  type LogTailFrame,
  type LogValuesAnswer,
  logCompareAnswer,
  logContextAnswer,
  logFieldsAnswer,
  logHistogramAnswer,
  logLevel,
  logLevels,
  logLinesAnswer,
  logPatternsAnswer,
  logRecord,
  logTailFrame,
  logValuesAnswer,
} from './logs.ts';
export {
  type CardinalityAnswer,
  cardinalityAnswer,
  type ExplainAnswer,
  type ExplainNode,
  explainAnswer,
  type MetricRow,
  type MetricsAnswer,
  metricsAnswer,
  type ServiceCostAnswer,
  serviceCostAnswer,
} from './metrics.ts';
export { type ResolveAnswer, resolveAnswer } from './resolve.ts';
export {
  type Evidence,
  evidence,
  type Problem,
  type ProblemsAnswer,
  problemsAnswer,
  type ServiceAnswer,
  type ServiceRow,
  type ServicesAnswer,
  serviceAnswer,
  serviceRow,
  servicesAnswer,
} from './services.ts';
export {
  type MaskingAnswer,
  type MaskingTestAnswer,
  maskingAnswer,
  maskingTestAnswer,
  type NoiseAnswer,
  noiseAnswer,
} from './stages.ts';
export {
  type IngestSource,
  ingestSource,
  type Rejection,
  rejection,
  type Signal,
  type StatusAnswer,
  signal,
  statusAnswer,
  type TargetsAnswer,
  targetsAnswer,
} from './status.ts';
export {
  spanKind,
  spanStatus,
  type TraceAnswer,
  type TraceOperationsAnswer,
  type TraceSearchAnswer,
  type TraceSpan,
  type TraceSummary,
  traceAnswer,
  traceOperationsAnswer,
  traceSearchAnswer,
  traceSpan,
} from './traces.ts';
export { type AnswerNotes, type ApiError, answerNotes, apiError } from './units.ts';
