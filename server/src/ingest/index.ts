export { Admission } from './admission.ts';
export { type InternerOptions, SeriesInterner, type SeriesRegistry } from './interner.ts';
export type { BatchBlock, BatchKey, BatchStore, DetachedPart } from './batch_store.ts';
export { type Ingest, type IngestOptions, type IngestStatus, IngestUnavailable, openIngest } from './ingest.ts';
export { LATENCY_BOUNDS_MS, type LatencySnapshot } from './latency.ts';
export { DEFAULT_LIMITS, type IngestLimits, type LogLimits } from './limits.ts';
