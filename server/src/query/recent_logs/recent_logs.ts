import type { Section } from '../../model/section.ts';
import { cutLogSection } from '../../store/index.ts';
import { packSections, WholeSections } from './kept_sections.ts';
import type { MayPass } from './sought_lines.ts';
import { addSection, closeStretch, isFull, type LogStretch, memoryOf, newStretch, type Stretch } from './stretch.ts';
import { GROUP_SIZE, GroupedWords, WordGroup } from './word_group.ts';
import { WordSketch } from './word_sketch.ts';

export interface RecentLogsOptions {
  /** Memory this may take; asked whenever records come. */
  readonly budgetBytes: () => number;
  /** Called when records could not be compressed: they are kept as they came. */
  readonly onError?: (error: unknown) => void;
  /** Records of a stretch: what a search unpacks at once. */
  readonly linesOfAStretch?: number;
  /** Records that came last are kept as they came while they take no more than this. */
  readonly wholeBytes?: number;
}

/** Records not loaded yet may go over the budget by this factor before they are let go all the same. */
const STRETCH = 1.5;
/** What is known of lines longer than they are kept may take this part of the budget besides. */
const WORDS_SHARE = 1 / 4;
/** What a search unpacks for one hit: 100 KiB, a tenth of a millisecond. Twice as many would take 3 % less memory. */
export const LINES_OF_A_STRETCH = 512;
const WHOLE_BYTES = 4 * 1024 * 1024;
/** Words of a stretch with more ids stay by themselves: putting them in order with those of 31 others would take too long at once. */
const MOST_GROUPED_IDS = 8_192;
/** What was in the store before may fill the budget up to this part. */
const FILL_SHARE = 0.6;

/**
 * The log records of a tenant that came in last, within a budget of memory: the very last as they came, those before
 * compressed. From `floorNs` on every record that was acknowledged is here, so that above it the store need not be asked;
 * from `wordsFloorNs` on it is at least known what stands in the lines.
 */
export class RecentLogs {
  readonly #budgetBytes: () => number;
  readonly #onError: (error: unknown) => void;
  readonly #linesOfAStretch: number;
  readonly #wholeBytes: number;
  /** In the order they came: those that were let go of, packed ones, whole ones; the last one grows. */
  #stretches: Stretch[] = [];
  /** How many were let go of. */
  #gone = 0;
  /** How many need not be looked at to find one to pack. */
  #packed = 0;
  #bytes = 0;
  #whole = 0;
  #goneBytes = 0;
  #came = 0;
  #floorNs: bigint | undefined;
  #wordsFloorNs: bigint | undefined;
  /** The latest of the records that were let go, and of those whose words were, ns. */
  #letGoNs = -1n;
  #forgottenNs = -1n;
  /** Everything that came before this is in the store, ms since the epoch. */
  #loadedMs = Number.NEGATIVE_INFINITY;
  #packing: Promise<void> | undefined;
  #cannotPack = false;
  #attachments = 0;
  /** Told of acknowledged sections of `log_streams`; set by whoever owns the index of streams. */
  onStreams: ((section: Section) => void) | undefined;
  /** How often records were let go that the store may not have had yet. */
  forcedEvictions = 0;
  /** The stretches, that with the latest record first; undefined when that has to be worked out again. */
  #ordered: readonly Stretch[] | undefined;
  /** Closed ones whose words are not in a group yet, by the length of their tables. */
  #ungrouped = new Map<number, Stretch[]>();

  constructor({ budgetBytes, onError, linesOfAStretch, wholeBytes }: RecentLogsOptions) {
    this.#budgetBytes = budgetBytes;
    this.#onError = onError ?? (() => undefined);
    this.#linesOfAStretch = linesOfAStretch ?? LINES_OF_A_STRETCH;
    this.#wholeBytes = wholeBytes ?? WHOLE_BYTES;
  }

  /** Memory that records take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Memory that the words of those take that were let go of. */
  get wordsBytes(): number {
    return this.#goneBytes;
  }

  /** Every record of this time or later is here, ns since the epoch; undefined while that is not known of any. */
  get floorNs(): bigint | undefined {
    return this.#floorNs;
  }

  /** Of every record of this time or later it is known what stands in its line; never after `floorNs`. */
  get wordsFloorNs(): bigint | undefined {
    return this.#wordsFloorNs;
  }

  /** How often it was attached; 0 while it is not. */
  get attachment(): number {
    return this.#floorNs === undefined ? 0 : this.#attachments;
  }

