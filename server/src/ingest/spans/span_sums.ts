import { type Labels, labelsFrom } from '../../model/labels.ts';
import { type Edge, EdgePairing } from './edges.ts';
import type { ExemplarSpan, HalfEdge, SpanFacts } from './facts.ts';
import {
  EDGE_HISTOGRAM,
  KEY_SEPARATOR,
  OVERFLOW_LABEL,
  SPAN_FAMILIES,
  SPAN_KIND_LABELS,
  type SpanFamilyName,
  STATUS_CODE_LABELS,
} from './span_families.ts';
import { addHistogram, decodeSums, newSums, observe, type Sums } from './sums.ts';

/** What is known of one key: an operation, or an edge. */
export interface SpanSeries {
  readonly family: SpanFamilyName;
  readonly key: string;
  /** The key's labels, without a name. */
  readonly labels: Labels;
  readonly sums: Sums;
  /** Label sets of its series by name and bound, once they have been written. */
  readonly labelSets: Map<string, Labels>;
  /** No sample of it has ever been written: it begins with zeros. */
  isNew: boolean;
  /** It has counted something that is not written. */
  changed: boolean;
  changedMs: number;
  writtenMs: number;
  /** The slowest span since samples were written last. */
  exemplar: ExemplarSpan | undefined;
}

/** Sides of requests kept until it is known what earlier runs had counted; beyond it they are left out and counted. */
const MOST_EARLY = 200_000;

/** What an earlier run had counted. */
export interface EarlierSums {
  readonly series: readonly { readonly key: string; readonly sums: Uint8Array<ArrayBuffer>; readonly timeMs: number }[];
  readonly waiting: readonly { readonly half: HalfEdge; readonly matched: boolean }[];
  /** What was counted after these sums were written. */
  readonly facts: readonly SpanFacts[];
}

/** Values of a family's labels in their order; empty where it has fewer. */
type Words = readonly [string, string, string, string];
type ByWords = Map<string, Map<string, Map<string, Map<string, SpanSeries>>>>;

/** Facts summed up since the beginning, of one tenant. */
export class SpanSums {
  readonly #limit: number;
  readonly #pairing: EdgePairing;
  readonly #series = new Map<string, SpanSeries>();
  readonly #byWords: Readonly<Record<SpanFamilyName, ByWords>> = { calls: new Map(), edges: new Map() };
  /** Sides of requests that came before it was known what earlier runs had counted: they may be the same ones again. */
  #early: { readonly half: HalfEdge; readonly timeMs: number }[] | undefined = [];
  /** Spans and edges counted in a series of overflow, since the start. */
  overflowed = 0;

  /** Of more keys than `limit` the rest is one series of each family. */
  constructor(limit: number, edgeWaitMs: number) {
    this.#limit = limit;
    this.#pairing = new EdgePairing(edgeWaitMs);
  }

  get size(): number {
    return this.#series.size;
  }

  get pairing(): EdgePairing {
    return this.#pairing;
  }

  all(): Iterable<SpanSeries> {
    return this.#series.values();
  }

  add({ timeMs, calls, halves }: SpanFacts): void {
    const { bounds } = SPAN_FAMILIES.calls;
    for (const { service, name, kind, status, weight, bytes, durations, exemplar } of calls) {
      const words = [service, name, SPAN_KIND_LABELS[kind] ?? '', STATUS_CODE_LABELS[status] ?? ''] as const;
      const series = this.#of('calls', words, durations.length, timeMs);
      const { counters, histograms } = series.sums;
      counters[0] = (counters[0] ?? 0) + durations.length * weight;
      counters[1] = (counters[1] ?? 0) + bytes;
      const latency = histograms[0];
      if (latency !== undefined) for (const nanos of durations) observe(latency, bounds, nanos / 1e9, weight);
      if (exemplar !== undefined && exemplar.seconds >= (series.exemplar?.seconds ?? 0)) series.exemplar = exemplar;
    }
    for (const half of halves) this.#addHalf(half, timeMs);
  }

