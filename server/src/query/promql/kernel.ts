import type { Expr } from '@trilith/lang/promql';
import type { Labels } from '../../model/labels.ts';
import type { EvaluationContext } from './context.ts';
import type { SubqueryNode, WindowNode } from './plan_nodes.ts';
import type { VectorSeries } from './values.ts';

/** One series being windowed over the steps of a grid. */
export interface Windows {
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** Samples of the series: [from, to). */
  readonly from: number;
  readonly to: number;
  /** Of step i: samples [lows[i], highs[i]), those in (ends[i] - rangeMs, ends[i]]. */
  readonly lows: Uint32Array;
  readonly highs: Uint32Array;
  /** Shared by series that have the same times; counts only where its bounds are those of the windows. */
  readonly timing?: Timing;
  /** Right end of the first window, ms; later ones follow every `stepMs`. */
  readonly firstEndMs: number;
  readonly stepMs: number;
  readonly rangeMs: number;
  readonly count: number;
  /** Start timestamps of samples from `from` on (ms, 0 is unknown), where the series has any. */
  readonly starts: Float64Array | undefined;
  readonly labels: Labels;
}

/** The windows of series that were sampled at the same times. */
export interface Timing {
  readonly lows: Uint32Array;
  readonly highs: Uint32Array;
  /** How many series had these windows so far. */
  uses: number;
  /** What `rate` and its like derive from times alone. */
  extrapolation?: Extrapolation;
}

/** By step, for windows of two samples or more; elsewhere zeros that give a difference of zero. */
export interface Extrapolation {
  /** Where there is a result. */
  readonly present: Uint8Array;
  /** The window's last sample. */
  readonly lasts: Uint32Array;
  /** Seconds between first and last sample, and from those to the window's ends. */
  readonly sampled: Float64Array;
  readonly toStart: Float64Array;
  readonly toEnd: Float64Array;
  /** What the difference is multiplied with. */
  readonly factor: Float64Array;
  /** A first value below this share of the difference may have been zero within the window: a little more than exact. */
  readonly nearZero: Float64Array;
}

/** Scalar arguments beside the range vector, one value a step each. */
export type KernelArguments = readonly Float64Array[];

/**
 * A function over windows: fills `out` at the steps it has a result for. Windows may be empty (low equals high).
 * Kernels process a whole series at once, so that they can carry state from window to window.
 */
export type Kernel = (windows: Windows, args: KernelArguments, out: VectorSeries, remarks: Remarks) => void;

/** What a kernel needs to say something about its argument. */
export interface Remarks {
  readonly context: EvaluationContext;
  readonly node: WindowNode | SubqueryNode;
  /** The call's first argument: the range vector, except where a number comes before it. */
  readonly firstArgument: Expr;
  /** Says that a quantile is not between 0 and 1. */
  badQuantile(q: number): void;
}

/** A kernel that looks at each window for itself. `evaluate` is called for windows of at least `least` samples. */
export function perWindow(
  evaluate: (windows: Windows, low: number, high: number, endMs: number, step: number, args: KernelArguments) => number,
  least = 1,
): Kernel {
  return (windows, args, out) => {
    const { lows, highs, count, stepMs } = windows;
    let end = windows.firstEndMs;
    for (let step = 0; step < count; step++, end += stepMs) {
      const low = lows[step] as number;
      const high = highs[step] as number;
      if (high - low < least) continue;
      out.values[step] = evaluate(windows, low, high, end, step, args);
      out.present[step] = 1;
    }
  };
}
