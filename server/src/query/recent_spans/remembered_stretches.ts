import type { Asked } from './known_ranges.ts';

/** Stretch i is (originNs + i·widthNs, originNs + (i+1)·widthNs]; `originNs` is a multiple of `widthNs`. */
export interface Stretches {
  readonly originNs: bigint;
  readonly widthNs: bigint;
  readonly count: number;
}

/** Whether answers are true still. */
interface Freshness {
  /** No answer counts for longer, ms. */
  readonly lifetimeMs: number;
  /** To be called before the store is asked; undefined while nobody would tell that an answer has changed. */
  asking(): Asked | undefined;
  /** Whether the store was asked not too long ago, and nothing came for the range (ns, both ends counted) since. */
  isFresh(asked: Asked, startNs: bigint, endNs: bigint): boolean;
}

interface RememberedOptions<T> extends Freshness {
  readonly mostBytes: number;
  readonly bytesOf: (row: T) => number;
}

interface Remembered<T> {
  readonly rows: readonly T[];
  readonly asked: Asked;
}

interface Question<T> {
  /** By number since the epoch. */
  readonly stretches: Map<number, Remembered<T>>;
  bytes: number;
}

/** Of a stretch in which there is nothing, bytes. */
const EMPTY_BYTES = 64;

/**
 * What the store answered to a question by stretches of time, so that the next refresh of a graph asks for those only that
 * spans have come for since. The least recently asked question is let go of first.
 */
export class RememberedStretches<T> {
  readonly #options: RememberedOptions<T>;
  readonly #questions = new Map<string, Question<T>>();
  #bytes = 0;

  constructor(options: RememberedOptions<T>) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The rows of some stretches, each with the number of its stretch.
   * @param question what is asked, the stretches aside
   * @param read asks the store for some stretches in a row, `first` the number of the first of them
   */
  async rows(
    question: string,
    stretches: Stretches,
    read: (first: number, count: number) => Promise<readonly (readonly [stretch: number, row: T])[]>,
  ): Promise<readonly (readonly [stretch: number, row: T])[]> {
    const asked = this.#options.asking();
    if (asked === undefined) return read(0, stretches.count);
    const origin = Number(stretches.originNs / stretches.widthNs);
    const known = this.#questions.get(question)?.stretches ?? new Map<number, Remembered<T>>();
    const isKnown = (i: number): boolean => {
      const one = known.get(origin + i);
      if (one === undefined) return false;
      const startNs = stretches.originNs + BigInt(i) * stretches.widthNs;
      return this.#options.isFresh(one.asked, startNs + 1n, startNs + stretches.widthNs);
    };
    let first = 0;
    while (first < stretches.count && isKnown(first)) first++;
    let end = stretches.count;
    while (end > first && isKnown(end - 1)) end--;
    const remembered = (from: number, to: number): (readonly [number, T])[] => {
      const rows: (readonly [number, T])[] = [];
      for (let i = from; i < to; i++) for (const row of known.get(origin + i)?.rows ?? []) rows.push([i, row]);
      return rows;
    };
    // Before the store is waited for: the same question, asked meanwhile, lets go of what has become too old.
    const [before, behind] = [remembered(0, first), remembered(end, stretches.count)];
    if (end === first) {
      this.#used(question);
      return before;
    }
    const fresh = await read(first, end - first);
    this.#keep(question, fresh, origin + first, origin + end, origin, asked);
    return [...before, ...fresh, ...behind];
  }

  clear(): void {
    this.#questions.clear();
    this.#bytes = 0;
  }

  #used(text: string): Question<T> {
    const question = this.#questions.get(text) ?? { stretches: new Map<number, Remembered<T>>(), bytes: 0 };
    this.#questions.delete(text);
    this.#questions.set(text, question);
    return question;
  }

  #keep(
    text: string,
    rows: readonly (readonly [number, T])[],
    from: number,
    to: number,
    origin: number,
    asked: Asked,
  ): void {
    const question = this.#used(text);
    for (const [at, one] of question.stretches) {
      if (asked.atMs - one.asked.atMs <= this.#options.lifetimeMs) continue;
      this.#charge(question, -this.#sizeOf(one));
      question.stretches.delete(at);
    }
    const byStretch = new Map<number, T[]>();
    for (const [i, row] of rows) {
      const own = byStretch.get(origin + i);
      if (own === undefined) byStretch.set(origin + i, [row]);
      else own.push(row);
    }
    for (let at = from; at < to; at++) {
      this.#charge(question, -this.#sizeOf(question.stretches.get(at)));
      const kept = { rows: byStretch.get(at) ?? [], asked };
      question.stretches.set(at, kept);
      this.#charge(question, this.#sizeOf(kept));
    }
    for (const [oldest, { bytes }] of this.#questions) {
      if (this.#bytes <= this.#options.mostBytes) break;
      this.#questions.delete(oldest);
      this.#bytes -= bytes;
    }
  }

  #charge(question: Question<T>, bytes: number): void {
    question.bytes += bytes;
    this.#bytes += bytes;
  }

  #sizeOf(one: Remembered<T> | undefined): number {
    return one === undefined ? 0 : one.rows.reduce((sum, row) => sum + this.#options.bytesOf(row), EMPTY_BYTES);
  }
}
