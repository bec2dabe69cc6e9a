import type { Labels, Matcher } from '../model/labels.ts';
import { grown, IdTable } from './id_table.ts';
import { type ValuePredicate, valuePredicate } from './value_predicate.ts';

/** A stretch of time, milliseconds since the epoch, both ends included. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const MS_PER_DAY = 86_400_000;
/** Label sets kept as arrays, so that asking again costs nothing. */
const LABEL_SETS_REMEMBERED = 50_000;
const VOCABULARIES_REMEMBERED = 64;
/** References in remembered selections, four bytes each. */
const SELECTED_REMEMBERED = 4_000_000;

/** References of one label value, ascending because references only grow. */
interface Postings {
  readonly pair: number;
  references: Uint32Array<ArrayBuffer>;
  count: number;
}

/** A selection as it came out, for as long as the index and the asked days stay what they were. */
interface Selected {
  readonly version: number;
  readonly fromDay: number;
  readonly toDay: number;
  readonly references: Uint32Array;
}

/**
 * Label sets by id, in memory: metric series and log streams alike. Fed by {@link createIndexFeed}; queried by matchers.
 *
 * A *reference* is the dense number of a label set within this index (0, 1, 2 …): use it as an array index, never store it.
 * Stored ids are UInt64, held as two halves (`idHigh`, `idLow`). Label names, values and pairs are interned, so a label
 * set costs four bytes a label plus four bytes of postings a label.
 * Days: a label set was in use from `firstDay` to `lastDay` (UTC days since the epoch); selections leave out those whose
 * days do not touch the asked range.
 */
export class SeriesIndex {
  readonly #ids = new IdTable();
  #firstDay = new Uint16Array(512);
  #lastDay = new Uint16Array(512);
  /** Pairs of reference r: #pairs[#offsets[r] … #offsets[r + 1]). */
  #offsets: Uint32Array<ArrayBuffer> = new Uint32Array(513);
  #pairs: Uint32Array<ArrayBuffer> = new Uint32Array(4096);
  readonly #pairNames: string[] = [];
  readonly #pairValues: string[] = [];
  readonly #names = new Map<string, Map<string, Postings>>();
  readonly #labelSets = new Map<number, Labels>();
  /** Goes up with every change a selection could show. */
  #version = 0;
  readonly #counted = new Map<string, ReadonlyMap<string, number>>();
  #countedAt = 0;
  /** By the list of matchers itself: those of a query that is remembered stay the same object. */
  #selected = new WeakMap<readonly Matcher[], Selected>();
  #selectedReferences = 0;

  get size(): number {
    return this.#ids.size;
  }

  get idHigh(): Uint32Array {
    return this.#ids.idHigh;
  }

  get idLow(): Uint32Array {
    return this.#ids.idLow;
  }

  /** The reference of a stored id, or -1. */
  find(high: number, low: number): number {
    return this.#ids.find(high, low);
  }

