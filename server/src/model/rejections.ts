import type { Rejection, RejectReason } from './ingest.ts';

/** An example message is for a person: this many characters of it. */
const MESSAGE_CHARACTERS = 300;

/** Collects refusals of one request: per reason a count and the first example. */
export class Rejections {
  private readonly byReason = new Map<RejectReason, { count: number; readonly message: string }>();

  /** The message is only made for the first of a reason. */
  add(reason: RejectReason, count: number, message: () => string): void {
    const known = this.byReason.get(reason);
    if (known === undefined) this.byReason.set(reason, { count, message: message().slice(0, MESSAGE_CHARACTERS) });
    else known.count += count;
  }

  list(): Rejection[] {
    return [...this.byReason].map(([reason, { count, message }]) => ({ reason, count, message }));
  }
}
