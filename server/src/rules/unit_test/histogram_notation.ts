import {
  type FloatHistogram,
  HINT_GAUGE,
  HINT_NO_RESET,
  HINT_RESET,
  HINT_UNKNOWN,
  NO_BOUNDS,
  NO_BUCKETS,
  type ResetHint,
} from '../../model/histogram.ts';
import { addHistograms, subtractHistograms } from '../../model/histogram_add.ts';
import { numberOf, repeats } from './number_notation.ts';

/** A histogram of a script; its hint counts only when the script names one. */
export interface HistogramPoint {
  readonly kind: 'histogram';
  readonly histogram: FloatHistogram;
  readonly isHintSet: boolean;
}

const SEQUENCE = /^(\{\{.*?\}\})(?:([+-])(\{\{.*?\}\}))?(?:x(\d+))?$/;

/** Points of `{{…}}`, `{{…}}x3` and `{{…}}+{{…}}x3`. Throws Error. */
export function histogramSequence(item: string): readonly HistogramPoint[] {
  const match = SEQUENCE.exec(item);
  if (match === null) throw new Error(`cannot read the histogram ${JSON.stringify(item)}`);
  const [, first = '', sign, step, times] = match;
  const base = parseHistogram(first);
  const change = step === undefined ? undefined : parseHistogram(step);
  const isHintSet = (change ?? base).isHintSet;
  const points: HistogramPoint[] = [{ kind: 'histogram', histogram: base.histogram, isHintSet }];
  let current = base.histogram;
  for (let i = 0; i < repeats(times ?? '0'); i++) {
    if (change !== undefined) {
      const next = (sign === '-' ? subtractHistograms : addHistograms)(current, change.histogram);
      if (next === undefined) throw new Error(`cannot combine the histograms of ${item}`);
      current = next.histogram;
    }
    points.push({ kind: 'histogram', histogram: current, isHintSet });
  }
  return points;
}

const HINTS = new Map<string, ResetHint>([
  ['unknown', HINT_UNKNOWN],
  ['reset', HINT_RESET],
  ['not_reset', HINT_NO_RESET],
  ['gauge', HINT_GAUGE],
]);

function parseHistogram(text: string): { readonly histogram: FloatHistogram; readonly isHintSet: boolean } {
  const fields = new Map<string, string>();
  for (const [, key = '', value = ''] of text.matchAll(/([a-z_]+):\s*(\[[^\]]*\]|[^\s}]+)/g)) fields.set(key, value);
  const scalar = (key: string): number => numberOf(fields.get(key) ?? '0');
  const list = (key: string): readonly number[] =>
    (fields.get(key) ?? '')
      .replaceAll(/[[\]]/g, ' ')
      .split(/\s+/)
      .filter((item) => item !== '')
      .map(numberOf);
  const buckets = (key: string, offset: string): FloatHistogram['positive'] => {
    const counts = Float64Array.from(list(key));
    return counts.length === 0
      ? NO_BUCKETS
      : { indexes: Int32Array.from(counts, (_, i) => scalar(offset) + i), counts };
  };
  const hint = fields.get('counter_reset_hint');
  return {
    isHintSet: hint !== undefined,
    histogram: {
      schema: scalar('schema'),
      hint: HINTS.get(hint ?? 'unknown') ?? HINT_UNKNOWN,
      zeroThreshold: scalar('z_bucket_w'),
      zeroCount: scalar('z_bucket'),
      count: scalar('count'),
      sum: scalar('sum'),
      positive: buckets('buckets', 'offset'),
      negative: buckets('n_buckets', 'n_offset'),
      customValues: fields.has('custom_values') ? Float64Array.from(list('custom_values')) : NO_BOUNDS,
    },
  };
}
