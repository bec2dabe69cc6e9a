export { Admission } from './admission.ts';
export type { BatchKey, BatchStore } from './batch_store.ts';
export { type Ingest, type IngestStatus, IngestUnavailable, openIngest } from './ingest.ts';
export { SeriesInterner, type SeriesRegistry } from './interner.ts';

export { DEFAULT_LIMITS, type IngestLimits } from './limits.ts';
