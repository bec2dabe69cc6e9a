import {
  CUSTOM_SCHEMA,
  type FloatHistogram,
  HINT_GAUGE,
  HINT_NO_RESET,
  HINT_RESET,
  HINT_UNKNOWN,
  NO_BOUNDS,
  NO_BUCKETS,
  type ResetHint,
} from '../../../server/src/model/histogram.ts';
import { addHistograms, subtractHistograms } from '../../../server/src/model/histogram_add.ts';
import { compact, sameBounds } from '../../../server/src/model/histogram_buckets.ts';
import { almostEqual, number } from './numbers.ts';

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
  for (let i = 0; i < Number(times ?? 0); i++) {
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
  const scalar = (key: string): number => number(fields.get(key) ?? '0');
  const list = (key: string): readonly number[] =>
    (fields.get(key) ?? '')
      .replaceAll(/[[\]]/g, ' ')
      .split(/\s+/)
      .filter((item) => item !== '')
      .map(number);
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

/** Why a histogram is not the expected one, or undefined when it is; numbers are compared as upstream's scripts are. */
export function judgeHistogram(point: HistogramPoint, actual: FloatHistogram): string | undefined {
  const wanted = compact(point.histogram);
  const got = compact(actual);
  const buckets = (side: 'positive' | 'negative'): boolean =>
    sameBounds(wanted[side].indexes, got[side].indexes) &&
    wanted[side].counts.every((count, i) => almostEqual(count, got[side].counts[i] ?? Number.NaN));
  const same =
    wanted.schema === got.schema &&
    almostEqual(wanted.count, got.count) &&
    almostEqual(wanted.sum, got.sum) &&
    wanted.zeroThreshold === got.zeroThreshold &&
    almostEqual(wanted.zeroCount, got.zeroCount) &&
    (wanted.schema !== CUSTOM_SCHEMA || sameBounds(wanted.customValues, got.customValues)) &&
    buckets('positive') &&
    buckets('negative') &&
    (!point.isHintSet || wanted.hint === got.hint);
  return same ? undefined : `expected ${shown(wanted)}, got ${shown(got)}`;
}

const shown = (histogram: FloatHistogram): string =>
  JSON.stringify(histogram, (_, value) => (ArrayBuffer.isView(value) ? Object.values(value) : value));
