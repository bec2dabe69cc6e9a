import type { LogFieldPath, LogPredicate } from './log_predicate.ts';

/** What counts are grouped by besides time. */
export type LogGroupKey =
  | { readonly kind: 'stream' }
  | { readonly kind: 'service' }
  | { readonly kind: 'severity' }
  | { readonly kind: 'field'; readonly field: LogFieldPath };

export interface LogCountRequest {
  /** ns. Bucket i holds the records in (originNs + i·widthNs, originNs + (i+1)·widthNs]. */
  readonly originNs: bigint;
  readonly widthNs: bigint;
  readonly buckets: number;
  readonly predicate: LogPredicate;
  readonly keys: readonly LogGroupKey[];
  /** Tells the counted records in two: those for which it holds and the others. */
  readonly flag?: LogPredicate;
  /** Also gather the texts of a field, one of each counted record that has it; of those of the flag, when there is one. */
  readonly texts?: LogFieldPath;
  /** Also add up the lines' bytes. */
  readonly bytes: boolean;
}
