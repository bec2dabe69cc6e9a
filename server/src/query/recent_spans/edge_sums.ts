import { EDGE_LIMIT, type EdgeKind, type ServiceEdge } from '../../store/index.ts';
import type { FieldLabels } from './field_labels.ts';
import type { FormFacts } from './form_facts.ts';
import { nearestRank, ranksOf } from './nearest_rank.ts';
import type { SpanSlice } from './span_slice.ts';
import { resized } from './tagged_texts.ts';
import { Triples } from './triples.ts';

const KIND_CODES: Readonly<Record<EdgeKind, number>> = { call: 0, produce: 1, consume: 2, database: 3, external: 4 };
const KINDS: readonly EdgeKind[] = ['call', 'produce', 'consume', 'database', 'external'];
const KIND_BITS = 3;
const NO_EDGE = -1;
const QUANTILES = [0.5, 0.95];

/** The spans that tell of requests. */
interface EdgeSpans {
  readonly slice: SpanSlice;
  readonly forms: FormFacts;
}

/** Requests along edges added up. */
export class EdgeSums {
  readonly #texts: FieldLabels;
  readonly #edges = new Triples();
  /** By edge. */
  readonly #requests: number[] = [];
  readonly #errors: number[] = [];
  readonly #weight: number[] = [];
  /** Of each span its edge, how long it took in ns and how often that counts; of the last nothing while each counts once. */
  #count = 0;
  #edgeOf: Uint32Array<ArrayBuffer>;
  #durations: Float64Array<ArrayBuffer>;
  #weights: Float64Array<ArrayBuffer> | undefined;

  /**
   * @param texts what ends and systems are numbers of
   * @param requests that there may be, about
   */
  constructor(texts: FieldLabels, requests: number) {
    this.#texts = texts;
    this.#edgeOf = new Uint32Array(Math.max(64, requests));
    this.#durations = new Float64Array(this.#edgeOf.length);
  }

  /** The edge between two ends; ends and system are numbers of texts, 0 for none. -1 where an end is none. */
  edgeOf(kind: EdgeKind, from: number, to: number, system: number): number {
    if (from === 0 || to === 0) return NO_EDGE;
    const edge = this.#edges.codeOf(from, to, (system << KIND_BITS) | KIND_CODES[kind]);
    if (edge === this.#requests.length) {
      this.#requests.push(0);
      this.#errors.push(0);
      this.#weight.push(0);
    }
    return edge;
  }

  /**
   * Adds the request that a row of a slice tells of. Durations and weights are read here: handed over one by one each would be an
   * object of its own.
   * @param form the row's code of `forms`
   * @param isCounted false where the span that answers is counted instead: then only how long it took is told
   */
  add(edge: number, { slice, forms }: EdgeSpans, row: number, form: number, isCounted: boolean): void {
    if (edge === NO_EDGE) return;
    const weight = forms.weights[form] as number;
    this.#weight[edge] = (this.#weight[edge] as number) + weight;
    if (isCounted) {
      this.#requests[edge] = (this.#requests[edge] as number) + weight;
      if (forms.failed[form] === 1) this.#errors[edge] = (this.#errors[edge] as number) + weight;
    }
    const at = this.#count++;
    if (at === this.#edgeOf.length) {
      this.#edgeOf = resized(this.#edgeOf, at * 2);
      this.#durations = doubled(this.#durations);
      if (this.#weights !== undefined) this.#weights = doubled(this.#weights);
    }
    this.#edgeOf[at] = edge;
    this.#durations[at] = slice.durations[row] as number;
    if (weight !== 1) this.#weights ??= new Float64Array(this.#edgeOf.length).fill(1, 0, at);
    if (this.#weights !== undefined) this.#weights[at] = Math.max(1, Math.round(weight));
  }

  /** Busiest first; a peer that mostly answers with spans of its own is none. */
  rows(): ServiceEdge[] {
    const text = (code: number): string => this.#texts.labels[code]?.[1] ?? '';
    const quantiles = this.#quantiles();
    const rows = this.#requests.flatMap((requests, edge): ServiceEdge[] => {
      if (requests * 2 <= (this.#weight[edge] ?? 0)) return [];
      const [from, to, rest] = this.#edges.partsOf(edge);
      const [p50 = 0, p95 = 0] = quantiles(edge);
      return [
        {
          kind: KINDS[rest & ((1 << KIND_BITS) - 1)] ?? 'call',
          from: text(from),
          to: text(to),
          system: text(rest >>> KIND_BITS),
          requests,
          errors: this.#errors[edge] ?? 0,
          p50Ms: p50 / 1e6,
          p95Ms: p95 / 1e6,
        },
      ];
    });
    return rows.sort((a, b) => b.requests - a.requests).slice(0, EDGE_LIMIT);
  }

  /** Puts what belongs to an edge side by side. */
  #quantiles(): (edge: number) => readonly number[] {
    const count = this.#count;
    const ends = new Uint32Array(this.#requests.length);
    for (let at = 0; at < count; at++) {
      const edge = this.#edgeOf[at] as number;
      ends[edge] = (ends[edge] as number) + 1;
    }
    for (let edge = 1; edge < ends.length; edge++) ends[edge] = (ends[edge] as number) + (ends[edge - 1] as number);
    const starts = ends.slice();
    const durations = new Float64Array(count);
    const weights = this.#weights === undefined ? undefined : new Float64Array(count);
    for (let at = count - 1; at >= 0; at--) {
      const edge = this.#edgeOf[at] as number;
      const to = (starts[edge] as number) - 1;
      starts[edge] = to;
      durations[to] = this.#durations[at] as number;
      if (weights !== undefined) weights[to] = this.#weights?.[at] as number;
    }
    return (edge) => {
      const [start, end] = [starts[edge], ends[edge]];
      const own = durations.subarray(start, end);
      return weights === undefined
        ? ranksOf(own, QUANTILES)
        : nearestRank(own, QUANTILES, weights.subarray(start, end));
    };
  }
}

function doubled(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const next = new Float64Array(array.length * 2);
  next.set(array);
  return next;
}
