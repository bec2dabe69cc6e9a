/** Recording and alerting rules: their files, their schedule, and what becomes of their alerts. */
export type { ActiveAlert } from './alert_states.ts';
export {
  type BacktestPorts,
  backtestRule,
  type Firing,
  firingTimeMs,
  type RangeQuery,
  type RangeSeries,
  type RuleBacktest,
} from './backtest/firings.ts';
export type { GroupDefinition, RuleDefinition } from './definition.ts';
export { createTemplateExpander } from './expand_templates.ts';
export { RuleGroup } from './group.ts';
export {
  groupDefinition,
  type LoadedRules,
  type LoadOptions,
  loadRules,
  type RuleSource,
  rulesFingerprint,
} from './load.ts';
export { createRuleManager, type RuleManager, type RuleManagerOptions } from './manager.ts';
export { ruleMetrics } from './metrics.ts';
export {
  type ExpandAlertTemplates,
  hasFailed,
  type LastSample,
  type RecordedSample,
  type RuleAnswer,
  type RulePorts,
  type RuleQuery,
  type RuleSample,
} from './ports.ts';
export { answerOfQuery } from './query_answer.ts';
export {
  duplicateRules,
  parseRuleFile,
  type Rule,
  type RuleGroup as RuleFileGroup,
  type RuleProblem,
} from './rule_file.ts';
export type { RuleState } from './rule_state.ts';
export type { HistogramPoint } from './unit_test/histogram_notation.ts';
export { numberOf } from './unit_test/number_notation.ts';
export { runTestFile, type TestedFile } from './unit_test/run_files.ts';
export { type LabelMap, parseSeriesLine, type SeriesLine, time } from './unit_test/series_notation.ts';
export { createTestMemory, type TestFeatures } from './unit_test/test_memory.ts';
