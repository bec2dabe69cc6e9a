import type { TraceRange } from '../../store/index.ts';

/** A moment at which the store was asked. */
export interface Asked {
  /** Wall clock, ms. */
  readonly atMs: number;
  /** What had come before this was in the store, wall clock, ms. */
  readonly loadedMs: number;
}

export interface KnownRange extends Asked {
  readonly range: TraceRange;
}

const MOST_TRACES = 4096;
/** Others may write into a cluster without this process hearing of it: after so long the store is asked again, ms. */
const LIFETIME_MS = 60_000;

/** Where the store was found to have traces, by id: who opens a trace asks for its parts one after the other. */
export class KnownRanges {
  readonly #known = new Map<string, KnownRange>();

  note(id: string, known: KnownRange): void {
    this.#known.delete(id);
    this.#known.set(id, known);
    if (this.#known.size <= MOST_TRACES) return;
    const [oldest = ''] = this.#known.keys();
    this.#known.delete(oldest);
  }

  /** What was noted of a trace, when that is not too long ago; wall clock, ms. */
  get(id: string, nowMs: number): KnownRange | undefined {
    const known = this.#known.get(id);
    return known === undefined || nowMs - known.atMs > LIFETIME_MS ? undefined : known;
  }

  clear(): void {
    this.#known.clear();
  }
}
