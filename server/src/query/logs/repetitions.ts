/** Tells records that come in order of time from repetitions of them: a record that was sent twice has one identity. */
export class Repetitions {
  private readonly seen = new Set<string>();
  private timeNs = -1n;

  /** Whether no record of this time and identity came before. */
  isNew(timeNs: bigint, identity: string): boolean {
    if (timeNs !== this.timeNs) this.seen.clear();
    this.timeNs = timeNs;
    if (this.seen.has(identity)) return false;
    this.seen.add(identity);
    return true;
  }
}
