/** Bits of one generation; four of them a trace keep wrong answers below one in a hundred up to this many traces. */
const BITS = 1 << 24;
const MOST_TRACES = 1_200_000;

interface Generation {
  readonly words: Uint32Array;
  traces: number;
  /** When the latest of its spans came in, ms since the epoch. */
  latestMs: number;
}

/**
 * The traces whose spans memory has let go of, as Bloom filters of two generations: it may say yes of a trace it was never
 * given, and forgets the oldest when it is full. Empty it takes no memory.
 */
export class TraceFilter {
  #current: Generation | undefined;
  #previous: Generation | undefined;
  /** Spans that came in before this may have been forgotten, ms since the epoch. */
  forgottenMs = Number.NEGATIVE_INFINITY;

  get bytes(): number {
    return ((this.#current === undefined ? 0 : 1) + (this.#previous === undefined ? 0 : 1)) * (BITS / 8);
  }

  /** Adds the trace whose id's four words are at `at`. @param cameMs when its spans came in */
  add(words: Uint32Array, at: number, cameMs: number): void {
    if (this.#current !== undefined && this.#current.traces >= MOST_TRACES) {
      if (this.#previous !== undefined) this.forgottenMs = this.#previous.latestMs;
      this.#previous = this.#current;
      this.#current = undefined;
    }
    this.#current ??= { words: new Uint32Array(BITS / 32), traces: 0, latestMs: cameMs };
    const current = this.#current;
    current.latestMs = Math.max(current.latestMs, cameMs);
    if (holds(current, words, at)) return;
    current.traces++;
    for (let i = 0; i < 4; i++) {
      const bit = (words[at + i] as number) % BITS;
      current.words[bit >>> 5]! |= 1 << (bit & 31);
    }
  }

  /** Whether the trace may be one of those added; false only when it is not. */
  mayHold(words: Uint32Array, at: number): boolean {
    return holds(this.#current, words, at) || holds(this.#previous, words, at);
  }
}

/** Trace ids are random (W3C), so their words are as good as hashes; an id that is not costs a question to the store. */
function holds(generation: Generation | undefined, words: Uint32Array, at: number): boolean {
  if (generation === undefined) return false;
  for (let i = 0; i < 4; i++) {
    const bit = (words[at + i] as number) % BITS;
    if (((generation.words[bit >>> 5] as number) & (1 << (bit & 31))) === 0) return false;
  }
  return true;
}
