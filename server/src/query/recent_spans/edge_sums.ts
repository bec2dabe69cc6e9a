import { EDGE_LIMIT, type EdgeKind, type ServiceEdge } from '../../store/index.ts';
import type { FieldLabels } from './field_labels.ts';
import { Pairings } from './label_groups.ts';
import { nearestRank } from './nearest_rank.ts';

const KINDS: readonly EdgeKind[] = ['call', 'produce', 'consume', 'database', 'external'];
const KIND_BITS = 3;

/** One request along an edge; ends and system are numbers of texts, 0 for none. */
export interface EdgeRequest {
  readonly kind: EdgeKind;
  readonly from: number;
  readonly to: number;
  readonly system: number;
}

/** Requests along edges added up. */
export class EdgeSums {
  readonly #texts: FieldLabels;
  readonly #ends = new Pairings();
  readonly #edges = new Pairings();
  readonly #requests: number[] = [];
  readonly #errors: number[] = [];
  readonly #durations: number[][] = [];

  /** @param texts what ends and systems are numbers of */
  constructor(texts: FieldLabels) {
    this.#texts = texts;
  }

  /** @param isAnswered whether the span that answers is counted instead: then only how long it took is told */
  add({ kind, from, to, system }: EdgeRequest, durationNs: number, failed: boolean, isAnswered: boolean): void {
    if (from === 0 || to === 0) return;
    const ends = this.#ends.codeOf(from, to);
    const edge = this.#edges.codeOf(ends, (system << KIND_BITS) | KINDS.indexOf(kind));
    const durations = this.#durations[edge] ?? [];
    this.#durations[edge] = durations;
    durations.push(durationNs);
    const counted = isAnswered ? 0 : 1;
    this.#requests[edge] = (this.#requests[edge] ?? 0) + counted;
    this.#errors[edge] = (this.#errors[edge] ?? 0) + (failed ? counted : 0);
  }

  /** Busiest first; a peer that mostly answers with spans of its own is none. */
  rows(): ServiceEdge[] {
    const text = (code: number): string => this.#texts.labels[code]?.[1] ?? '';
    const rows = this.#durations.flatMap((durations, edge): ServiceEdge[] => {
      const requests = this.#requests[edge] ?? 0;
      if (requests * 2 <= durations.length) return [];
      const [ends, rest] = this.#edges.partsOf(edge);
      const [from, to] = this.#ends.partsOf(ends);
      const [p50 = 0, p95 = 0] = nearestRank(durations, [0.5, 0.95]);
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
