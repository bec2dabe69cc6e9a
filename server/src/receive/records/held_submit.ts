import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome, Submission, Submit } from '../../model/ingest.ts';

/** Between two tries, ms at most. */
const RETRY_MS = 2_000;

/**
 * Submits for a protocol that has no answer to make its sender come back later: tries again while we cannot store (over
 * the rate, disk low, engine away), until it is stored, can never be, or `giveUp` says so.
 */
export async function submitHeld(submit: Submit, submission: Submission, giveUp: () => boolean): Promise<Outcome> {
  for (;;) {
    // The body is the callee's after this.
    const outcome = await submit({ ...submission, body: submission.body.slice() });
    if (!('retryAfterSeconds' in outcome) || giveUp()) return outcome;
    await sleep(Math.min(outcome.retryAfterSeconds * 1000, RETRY_MS));
  }
}
