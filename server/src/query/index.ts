export { createIndexFeed, type IndexFeed, type IndexFeedOptions, type IndexRows } from './index_feed.ts';
export { evaluateMetric } from './logql/evaluate.ts';
export { foldSum } from './logql/fold_sum.ts';
export { memorySource } from './logql/memory_source.ts';
export type { Steps, Value } from './logql/series.ts';
export type { LogSource } from './logql/source.ts';
export { SeriesIndex, type TimeRange } from './series_index.ts';
