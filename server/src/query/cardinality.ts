import type { Matcher } from '../model/labels.ts';
import { createBudget } from './promql/context.ts';
import type { SeriesIndex, TimeRange } from './series_index.ts';

export interface Counted {
  readonly name: string;
  readonly series: number;
}

/** What makes the number of series, each list largest first. */
export interface Cardinality {
  readonly series: number;
  readonly allSeries: number;
  readonly metrics: readonly Counted[];
  readonly metricCount: number;
  /** Labels by how many values they have. */
  readonly labels: readonly (Counted & { readonly values: number })[];
  readonly labelCount: number;
  readonly pairs: readonly (Counted & { readonly value: string })[];
  readonly services: readonly Counted[];
  /** Values of the label that was asked for. */
  readonly values: readonly { readonly value: string; readonly series: number }[];
  readonly valueCount: number;
}

/** Which series are looked at. */
export interface CardinalityQuestion {
  readonly matchers: readonly Matcher[];
  /** Only those of one service. */
  readonly service?: string | undefined;
  /** Also list the values of this label. */
  readonly label?: string | undefined;
  readonly range: TimeRange;
  /** Length of each list. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

/** Label values between two looks at the clock. */
const VALUES_A_LOOK = 64;

/** Labels that name the service of a series, the surest first: what OTLP and Loki senders say, then the scrape job. */
const SERVICE_LABELS = ['service', 'service_name', 'service.name', 'job'] as const;

/** Keeps the largest few of many. */
class Largest<T> {
  readonly #limit: number;
  #kept: { readonly weight: number; readonly item: T }[] = [];
  #least = 0;
  constructor(limit: number) {
    this.#limit = limit;
  }
  add(weight: number, item: T): void {
    if (weight <= this.#least) return;
    this.#kept.push({ weight, item });
    if (this.#kept.length >= this.#limit * 4) this.#cut();
  }
  items(): readonly T[] {
    this.#cut();
    return this.#kept.map(({ item }) => item);
  }
  #cut(): void {
    this.#kept.sort((a, b) => b.weight - a.weight);
    this.#kept = this.#kept.slice(0, this.#limit);
    if (this.#kept.length === this.#limit) this.#least = this.#kept.at(-1)?.weight ?? 0;
  }
}

/**
 * Counts the series of an index that satisfy the matchers and were in use in the range; those that come meanwhile are not
 * counted. A million series take a second and more, so other queries get their turn in between.
 * Throws PromqlError when it is cancelled.
 */
export async function cardinality(index: SeriesIndex, question: CardinalityQuestion): Promise<Cardinality> {
  const { matchers, service, label, range, limit, signal } = question;
  const unbounded = Number.POSITIVE_INFINITY;
  const budget = createBudget({ maxSamples: unbounded, deadlineMs: unbounded, signal }, () => performance.now());
  let looked = 0;
  const { names, ofReference } = servicesOf(index);
  const only = service === undefined ? -1 : names.indexOf(service);
  const found = index.select(matchers, range);
  const selected = service === undefined ? found : found.filter((reference) => ofReference[reference] === only);
  const chosen = new Uint8Array(index.size);
  for (const reference of selected) chosen[reference] = 1;
  const allSeries = index.select([], range).length;
  await budget.pause();
  const metrics = new Largest<Counted>(limit);
  const labels = new Largest<Counted & { values: number }>(limit);
  const pairs = new Largest<Counted & { value: string }>(limit);
  const listed = new Largest<{ value: string; series: number }>(limit);
  let [metricCount, labelCount, valueCount] = [0, 0, 0];
  for (const { name, values } of index.postings()) {
    let [distinct, total] = [0, 0];
    for (const { value, references } of values) {
      if (++looked % VALUES_A_LOOK === 0 && budget.due()) await budget.pause();
      const series = countChosen(references, chosen);
      if (series === 0) continue;
      distinct++;
      total += series;
      if (name === '__name__') metrics.add(series, { name: value, series });
      else pairs.add(series, { name, value, series });
      if (name === label) listed.add(series, { value, series });
    }
    if (name === label) valueCount = distinct;
    if (name === '__name__') metricCount = distinct;
    else if (distinct > 0) {
      labelCount++;
      labels.add(distinct, { name, values: distinct, series: total });
    }
  }
  return {
    series: selected.length,
    allSeries,
    metrics: metrics.items(),
    metricCount,
    labels: labels.items(),
    labelCount,
    pairs: pairs.items(),
    services: seriesByService(names, ofReference, selected).slice(0, limit),
    values: listed.items(),
    valueCount,
  };
}

function seriesByService(
  names: readonly string[],
  ofReference: Uint32Array,
  selected: Uint32Array,
): readonly Counted[] {
  const services = names.map((name) => ({ name, series: 0 }));
  for (const reference of selected) {
    const service = services[ofReference[reference] as number];
    if (service !== undefined) service.series++;
  }
  return services.filter(({ series }) => series > 0).sort((a, b) => b.series - a.series);
}

function countChosen(references: Uint32Array, chosen: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < references.length; i++) count += chosen[references[i] as number] ?? 0;
  return count;
}

/** The service of every series: `names[ofReference[r]]`, where number 0 is the empty name of those that name none. */
export function servicesOf(index: SeriesIndex): {
  readonly names: readonly string[];
  readonly ofReference: Uint32Array;
} {
  const numbers = new Map<string, number>([['', 0]]);
  const ofReference = new Uint32Array(index.size);
  const byLabel = new Map([...index.postings()].map(({ name, values }) => [name, values]));
  for (const label of SERVICE_LABELS) {
    for (const { value, references } of byLabel.get(label) ?? []) {
      const number = numbers.get(value) ?? numbers.size;
      numbers.set(value, number);
      for (let i = 0; i < references.length; i++) {
        const reference = references[i] as number;
        if (ofReference[reference] === 0) ofReference[reference] = number;
      }
    }
  }
  return { names: [...numbers.keys()], ofReference };
}
