import type { TraceUsualAnswer, UsualDuration } from '@trilith/contract';
import { kindOf, operationOf, type SpanTable, serviceOf } from './spanTable.ts';

type UsualOperation = TraceUsualAnswer['operations'][number];

/** How a duration stands to what its operation took before; `unknown` with too few spans to say. */
export type UsualVerdict = 'faster' | 'usual' | 'slower' | 'slowest' | 'unknown';

/** Fewer spans than these say nothing of what is usual. */
const fewestSpans = 20;

/** Of operations that always take the same time, what is barely above it is not worth a word. */
const notableFactor = 1.2;

export type UsualIndex = ReadonlyMap<string, UsualOperation>;

export function usualIndex({ operations }: TraceUsualAnswer): UsualIndex {
  return new Map(operations.map((one) => [keyOf(one.service, one.operation, one.kind), one]));
}

function keyOf(service: string, operation: string, kind: string): string {
  return `${service}\u0000${operation}\u0000${kind}`;
}

/** The history of a row's operation; undefined when it was not looked up. */
export function usualOf(index: UsualIndex, table: SpanTable, row: number): UsualOperation | undefined {
  return index.get(keyOf(serviceOf(table, row), operationOf(table, row), kindOf(table, row)));
}

/** What a duration is held against: the same hour of the days before when it has enough spans, else the last day. */
export function measureOf({ sameHour, lastDay }: UsualOperation): UsualDuration | null {
  if (sameHour !== null && sameHour.spans >= fewestSpans) return sameHour;
  return lastDay !== null && lastDay.spans >= fewestSpans ? lastDay : null;
}

/** Slower than nineteen of twenty, than ninety-nine of a hundred; or twice as fast as the middle one. */
export function verdictOf(durationMs: number, operation: UsualOperation | undefined): UsualVerdict {
  const measure = operation === undefined ? null : measureOf(operation);
  if (measure === null) return 'unknown';
  const notable = durationMs > measure.p50Ms * notableFactor;
  if (notable && durationMs > measure.p99Ms) return 'slowest';
  if (notable && durationMs > measure.p95Ms) return 'slower';
  return durationMs < measure.p50Ms / 2 ? 'faster' : 'usual';
}
