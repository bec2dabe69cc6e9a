const MOST_BYTES = 1 << 21;
const LEAST_BYTES = 1 << 12;
/** Four bits a trace keep wrong answers below one in a hundred while a generation has so many bits for each. */
const BITS_PER_TRACE = 14;

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
  readonly #bytes: () => number;
  #current: Generation | undefined;
  #previous: Generation | undefined;
  /** Spans that came in before this may have been forgotten, ms since the epoch. */
  forgottenMs = Number.NEGATIVE_INFINITY;

  /** @param bytes that a generation may take, about; asked when one begins */
  constructor(bytes: () => number) {
    this.#bytes = bytes;
  }

  get bytes(): number {
    return (this.#current?.words.byteLength ?? 0) + (this.#previous?.words.byteLength ?? 0);
  }

  /** Adds the trace whose id's four words are at `at`. @param cameMs when its spans came in */
  add(words: Uint32Array, at: number, cameMs: number): void {
    if (this.#current !== undefined && this.#current.traces * BITS_PER_TRACE >= bitsOf(this.#current)) {
      if (this.#previous !== undefined) this.forgottenMs = this.#previous.latestMs;
      this.#previous = this.#current;
      this.#current = undefined;
    }
    this.#current ??= begun(this.#bytes(), cameMs);
    const current = this.#current;
    current.latestMs = Math.max(current.latestMs, cameMs);
    if (holds(current, words, at)) return;
    current.traces++;
    for (let i = 0; i < 4; i++) {
      const bit = (words[at + i] as number) % bitsOf(current);
      current.words[bit >>> 5]! |= 1 << (bit & 31);
    }
  }

  /** Whether the trace may be one of those added; false only when it is not. */
  mayHold(words: Uint32Array, at: number): boolean {
    return holds(this.#current, words, at) || holds(this.#previous, words, at);
  }
}

function begun(bytes: number, latestMs: number): Generation {
  const clamped = Math.min(MOST_BYTES, Math.max(LEAST_BYTES, bytes));
  return { words: new Uint32Array(2 ** Math.floor(Math.log2(clamped)) / 4), traces: 0, latestMs };
}

const bitsOf = ({ words }: Generation): number => words.length * 32;

/** Trace ids are random (W3C), so their words are as good as hashes; an id that is not costs a question to the store. */
function holds(generation: Generation | undefined, words: Uint32Array, at: number): boolean {
  if (generation === undefined) return false;
  for (let i = 0; i < 4; i++) {
    const bit = (words[at + i] as number) % bitsOf(generation);
    if (((generation.words[bit >>> 5] as number) & (1 << (bit & 31))) === 0) return false;
  }
  return true;
}
