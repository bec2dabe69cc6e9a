import type { Taken } from './faulty_receiver.ts';

/** An attempt as the program's ledger has it. */
export interface LedgerAttempt {
  readonly groupKey: string;
  readonly receiver: string;
  /** When it ended, and how long it took. */
  readonly timeMs: number;
  readonly latencyMs: number;
  readonly error: string;
}

/** A notification that said what one before had said, and the latest such. */
export interface Repetition {
  readonly again: Taken;
  readonly of: Taken;
}

/** What a receiver was told more than once. */
export function repetitions(taken: readonly Taken[]): readonly Repetition[] {
  const said = new Map<string, Taken>();
  return taken.flatMap((again) => {
    const { groupKey, alerts } = again;
    const text = JSON.stringify([groupKey, alerts.map(({ n, status, startsAt }) => [n, status, startsAt]).sort()]);
    const of = said.get(text);
    said.set(text, again);
    return of === undefined ? [] : [{ again, of }];
  });
}

/**
 * Why a notification was said again: the program was killed before it had the answer, or the answer came later than the
 * program waited, which happens on a busy machine and is in its ledger.
 */
export function causeOf(
  { of: { groupKey, atMs }, of }: Repetition,
  receiver: string,
  unanswered: ReadonlySet<Taken>,
  attempts: readonly LedgerAttempt[],
): 'kill' | 'late answer' | 'unknown' {
  if (unanswered.has(of)) return 'kill';
  const isLate = attempts.some(
    (attempt) =>
      attempt.receiver === receiver &&
      attempt.groupKey === groupKey &&
      attempt.error.startsWith('no answer within') &&
      attempt.timeMs - attempt.latencyMs <= atMs &&
      atMs <= attempt.timeMs,
  );
  return isLate ? 'late answer' : 'unknown';
}
