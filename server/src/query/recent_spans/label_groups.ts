import type { FieldLabel, FieldLabels, LabelReader } from './field_labels.ts';

/** Larger than any number of labels: two are one number. */
const MOST_CODES = 2 ** 26;
/** Pairs of numbers below this are found without hashing. */
const FEW_CODES = 256;
const UNKNOWN = -1;

/** Pairs of numbers below 2^26, numbered in the order they are met. */
export class Pairings {
  readonly #fewCodes = new Int32Array(FEW_CODES * FEW_CODES).fill(UNKNOWN);
  readonly #codes = new Map<number, number>();
  readonly #first: number[] = [];
  readonly #second: number[] = [];

  codeOf(first: number, second: number): number {
    if (first < FEW_CODES && second < FEW_CODES) {
      const at = first * FEW_CODES + second;
      const known = this.#fewCodes[at] as number;
      if (known !== UNKNOWN) return known;
      const code = this.#add(first, second);
      this.#fewCodes[at] = code;
      return code;
    }
    const key = first * MOST_CODES + second;
    const known = this.#codes.get(key);
    if (known !== undefined) return known;
    const code = this.#add(first, second);
    this.#codes.set(key, code);
    return code;
  }

  #add(first: number, second: number): number {
    this.#second.push(second);
    return this.#first.push(first) - 1;
  }

  partsOf(code: number): readonly [first: number, second: number] {
    return [this.#first[code] as number, this.#second[code] as number];
  }
}

/** Combinations of labels, one of each field, as numbers. */
export class LabelGroups {
  readonly #fields: readonly FieldLabels[];
  /** Of what came before with the second field and each after it. */
  readonly #levels: readonly Pairings[];
  readonly #labels = new Map<number, readonly FieldLabel[]>();

  constructor(fields: readonly FieldLabels[]) {
    this.#fields = fields;
    this.#levels = fields.slice(1).map(() => new Pairings());
  }

  /** The combination of a row. @param readers of the fields, in their order */
  of(readers: readonly LabelReader[], row: number): number {
    const first = readers[0];
    if (first === undefined) return 0;
    let group = first(row);
    for (let i = 0; i < this.#levels.length; i++)
      group = (this.#levels[i] as Pairings).codeOf(group, (readers[i + 1] as LabelReader)(row));
    return group;
  }

  /** The labels of a combination, the very same whenever asked. */
  labels(group: number): readonly FieldLabel[] {
    const known = this.#labels.get(group);
    if (known !== undefined) return known;
    const codes: number[] = [];
    let rest = group;
    for (const level of this.#levels.toReversed()) {
      const [before, label] = level.partsOf(rest);
      codes.unshift(label);
      rest = before;
    }
    codes.unshift(rest);
    const labels = this.#fields.map((field, i) => field.labels[codes[i] as number] as FieldLabel);
    this.#labels.set(group, labels);
    return labels;
  }
}
