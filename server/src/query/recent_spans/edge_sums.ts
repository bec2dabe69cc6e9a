import { EDGE_LIMIT, type EdgeKind, type ServiceEdge } from '../../store/index.ts';
import type { FieldLabels } from './field_labels.ts';
import { Pairings } from './label_groups.ts';
import { nearestRank } from './nearest_rank.ts';

const KINDS: readonly EdgeKind[] = ['call', 'produce', 'consume', 'database', 'external'];
const KIND_BITS = 3;

/** The span that tells of a request. */
interface EdgeSpan {
  readonly durationNs: number;
  readonly failed: boolean;
  /** How many requests it stands for. */
  readonly weight: number;
}

/** Requests along edges added up. */
export class EdgeSums {
  readonly #texts: FieldLabels;
  readonly #ends = new Pairings();
  readonly #edges = new Pairings();
  readonly #requests: number[] = [];
  readonly #errors: number[] = [];
  readonly #durations: number[][] = [];
  readonly #weights: number[][] = [];
  readonly #weight: number[] = [];

  /** @param texts what ends and systems are numbers of */
  constructor(texts: FieldLabels) {
    this.#texts = texts;
  }

  /**
   * Adds a request; ends and system are numbers of texts, 0 for none.
   * @param isAnswered whether the span that answers is counted instead: then only how long it took is told
   */
  add(
    kind: EdgeKind,
    from: number,
    to: number,
    system: number,
    { durationNs, failed, weight }: EdgeSpan,
    isAnswered = false,
  ): void {
    if (from === 0 || to === 0) return;
    const ends = this.#ends.codeOf(from, to);
    const edge = this.#edges.codeOf(ends, (system << KIND_BITS) | KINDS.indexOf(kind));
    const durations = this.#durations[edge] ?? [];
    this.#durations[edge] = durations;
    durations.push(durationNs);
    const weights = this.#weights[edge] ?? [];
    this.#weights[edge] = weights;
    weights.push(Math.max(1, Math.round(weight)));
    this.#weight[edge] = (this.#weight[edge] ?? 0) + weight;
    const counted = isAnswered ? 0 : weight;
    this.#requests[edge] = (this.#requests[edge] ?? 0) + counted;
    this.#errors[edge] = (this.#errors[edge] ?? 0) + (failed ? counted : 0);
  }

  /** Busiest first; a peer that mostly answers with spans of its own is none. */
  rows(): ServiceEdge[] {
    const text = (code: number): string => this.#texts.labels[code]?.[1] ?? '';
    const rows = this.#durations.flatMap((durations, edge): ServiceEdge[] => {
      const requests = this.#requests[edge] ?? 0;
      if (requests * 2 <= (this.#weight[edge] ?? 0)) return [];
      const [ends, rest] = this.#edges.partsOf(edge);
      const [from, to] = this.#ends.partsOf(ends);
      const [p50 = 0, p95 = 0] = nearestRank(durations, [0.5, 0.95], this.#weights[edge]);
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
}
