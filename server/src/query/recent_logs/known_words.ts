import { WordSketch } from './word_sketch.ts';

/** Lines that came about the same time, some of which may have been let go of. */
export interface Stretch {
  readonly words: WordSketch;
  /** Of all its lines, ns since the epoch. */
  oldestNs: bigint;
  newestNs: bigint;
  /** The latest of those that were let go of; undefined while all are here. */
  goneNs: bigint | undefined;
  /** Arrivals that are here. */
  kept: number;
}

/** Lines of one sketch, which takes 16 KiB and four bytes for each id. */
const LINES_OF_A_STRETCH = 16_384;

/**
 * What stands in the lines that came in since memory listened, also when the lines themselves were let go of: from `floorNs`
 * on every line that was acknowledged is in one of the stretches.
 */
export class KnownWords {
  readonly #budgetBytes: () => number;
  readonly #linesOfAStretch: number;
  /** In the order they came; the last one grows. */
  #stretches: Stretch[] = [];
  #closedBytes = 0;
  #floorNs: bigint | undefined;
  /** The latest line of those stretches that were forgotten, ns. */
  #forgottenNs = -1n;

  constructor(budgetBytes: () => number, linesOfAStretch = LINES_OF_A_STRETCH) {
    this.#budgetBytes = budgetBytes;
    this.#linesOfAStretch = linesOfAStretch;
  }

  get floorNs(): bigint | undefined {
    return this.#floorNs;
  }

  /** Memory it takes. */
  get bytes(): number {
    return this.#closedBytes + (this.#stretches.at(-1)?.words.bytes ?? 0);
  }

  /** Lines that are here. @param offsets line i is `bytes[offsets[i], offsets[i + 1])` */
  add(bytes: Uint8Array, offsets: Uint32Array, oldestNs: bigint, newestNs: bigint): Stretch {
    let last = this.#stretches.at(-1);
    if (last === undefined || last.words.rows >= this.#linesOfAStretch) {
      last?.words.close();
      this.#closedBytes += last?.words.bytes ?? 0;
      last = { words: new WordSketch(), oldestNs, newestNs, goneNs: undefined, kept: 0 };
      this.#stretches.push(last);
    }
    last.words.add(bytes, offsets);
    if (oldestNs < last.oldestNs) last.oldestNs = oldestNs;
    if (newestNs > last.newestNs) last.newestNs = newestNs;
    last.kept++;
    return last;
  }

  /** Lines of a stretch are not here any more, the latest of them at `newestNs`. */
  letGo(stretch: Stretch, newestNs: bigint): void {
    if (stretch.goneNs === undefined || newestNs > stretch.goneNs) stretch.goneNs = newestNs;
    stretch.kept--;
    this.#limit();
  }

  /** @param floorNs every line from then on was or will be handed over */
  attach(floorNs: bigint): void {
    this.#floorNs = this.#forgottenNs >= floorNs ? this.#forgottenNs + 1n : floorNs;
  }

  reset(): void {
    this.#stretches = [];
    this.#closedBytes = 0;
    this.#floorNs = undefined;
    this.#forgottenNs = -1n;
  }

  /** Stretches some of whose lines were let go of, with lines of a time or later. */
  gone(fromNs: bigint): readonly (Stretch & { readonly goneNs: bigint })[] {
    return this.#stretches.filter(
      (stretch): stretch is Stretch & { goneNs: bigint } => stretch.goneNs !== undefined && stretch.goneNs >= fromNs,
    );
  }

  #limit(): void {
    const budget = this.#budgetBytes();
    let forgotten = 0;
    while (this.bytes > budget && forgotten < this.#stretches.length - 1) {
      const { words, kept, newestNs } = this.#stretches[forgotten] as Stretch;
      if (kept > 0) break;
      if (newestNs > this.#forgottenNs) this.#forgottenNs = newestNs;
      if (this.#floorNs !== undefined && newestNs >= this.#floorNs) this.#floorNs = newestNs + 1n;
      this.#closedBytes -= words.bytes;
      forgotten++;
    }
    if (forgotten > 0) this.#stretches = this.#stretches.slice(forgotten);
  }
}
