import { type NsRange, readSpanVocabulary, type SpanVocabulary } from '../../store/index.ts';
import type { TraceStore } from './trace.ts';

/** Names in use in spans of a range, the most frequent first: attribute keys, their values, operations, services. Throws StoreError. */
export async function spanVocabulary(
  store: TraceStore,
  what: SpanVocabulary,
  range: NsRange,
  limit: number,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const options = signal === undefined ? store.query : { ...store.query, signal };
  return readSpanVocabulary(store.reader, { ...range, what, limit }, options);
}