  /**
   * Takes an acknowledged section of `otel_logs` or `log_streams`, and its memory with it. Throws NativeFormatError.
   * @param cameMs wall clock when it was handed over
   */
  append(section: Section, cameMs: number): void {
    if (section.rows === 0) return;
    if (section.table === 'log_streams') {
      this.onStreams?.(section);
      return;
    }
    this.#ordered = undefined;
    for (const piece of cutLogSection(section, this.#linesOfAStretch)) {
      const stretch = this.#stretchFor(piece);
      const before = memoryOf(stretch);
      addSection(stretch, piece, cameMs);
      this.#came++;
      this.#whole += piece.block.length;
      this.#bytes += memoryOf(stretch) - before;
    }
    const last = this.#stretches.at(-1);
    if (last !== undefined) last.sections++;
    this.#limit();
    this.#packNext();
  }

  /** Everything handed over before this wall-clock time is in the store. */
  loadedBefore(cameMs: number): void {
    this.#loadedMs = cameMs;
    this.#limit();
  }

  /**
   * What came before this memory is in the store.
   * @param _sinceMs wall clock before which records may have come that were not handed over
   * @param newestNs the latest record of the store, undefined when it has none
   */
  attach(_sinceMs: number, newestNs: bigint | undefined): void {
    const newest = newestNs ?? -1n;
    this.#attachments++;
    this.#floorNs = later(newest, this.#letGoNs) + 1n;
    this.#wordsFloorNs = later(newest, this.#forgottenNs) + 1n;
  }

  /** Forgets everything; it has to be attached again. */
  reset(): void {
    this.#stretches = [];
    this.#ordered = undefined;
    this.#ungrouped = new Map();
    this.#gone = 0;
    this.#packed = 0;
    this.#bytes = 0;
    this.#whole = 0;
    this.#goneBytes = 0;
    this.#floorNs = undefined;
    this.#wordsFloorNs = undefined;
    this.#letGoNs = -1n;
    this.#forgottenNs = -1n;
  }

  /**
   * What is known of records of a time or later, that with the latest record first.
   * @param mayPass only where the lines may; also of records that were let go of, then
   */
  newestFirst(fromNs: bigint, mayPass?: MayPass): readonly LogStretch[] {
    this.#ordered ??= this.#stretches.toSorted((a, b) =>
      a.newestNs < b.newestNs ? 1 : a.newestNs > b.newestNs ? -1 : 0,
    );
    const wanted: Stretch[] = [];
    for (const stretch of this.#ordered) {
      const { newestNs, sinceNs, records, words } = stretch;
      if (newestNs < fromNs) break;
      if (mayPass === undefined ? records === undefined : !mayPass(words)) continue;
      if (newestNs >= sinceNs) wanted.push(stretch);
    }
    return wanted;
  }

  /** Everything handed over before this wall-clock time is in the store, ms since the epoch. */
  get loadedMs(): number {
    return this.#loadedMs;
  }

  /** Memory that may still be filled with what was in the store before; 0 when something was let go of. */
  get roomToFill(): number {
    return this.#letGoNs >= 0n ? 0 : Math.max(0, this.#budgetBytes() * FILL_SHARE - this.#bytes);
  }

  /**
   * Takes all records the store had from a time up to the floor, which moves down to it. False, and nothing is taken, when
   * records of that time are here of which nobody knows whether the store had them when it was read.
   * @param stretches packed ones in order of time
   * @param loadedMs what {@link loadedMs} was before the store was read
   */
  fill(stretches: readonly Stretch[], fromNs: bigint, loadedMs: number): boolean {
    const toNs = this.#floorNs;
    if (toNs === undefined || fromNs >= toNs || this.#letGoNs >= 0n) return false;
    const among = this.#stretches.filter(
      ({ oldestNs, newestNs, sinceNs }) => oldestNs < toNs && newestNs >= fromNs && sinceNs < toNs,
    );
    if (among.some(({ cameMs }) => cameMs >= loadedMs)) return false;
    for (const stretch of among) {
      // What comes from now on was not read.
      this.#close(stretch);
      stretch.sinceNs = toNs;
    }
    this.#stretches = [...stretches, ...this.#stretches];
    this.#ordered = undefined;
    this.#packed += stretches.length;
    for (const stretch of stretches) {
      this.#bytes += memoryOf(stretch);
      this.#group(stretch);
    }
    this.#floorNs = fromNs;
    this.#wordsFloorNs = fromNs;
    this.#limit();
    return true;
  }