  #addHalf(half: HalfEdge, timeMs: number): void {
    if (this.#early === undefined) this.#pairing.add(half, timeMs, (edge) => this.#addEdge(edge, timeMs));
    else if (this.#early.length < MOST_EARLY) this.#early.push({ half, timeMs });
    else this.#pairing.early++;
  }

  /** Lets edges go that have waited long enough. */
  expire(nowMs: number): void {
    this.#pairing.expire(nowMs, (edge) => this.#addEdge(edge, nowMs));
  }

  /** Adds what an earlier run had counted. */
  restore({ series, waiting, facts }: EarlierSums, nowMs: number): void {
    for (const { key, sums, timeMs } of series) this.#restoreSeries(key, sums, timeMs);
    for (const { half, matched } of waiting) this.#pairing.restore(half, matched, nowMs);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const each of facts) this.add({ ...each, timeMs: nowMs });
    for (const { half, timeMs } of early) this.#addHalf(half, timeMs);
  }

  #restoreSeries(key: string, bytes: Uint8Array<ArrayBuffer>, timeMs: number): void {
    const [name, ...labels] = key.split(KEY_SEPARATOR);
    if (name !== 'calls' && name !== 'edges') return;
    const family = SPAN_FAMILIES[name];
    const earlier = decodeSums(bytes, family);
    const known = this.#series.get(key) ?? this.#make(name, key, labels);
    for (const [i, counter] of earlier.counters.entries())
      known.sums.counters[i] = (known.sums.counters[i] ?? 0) + counter;
    for (const [i, histogram] of known.sums.histograms.entries())
      addHistogram(histogram, earlier.histograms[i] ?? histogram, 1);
    known.isNew = false;
    known.changedMs = Math.max(known.changedMs, timeMs);
  }

  #addEdge(edge: Edge, nowMs: number): void {
    const { sums } = this.#of('edges', [edge.client, edge.server, edge.connection, ''], 1, nowMs);
    sums.counters[0] = (sums.counters[0] ?? 0) + edge.weight;
    if (edge.failed) sums.counters[1] = (sums.counters[1] ?? 0) + edge.weight;
    const seen = (place: number, seconds: number | undefined): void => {
      const histogram = sums.histograms[place];
      if (seconds !== undefined && histogram !== undefined)
        observe(histogram, SPAN_FAMILIES.edges.bounds, seconds, edge.weight);
    };
    seen(EDGE_HISTOGRAM.server, edge.serverSeconds);
    seen(EDGE_HISTOGRAM.client, edge.clientSeconds);
    seen(EDGE_HISTOGRAM.messaging, edge.messagingSeconds);
  }

  /** The series of these labels, or that of all beyond the limit. */
  #of(family: SpanFamilyName, words: Words, count: number, nowMs: number): SpanSeries {
    const series = this.#found(family, words) ?? this.#made(family, words, count);
    series.changed = true;
    series.changedMs = nowMs;
    return series;
  }

  /** Finds a series by its words, which spares to join them for every span. */
  #found(family: SpanFamilyName, [first, second, third, fourth]: Words): SpanSeries | undefined {
    return this.#byWords[family].get(first)?.get(second)?.get(third)?.get(fourth);
  }

  #made(family: SpanFamilyName, words: Words, count: number): SpanSeries {
    const labels = words.slice(0, SPAN_FAMILIES[family].labels.length);
    const key = keyOf(family, labels);
    let series = this.#series.get(key);
    if (series === undefined && this.#series.size >= this.#limit) {
      this.overflowed += count;
      return this.#series.get(family) ?? this.#make(family, family, []);
    }
    series ??= this.#make(family, key, labels);
    const [first, second, third, fourth] = words;
    inner(inner(inner(this.#byWords[family], first), second), third).set(fourth, series);
    return series;
  }

  #make(name: SpanFamilyName, key: string, values: readonly string[]): SpanSeries {
    const family = SPAN_FAMILIES[name];
    const labels =
      values.length === 0
        ? [OVERFLOW_LABEL, 'true']
        : labelsFrom(family.labels.map((label, i) => [label, values[i] ?? ''] as const));
    const series: SpanSeries = {
      family: name,
      key,
      labels,
      sums: newSums(family),
      labelSets: new Map(),
      isNew: true,
      changed: false,
      changedMs: 0,
      writtenMs: 0,
      exemplar: undefined,
    };
    this.#series.set(key, series);
    return series;
  }
}

/** The map under a key, which is made when there is none. */
function inner<Value>(map: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = new Map<string, Value>();
  map.set(key, made);
  return made;
}

function keyOf(family: SpanFamilyName, labels: readonly string[]): string {
  let key: string = family;
  for (const label of labels)
    key += KEY_SEPARATOR + (label.includes(KEY_SEPARATOR) ? label.replaceAll(KEY_SEPARATOR, '') : label);
  return key;
}
