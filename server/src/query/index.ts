export { evaluateMetric } from './logql/evaluate.ts';
export { foldSum } from './logql/fold_sum.ts';
export { memorySource } from './logql/memory_source.ts';
export type { Steps, Value } from './logql/series.ts';
export type { LogSource } from './logql/source.ts';