  /** Resolves when nothing is being compressed. */
  async settled(): Promise<void> {
    while (this.#packing !== undefined) await this.#packing;
  }

  /** The last stretch, or a new one where that is full. */
  #stretchFor(section: Section): Stretch {
    const last = this.#stretches.at(-1);
    if (last !== undefined && !isClosed(last)) {
      if (!isFull(last, section, this.#linesOfAStretch)) return last;
      this.#close(last);
    }
    const stretch = newStretch(this.#came);
    this.#stretches.push(stretch);
    this.#bytes += memoryOf(stretch);
    return stretch;
  }

  #close(stretch: Stretch): void {
    if (isClosed(stretch)) return;
    const before = memoryOf(stretch);
    closeStretch(stretch);
    this.#bytes += memoryOf(stretch) - before;
    this.#group(stretch);
  }

  /** Words of closed stretches are put together as soon as there are enough of them with tables of one length. */
  #group(stretch: Stretch): void {
    if (!(stretch.words instanceof WordSketch) || stretch.words.ids.length > MOST_GROUPED_IDS) return;
    const { length } = stretch.words.grams;
    const alike = [...(this.#ungrouped.get(length) ?? []), stretch];
    if (alike.length < GROUP_SIZE) {
      this.#ungrouped.set(length, alike);
      return;
    }
    this.#ungrouped.delete(length);
    const group = new WordGroup(alike.map(({ words }) => words).filter((words) => words instanceof WordSketch));
    for (const [member, one] of alike.entries()) {
      const words = new GroupedWords(group, member);
      const more = words.bytes - one.words.bytes;
      if (one.records === undefined) this.#goneBytes += more;
      else this.#bytes += more;
      one.words = words;
    }
  }

  #forgetWords(stretch: Stretch): void {
    const { words, newestNs } = stretch;
    this.#goneBytes -= words.bytes;
    this.#forgottenNs = later(this.#forgottenNs, newestNs);
    if (this.#wordsFloorNs !== undefined) this.#wordsFloorNs = later(this.#wordsFloorNs, newestNs + 1n);
    if (!(words instanceof WordSketch)) return;
    const { length } = words.grams;
    const alike = this.#ungrouped.get(length) ?? [];
    this.#ungrouped.set(
      length,
      alike.filter((one) => one !== stretch),
    );
  }

  /** Compresses the first of the whole stretches when they are too many, one at a time. */
  #packNext(): void {
    if (this.#packing !== undefined || this.#cannotPack || this.#whole <= this.#wholeBytes) return;
    const stretch = this.#stretches[Math.max(this.#packed, this.#gone)];
    if (stretch === undefined || !isClosed(stretch) || !(stretch.records instanceof WholeSections)) return;
    this.#packing = this.#pack(stretch, stretch.records).finally(() => {
      this.#packing = undefined;
      this.#packNext();
    });
  }

  async #pack(stretch: Stretch, whole: WholeSections): Promise<void> {
    try {
      const packed = await packSections(whole.sections);
      // Meanwhile it may have been let go of.
      if (stretch.records !== whole || this.#stretches[Math.max(this.#packed, this.#gone)] !== stretch) return;
      this.#bytes -= memoryOf(stretch);
      stretch.records = packed;
      this.#bytes += memoryOf(stretch);
      this.#whole -= blockBytes(whole);
      whole.replaceWith(packed);
      this.#packed = Math.max(this.#packed, this.#gone) + 1;
    } catch (error) {
      this.#cannotPack = true;
      this.#onError(error);
    }
  }

  /** Lets go of what came first until the budget is kept. */
  #limit(): void {
    const budget = this.#budgetBytes();
    while (this.#gone < this.#stretches.length && this.#bytes > budget) {
      const stretch = this.#stretches[this.#gone] as Stretch;
      const isLoaded = stretch.cameMs < this.#loadedMs;
      if (!isLoaded && this.#bytes <= budget * STRETCH) break;
      if (!isLoaded) this.forcedEvictions += stretch.sections;
      this.#letGo(stretch);
    }
    let forgotten = 0;
    while (forgotten < this.#gone && this.#goneBytes > budget * WORDS_SHARE) {
      this.#forgetWords(this.#stretches[forgotten++] as Stretch);
    }
    if (forgotten === 0) return;
    this.#stretches = this.#stretches.slice(forgotten);
    this.#ordered = undefined;
    this.#gone -= forgotten;
    this.#packed = Math.max(0, this.#packed - forgotten);
  }

  #letGo(stretch: Stretch): void {
    this.#close(stretch);
    this.#bytes -= memoryOf(stretch);
    if (stretch.records instanceof WholeSections) this.#whole -= blockBytes(stretch.records);
    stretch.records = undefined;
    stretch.streamIds = new BigUint64Array(0);
    this.#gone++;
    this.#goneBytes += stretch.words.bytes;
    this.#letGoNs = later(this.#letGoNs, stretch.newestNs);
    if (this.#floorNs !== undefined) this.#floorNs = later(this.#floorNs, stretch.newestNs + 1n);
  }
}

const isClosed = ({ streamIds }: Stretch): boolean => streamIds instanceof BigUint64Array;

function blockBytes({ sections }: WholeSections): number {
  return sections.reduce((sum, { block }) => sum + block.length, 0);
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
