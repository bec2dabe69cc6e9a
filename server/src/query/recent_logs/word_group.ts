import { lowerBound } from '../../base/lower_bound.ts';
import { SHORTEST_ID, type SoughtText, type SoughtWord, type WordSketch } from './word_sketch.ts';

/** Sketches of a group: one bit of a number each. */
export const GROUP_SIZE = 32;
/** Low bits of the hash of an id that make room for the number of the sketch. */
const MEMBER_MASK = GROUP_SIZE - 1;

/**
 * 32 closed sketches with tables of one length, turned on their side: a bit of all of them is one number, so that a text is
 * looked for in 32 stretches by reading a number for each of its runs of bytes, where each sketch lies in other memory.
 */
export class WordGroup {
  /** By bit of the tables: which sketches have it. */
  readonly #grams: Uint32Array;
  /** In order: the high 27 bits of an id's hash, and which sketch has it. */
  readonly #ids: Uint32Array;
  readonly #longestIds: readonly number[];

  /** @param sketches closed, {@link GROUP_SIZE} of them. Throws RangeError otherwise, and where their tables differ in length. */
  constructor(sketches: readonly WordSketch[]) {
    this.#grams = onTheirSide(sketches.map(({ grams }) => grams));
    this.#ids = idsOf(sketches);
    this.#longestIds = sketches.map(({ longestId }) => longestId);
  }

  /** Memory it takes. */
  get bytes(): number {
    return this.#grams.byteLength + this.#ids.byteLength;
  }

  /** In which sketches some line may hold the text: bit i for the i-th. */
  mayHold(text: SoughtText): number {
    let members = -1;
    for (const word of text) {
      members &= this.#mayHoldWord(word);
      if (members === 0) break;
    }
    return members;
  }

  #mayHoldWord({ grams, id, length, isWhole }: SoughtWord): number {
    const mask = this.#grams.length - 1;
    let members = -1;
    for (let i = 0; i < grams.length && members !== 0; i++)
      members &= this.#grams[(grams[i] as number) & mask] as number;
    if (id === undefined || members === -1) return members;
    if (!isWhole) members |= this.#withLongerId(length);
    return length < SHORTEST_ID ? members : members | this.#withId(id);
  }

  #withLongerId(length: number): number {
    let members = 0;
    for (let member = 0; member < GROUP_SIZE; member++)
      if ((this.#longestIds[member] as number) > length) members |= 1 << member;
    return members;
  }

  #withId(id: number): number {
    const ids = this.#ids;
    const first = (id & ~MEMBER_MASK) >>> 0;
    let members = 0;
    for (let at = lowerBound(ids, first); at < ids.length; at++) {
      const member = (ids[at] as number) - first;
      if (member > MEMBER_MASK) break;
      members |= 1 << member;
    }
    return members;
  }
}

/** One of a group. */
export class GroupedWords {
  readonly group: WordGroup;
  /** Its bit. */
  readonly member: number;
  /** Its share of the memory that the group takes, which is given back when the last of them is. */
  readonly bytes: number;

  constructor(group: WordGroup, member: number) {
    this.group = group;
    this.member = member;
    this.bytes = group.bytes / GROUP_SIZE;
  }

  /** Whether some line may hold the text. */
  mayHold(text: SoughtText): boolean {
    return ((this.group.mayHold(text) >>> this.member) & 1) === 1;
  }
}

/** What is known of the lines of a stretch: by itself, or among those of others. */
export type LineWords = WordSketch | GroupedWords;

function onTheirSide(tables: readonly Uint32Array[]): Uint32Array {
  const words = tables[0]?.length ?? 0;
  if (tables.length !== GROUP_SIZE || tables.some(({ length }) => length !== words))
    throw new RangeError(`${tables.length} tables of ${tables.map(({ length }) => length)} words`);
  const grams = new Uint32Array(words * 32);
  for (const [member, table] of tables.entries()) {
    const bit = 1 << member;
    for (let word = 0; word < words; word++) {
      for (let left = table[word] as number; left !== 0; left &= left - 1) {
        const at = word * 32 + 31 - Math.clz32(left & -left);
        grams[at] = (grams[at] as number) | bit;
      }
    }
  }
  return grams;
}

function idsOf(sketches: readonly WordSketch[]): Uint32Array {
  const all = new Uint32Array(sketches.reduce((sum, { ids }) => sum + ids.length, 0));
  let count = 0;
  for (const [member, { ids }] of sketches.entries())
    for (const id of ids) all[count++] = ((id & ~MEMBER_MASK) | member) >>> 0;
  all.sort();
  // An id often stands in several lines of a stretch.
  let kept = 0;
  for (const id of all) if (kept === 0 || id !== all[kept - 1]) all[kept++] = id;
  return all.slice(0, kept);
}
