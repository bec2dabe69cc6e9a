/**
 * Follows sequence numbers through a log that may have holes, repeats and swapped parts. A number that was skipped and
 * comes later is taken; one that was already seen is a repeat.
 */
export class SequenceTracker {
  #next: number;
  /** Ranges [start, end) skipped so far, oldest first. */
  #gaps: { start: number; end: number }[] = [];
  /** Numbers of gaps that had to be forgotten because there were too many of them. */
  #forgotten = 0;

  /** @param next the number expected first, or -1 to take the first that comes */
  constructor(next: number) {
    this.#next = next;
  }

  /** True when the frame is new. */
  see(seq: number): boolean {
    if (this.#next < 0) this.#next = seq;
    if (seq >= this.#next) {
      if (seq > this.#next) this.#gap(this.#next, seq);
      this.#next = seq + 1;
      return true;
    }
    const index = this.#gaps.findIndex((gap) => seq >= gap.start && seq < gap.end);
    const gap = this.#gaps[index];
    if (gap === undefined) return false;
    const parts = [
      { start: gap.start, end: seq },
      { start: seq + 1, end: gap.end },
    ].filter((part) => part.end > part.start);
    this.#gaps.splice(index, 1, ...parts);
    return true;
  }

  /** Numbers skipped and never seen. */
  get missing(): number {
    return this.#gaps.reduce((sum, gap) => sum + gap.end - gap.start, this.#forgotten);
  }

  get next(): number {
    return this.#next;
  }

  #gap(start: number, end: number): void {
    this.#gaps.push({ start, end });
    if (this.#gaps.length <= 10_000) return;
    const oldest = this.#gaps.shift();
    if (oldest !== undefined) this.#forgotten += oldest.end - oldest.start;
  }
}
