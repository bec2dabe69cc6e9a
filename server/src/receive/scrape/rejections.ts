import type { Rejection, RejectReason } from '../../model/ingest.ts';

/** Counts refusals by reason, with the first example of each. */
export class Rejections {
  readonly #byReason = new Map<RejectReason, { count: number; readonly message: string }>();

  add(reason: RejectReason, count: number, message: () => string): void {
    const known = this.#byReason.get(reason);
    if (known === undefined) this.#byReason.set(reason, { count, message: message() });
    else known.count += count;
  }

  list(): Rejection[] {
    return [...this.#byReason].map(([reason, { count, message }]) => ({ reason, count, message }));
  }
}
