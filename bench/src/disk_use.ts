import type { PeerKind } from './peers.ts';
import type { Target } from './target.ts';

/** How long a directory has to be unchanged before what merges replaced is gone. */
const STILL_MS = 75_000;
/** Tempo keeps blocks where it takes spans, too, and lets go of some minutes after they are written. */
const TEMPO_STILL_MS = 240_000;
const LONGEST_MS = 600_000;
/** A directory that changes by less is unchanged: figures made of spans are written as long as the server runs. */
const STILL_SHARE = 0.01;
const LOOK_MS = 500;

interface DiskState {
  readonly bytes: number;
  /** Since when the directory has been so, performance.now(). */
  readonly sinceMs: number;
  /** After the load ended, s. */
  readonly afterSeconds: number;
  /** Whether it had not changed for as long as was waited for. */
  readonly isStill: boolean;
}

/** What a set takes on a server's disk soon after its load and at the end. Sets before it lie in the same directory. */
export class DiskUse {
  readonly #kind: PeerKind | 'trilith';
  readonly #target: Target;
  readonly #before: number | null;
  readonly #states: DiskState[] = [];
  #loadedAt = Number.NaN;

  /** To be made before the set is loaded. */
  constructor(kind: PeerKind | 'trilith', target: Target) {
    this.#kind = kind;
    this.#target = target;
    this.#before = target.diskBytes();
  }

  /**
   * To be called when the load has ended: waits until merges are done and what they replaced is gone. Returns the processor time
   * used until the directory last grew, seconds: what comes after that is idling. Null when it is not known.
   */
  async loaded(): Promise<number | null> {
    this.#loadedAt = performance.now();
    return this.#untilStill(STILL_MS);
  }

  /** To be called at the end: waits until the server has tidied up too, ten minutes at most. */
  async settled(): Promise<void> {
    await this.#untilStill(this.#kind === 'tempo' ? TEMPO_STILL_MS : STILL_MS);
  }

  async #untilStill(stillMs: number): Promise<number | null> {
    const target = this.#target;
    let cpu = target.cpuSeconds();
    let last = target.diskBytes();
    if (last === null) return cpu;
    const started = performance.now();
    const known = this.#states.at(-1);
    let changedAt = known !== undefined && isAlike(last, known.bytes) ? known.sinceMs : started;
    const isStill = (): boolean => performance.now() - changedAt >= stillMs;
    while (!isStill() && performance.now() - started < LONGEST_MS) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      const bytes: number = target.diskBytes() ?? last;
      if (isAlike(bytes, last)) continue;
      if (bytes > last) cpu = target.cpuSeconds();
      changedAt = performance.now();
      last = bytes;
    }
    const afterSeconds = (performance.now() - this.#loadedAt) / 1000;
    this.#states.push({ bytes: target.diskBytes() ?? last, sinceMs: changedAt, afterSeconds, isStill: isStill() });
    return cpu;
  }

  /** One line; null when the directory is not known. @param unit what a record is called */
  describe(records: number, unit: string): string | null {
    const before = this.#before;
    if (before === null || this.#states.length === 0) return null;
    const told = this.#states.map(
      ({ bytes, afterSeconds, isStill }) =>
        `${((bytes - before) / records).toFixed(2)} ${afterSeconds.toFixed(0)} s after the load${isStill ? '' : ' (still changing)'}`,
    );
    return `${this.#target.name}: bytes on disk per ${unit}, indexes included: ${told.join(', ')}`;
  }
}

function isAlike(bytes: number, before: number): boolean {
  return Math.abs(bytes - before) <= before * STILL_SHARE;
}