  /** Notes that a known label set was in use between two days. */
  touch(reference: number, firstDay: number, lastDay: number): void {
    if (firstDay < (this.#firstDay[reference] as number)) {
      this.#firstDay[reference] = firstDay;
      this.#version++;
    }
    if (lastDay > (this.#lastDay[reference] as number)) {
      this.#lastDay[reference] = lastDay;
      this.#version++;
    }
  }

  /** Takes a label set out of every selection until it is touched again: its data has been deleted. */
  forget(reference: number): void {
    this.#firstDay[reference] = 0xffff;
    this.#lastDay[reference] = 0;
    this.#version++;
  }

  /** Adds a label set whose id is not known yet and returns its reference. */
  add(high: number, low: number, firstDay: number, lastDay: number, labels: Labels): number {
    const reference = this.#ids.add(high, low);
    this.#version++;
    if (reference >= this.#firstDay.length) {
      this.#firstDay = doubled(this.#firstDay);
      this.#lastDay = doubled(this.#lastDay);
    }
    if (reference + 1 >= this.#offsets.length) this.#offsets = grown(this.#offsets);
    this.#firstDay[reference] = firstDay;
    this.#lastDay[reference] = lastDay;
    let end = this.#offsets[reference] as number;
    for (let i = 0; i < labels.length; i += 2) {
      const postings = this.#postings(labels[i] as string, labels[i + 1] as string);
      if (end >= this.#pairs.length) this.#pairs = grown(this.#pairs);
      this.#pairs[end++] = postings.pair;
      if (postings.count === postings.references.length) postings.references = grown(postings.references);
      postings.references[postings.count++] = reference;
    }
    this.#offsets[reference + 1] = end;
    return reference;
  }

  /** The reference of some set that has a label, or -1. */
  someWith(name: string, value: string): number {
    return this.#names.get(name)?.get(value)?.references[0] ?? -1;
  }

  /** The label set of a reference; the same array as long as it is remembered. */
  labels(reference: number): Labels {
    const known = this.#labelSets.get(reference);
    if (known !== undefined) return known;
    if (this.#labelSets.size >= LABEL_SETS_REMEMBERED) this.#labelSets.clear();
    const labels = this.#makeLabels(reference);
    this.#labelSets.set(reference, labels);
    return labels;
  }

  #makeLabels(reference: number): Labels {
    const labels: string[] = [];
    const end = this.#offsets[reference + 1] as number;
    for (let i = this.#offsets[reference] as number; i < end; i++) {
      const pair = this.#pairs[i] as number;
      labels.push(this.#pairNames[pair] as string, this.#pairValues[pair] as string);
    }
    return labels;
  }

  id(reference: number): bigint {
    return (BigInt(this.#ids.idHigh[reference] as number) << 32n) | BigInt(this.#ids.idLow[reference] as number);
  }

  /**
   * What {@link select} gives, remembered for this very list of matchers, as a query that is remembered has it; not to be
   * written to.
   */
  selectAgain(matchers: readonly Matcher[], range: TimeRange): Uint32Array {
    const fromDay = Math.floor(range.fromMs / MS_PER_DAY);
    const toDay = Math.floor(range.toMs / MS_PER_DAY);
    const version = this.#version;
    const known = this.#selected.get(matchers);
    if (known !== undefined && known.version === version && known.fromDay === fromDay && known.toDay === toDay)
      return known.references;
    const references = this.select(matchers, range);
    if (this.#selectedReferences > SELECTED_REMEMBERED) {
      this.#selected = new WeakMap();
      this.#selectedReferences = 0;
    }
    this.#selectedReferences += references.length;
    this.#selected.set(matchers, { version, fromDay, toDay, references });
    return references;
  }

  /**
   * References of the label sets that satisfy every matcher and were in use in the range, ascending.
   * Throws Error on a pattern that does not compile.
   */
  select(matchers: readonly Matcher[], range: TimeRange): Uint32Array {
    const predicates = matchers.map(valuePredicate);
    let current: Uint32Array | undefined;
    for (const predicate of predicates) {
      if (predicate.matchesEmpty) continue;
      const found = this.#having(predicate);
      current = current === undefined ? found : intersect(current, found);
      if (current.length === 0) return current;
    }
    current ??= this.#all();
    for (const predicate of predicates) {
      if (predicate.matchesEmpty) current = this.#without(current, predicate);
    }
    return this.#during(current, range);
  }

  #all(): Uint32Array<ArrayBuffer> {
    const references = new Uint32Array(this.size);
    for (let i = 0; i < references.length; i++) references[i] = i;
    return references;
  }

  /** A vocabulary asked for without matchers, as long as the index and the asked days stay what they were. */
  #remembered(
    name: string | undefined,
    { fromMs, toMs }: TimeRange,
    count: () => ReadonlyMap<string, number>,
  ): ReadonlyMap<string, number> {
    if (this.#countedAt !== this.#version || this.#counted.size >= VOCABULARIES_REMEMBERED) this.#counted.clear();
    this.#countedAt = this.#version;
    const key = `${Math.floor(fromMs / MS_PER_DAY)} ${Math.floor(toMs / MS_PER_DAY)} ${name === undefined ? 'names' : `values ${name}`}`;
    const known = this.#counted.get(key);
    if (known !== undefined) return known;
    const counts = count();
    this.#counted.set(key, counts);
    return counts;
  }

  /** Label names of the selected sets (of all in the range without matchers), with how many sets have each; sorted. */
  labelNames(matchers: readonly Matcher[], range: TimeRange): ReadonlyMap<string, number> {
    if (matchers.length > 0) return this.#countNames(matchers, range);
    return this.#remembered(undefined, range, () => this.#countNames(matchers, range));
  }

  #countNames(matchers: readonly Matcher[], range: TimeRange): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    const references = this.select(matchers, range);
    if (references.length === this.size) {
      for (const [name, values] of this.#names) {
        let count = 0;
        for (const postings of values.values()) count += postings.count;
        counts.set(name, count);
      }
      return sorted(counts);
    }
    const names = this.#pairNames;
    for (const reference of references) {
      for (let i = this.#offsets[reference] as number; i < (this.#offsets[reference + 1] as number); i++) {
        const name = names[this.#pairs[i] as number] as string;
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
    return sorted(counts);
  }

  /** Values of a label among the selected sets, with how many sets have each; sorted. */
  labelValues(name: string, matchers: readonly Matcher[], range: TimeRange): ReadonlyMap<string, number> {
    if (matchers.length > 0) return this.#countValues(name, matchers, range);
    return this.#remembered(name, range, () => this.#countValues(name, matchers, range));
  }

  #countValues(name: string, matchers: readonly Matcher[], range: TimeRange): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    const values = this.#names.get(name);
    if (values === undefined) return counts;
    const selected = this.select(matchers, range);
    if (selected.length === this.size) {
      for (const [value, postings] of values) counts.set(value, postings.count);
      return sorted(counts);
    }
    const chosen = new Uint8Array(this.size);
    for (const reference of selected) chosen[reference] = 1;
    for (const [value, postings] of values) {
      let count = 0;
      for (let i = 0; i < postings.count; i++) count += chosen[postings.references[i] as number] as number;
      if (count > 0) counts.set(value, count);
    }
    return sorted(counts);
  }

  /** Every label name with its values and the references that have each; the arrays are the index's own, not to be kept. */
  *postings(): Iterable<{
    readonly name: string;
    readonly values: Iterable<{ readonly value: string; readonly references: Uint32Array }>;
  }> {
    for (const [name, values] of this.#names) yield { name, values: referencesOf(values) };
  }

  #postings(name: string, value: string): Postings {
    let values = this.#names.get(name);
    if (values === undefined) {
      values = new Map();
      this.#names.set(name, values);
    }
    let postings = values.get(value);
    if (postings === undefined) {
      postings = { pair: this.#pairNames.length, references: new Uint32Array(2), count: 0 };
      this.#pairNames.push(name);
      this.#pairValues.push(value);
      values.set(value, postings);
    }
    return postings;
  }

  #matching(predicate: ValuePredicate): readonly Postings[] {
    const values = this.#names.get(predicate.name);
    if (values === undefined) return [];
    if (predicate.only !== undefined) return predicate.only.flatMap((value) => values.get(value) ?? []);
    const found: Postings[] = [];
    for (const [value, postings] of values) if (predicate.matches(value)) found.push(postings);
    return found;
  }

  /** References that have a matching value; a label set has one value a name, so lists never overlap. */
  #having(predicate: ValuePredicate): Uint32Array {
    const lists = this.#matching(predicate);
    const [first] = lists;
    if (first === undefined) return new Uint32Array(0);
    if (lists.length === 1) return first.references.subarray(0, first.count);
    const union = new Uint32Array(lists.reduce((sum, list) => sum + list.count, 0));
    let end = 0;
    for (const list of lists) {
      union.set(list.references.subarray(0, list.count), end);
      end += list.count;
    }
    return union.sort();
  }

  /** Takes away references whose value does not match; those without the label stay. */
  #without(current: Uint32Array, predicate: ValuePredicate): Uint32Array {
    const values = this.#names.get(predicate.name);
    if (values === undefined) return current;
    const excluded = new Uint8Array(this.size);
    for (const [value, postings] of values) {
      if (predicate.matches(value)) continue;
      for (let i = 0; i < postings.count; i++) excluded[postings.references[i] as number] = 1;
    }
    return current.filter((reference) => excluded[reference] === 0);
  }

  #during(references: Uint32Array, { fromMs, toMs }: TimeRange): Uint32Array {
    const from = Math.floor(fromMs / MS_PER_DAY);
    const to = Math.floor(toMs / MS_PER_DAY);
    const inUse = (reference: number): boolean =>
      (this.#firstDay[reference] as number) <= to && (this.#lastDay[reference] as number) >= from;
    return references.every(inUse) ? references.slice() : references.filter(inUse);
  }
}

function* referencesOf(values: ReadonlyMap<string, Postings>): Iterable<{
  readonly value: string;
  readonly references: Uint32Array;
}> {
  for (const [value, { references, count }] of values) yield { value, references: references.subarray(0, count) };
}

/** Two ascending lists; the shorter one is looked up in the longer by galloping. */
function intersect(a: Uint32Array, b: Uint32Array): Uint32Array {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  const out = new Uint32Array(short.length);
  let count = 0;
  let at = 0;
  for (const wanted of short) {
    let step = 1;
    let low = at;
    while (at + step < long.length && (long[at + step] as number) < wanted) {
      low = at + step;
      step *= 2;
    }
    let high = Math.min(at + step, long.length - 1);
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((long[middle] as number) < wanted) low = middle + 1;
      else high = middle;
    }
    at = low;
    if (long[at] === wanted) out[count++] = wanted;
  }
  return out.subarray(0, count);
}

function doubled(array: Uint16Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  const bigger = new Uint16Array(array.length * 2);
  bigger.set(array);
  return bigger;
}

function sorted(counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
