import type {
  AggregateExpr,
  BinaryExpr,
  Call,
  MatrixSelector,
  PositionRange,
  SubqueryExpr,
  VectorSelector,
} from '@trilith/lang/promql';
import type { Matcher } from '../../model/labels.ts';
import type { Selection } from './source.ts';
import type { Grid } from './values.ts';

/**
 * What is to be done, with every time resolved: each node knows the steps it is evaluated at, each selector which fetch
 * it reads and how far its data lies from its steps.
 */
export type PlanNode =
  | { readonly kind: 'number'; readonly value: number; readonly grid: Grid }
  | { readonly kind: 'string'; readonly value: string; readonly grid: Grid }
  | SelectNode
  | WindowNode
  | SubqueryNode
  | {
      readonly kind: 'aggregate';
      readonly expr: AggregateExpr;
      readonly input: PlanNode;
      readonly param: PlanNode | undefined;
      readonly grid: Grid;
    }
  | {
      readonly kind: 'binary';
      readonly expr: BinaryExpr;
      readonly left: PlanNode;
      readonly right: PlanNode;
      readonly grid: Grid;
    }
  | { readonly kind: 'negate'; readonly input: PlanNode; readonly grid: Grid }
  | CallNode
  | InfoNode
  /** Evaluated once, the same at every step of `grid`. */
  | { readonly kind: 'invariant'; readonly input: PlanNode; readonly grid: Grid };

export interface CallNode {
  readonly kind: 'call';
  readonly expr: Call;
  readonly args: readonly PlanNode[];
  readonly grid: Grid;
}

/** A call of `info`: the info series are chosen by what the input turns out to be, so they are read in evaluation. */
export interface InfoNode {
  readonly kind: 'info';
  readonly input: PlanNode;
  readonly matchers: readonly Matcher[];
  /** How far the info series lie from the steps, and whether one moment serves for all: as with the input's selector. */
  readonly offsetMs: number;
  readonly pinned: boolean;
  readonly grid: Grid;
}

/** An instant selector: at step t the newest sample in (t - offset - lookback, t - offset]. */
export interface SelectNode {
  readonly kind: 'select';
  readonly expr: VectorSelector;
  fetch: number;
  readonly offsetMs: number;
  /** Only count and sum of native histograms are asked. */
  readonly statistics: boolean;
  readonly grid: Grid;
}

/** A range selector: at step t the samples in (t - offset - range, t - offset]. */
export interface WindowNode {
  readonly kind: 'window';
  readonly expr: MatrixSelector;
  fetch: number;
  readonly rangeMs: number;
  readonly offsetMs: number;
  /** Pinned by `@`: the window of the first step is the window of all. */
  readonly pinned: boolean;
  /** Only count and sum of native histograms are asked. */
  readonly statistics: boolean;
  readonly grid: Grid;
}

export interface SubqueryNode {
  readonly kind: 'subquery';
  readonly expr: SubqueryExpr;
  /** Evaluated over its own, finer steps. */
  readonly input: PlanNode;
  readonly rangeMs: number;
  readonly offsetMs: number;
  readonly pinned: boolean;
  readonly grid: Grid;
}

export interface Plan {
  readonly root: PlanNode;
  /** What is to be read before evaluation; nodes refer to them by index. */
  readonly fetches: readonly Selection[];
}

/** Where remarks on a range point. Upstream forgets where a subquery begins when it has run it. */
export const rangeOfArgument = ({ kind, expr }: WindowNode | SubqueryNode): PositionRange =>
  kind === 'subquery' ? { start: 0, end: expr.range.end } : expr.range;
