import type { FloatHistogram } from '../../../model/histogram.ts';
import { labelValue } from '../../../model/labels.ts';
import { histogramRemarks } from '../histogram_remarks.ts';
import type { Kernel, KernelArguments, Remarks, Windows } from '../kernel.ts';
import type { SeriesHistograms } from '../source.ts';
import { putHistogram, type VectorSeries } from '../values.ts';

/** The windows of a series that has native histograms. */
export interface MixedWindows extends Windows {
  /** By sample, from sample `from` on. */
  readonly histograms: SeriesHistograms;
}

/** What a function does with a series that has native histograms. */
export type MixedKernel = (windows: MixedWindows, args: KernelArguments, out: VectorSeries, remarks: Remarks) => void;

/** One window of which all samples are histograms. */
export interface HistogramWindow {
  /** ms, of each histogram. */
  readonly times: Float64Array;
  readonly histograms: readonly FloatHistogram[];
  /** Start timestamps, ms, 0 is unknown. */
  readonly starts: Float64Array | undefined;
  /** The window's right end, ms. */
  readonly endMs: number;
  readonly rangeMs: number;
  readonly metric: string;
  readonly remarks: Remarks;
}

export const metricOf = ({ labels }: Windows): string => labelValue(labels, '__name__');

/** The histogram of a sample, undefined where it is a float. */
export const histogramOf = ({ histograms, from }: MixedWindows, sample: number): FloatHistogram | undefined =>
  histograms[sample - from];

/** The windows with their floats alone. */
function floatsOf(windows: MixedWindows): Windows {
  const { from, to, times, values, lows, highs, starts, histograms } = windows;
  // How many floats lie before each sample.
  const before = new Uint32Array(to - from + 1);
  for (let i = 0; i < to - from; i++) before[i + 1] = (before[i] as number) + (histograms[i] === undefined ? 1 : 0);
  const isFloat = (_: number, i: number): boolean => histograms[i] === undefined;
  const moved = (bounds: Uint32Array): Uint32Array =>
    bounds.map((bound) => before[Math.max(0, bound - from)] as number);
  return {
    ...windows,
    times: times.subarray(from, to).filter(isFloat),
    values: values.subarray(from, to).filter(isFloat),
    starts: starts?.filter(isFloat),
    from: 0,
    to: before[to - from] as number,
    lows: moved(lows),
    highs: moved(highs),
  };
}

/** For functions of numbers: histograms are left out, which is said where floats lie beside them. */
export function ignoringHistograms(onFloats: Kernel): MixedKernel {
  return (windows, args, out, remarks) => {
    const floats = floatsOf(windows);
    onFloats(floats, args, out, remarks);
    for (let step = 0; step < windows.count; step++) {
      const found = (floats.highs[step] as number) - (floats.lows[step] as number);
      if (found > 0 && found < (windows.highs[step] as number) - (windows.lows[step] as number)) {
        histogramRemarks.ignoredInRange(remarks.context, metricOf(windows), remarks.firstArgument);
        return;
      }
    }
  };
}

/** For functions of floats or of histograms: windows that have both give nothing, which is said. */
export function floatsOrHistograms(
  onFloats: Kernel,
  onHistograms: (window: HistogramWindow) => FloatHistogram | undefined,
): MixedKernel {
  return (windows, args, out, remarks) => {
    const floats = floatsOf(windows);
    if (floats.to > 0) onFloats(floats, args, out, remarks);
    for (let step = 0; step < windows.count; step++) {
      const low = windows.lows[step] as number;
      const high = windows.highs[step] as number;
      const found = (floats.highs[step] as number) - (floats.lows[step] as number);
      if (high === low || found === high - low) continue;
      if (found > 0) {
        out.present[step] = 0;
        histogramRemarks.mixedWithFloats(remarks.context, metricOf(windows), remarks.node.expr);
        continue;
      }
      const result = onHistograms(windowAt(windows, low, high, step, remarks));
      if (result !== undefined) putHistogram(out, step, result);
    }
  };
}

function windowAt(windows: MixedWindows, low: number, high: number, step: number, remarks: Remarks): HistogramWindow {
  const { from, histograms, times, starts, rangeMs, firstEndMs, stepMs } = windows;
  return {
    times: times.subarray(low, high),
    histograms: histograms.slice(low - from, high - from).filter((one) => one !== undefined),
    starts: starts?.subarray(low - from, high - from),
    endMs: firstEndMs + step * stepMs,
    rangeMs,
    metric: metricOf(windows),
    remarks,
  };
}
