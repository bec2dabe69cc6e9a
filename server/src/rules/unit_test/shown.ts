import { isLegacyLabelName } from '@trilith/lang/promql';
import { formatFloat, withExponent } from '@trilith/lang/template';
import {
  type FloatHistogram,
  HINT_GAUGE,
  HINT_NO_RESET,
  HINT_RESET,
  usesCustomBuckets,
} from '../../model/histogram.ts';
import { compact } from '../../model/histogram_buckets.ts';
import type { Labels } from '../../model/labels.ts';

/** How promtool shows what it compares (cmd/promtool/unittest.go). */
export interface ShownAlert {
  /** Names and values, sorted by name; values that are expected may be empty. */
  readonly labels: Labels;
  readonly annotations: Labels;
}

export interface ShownSample {
  readonly labels: Labels;
  readonly value: number;
  /** In the notation of series; undefined for a float. */
  readonly histogram: string | undefined;
}

/** The order of label sets: by name and value of the first label that differs. */
export function compareLabels(a: Labels, b: Labels): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [left, right] = [a[i] as string, b[i] as string];
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.length - b.length;
}

/** `{a="b", c="d"}`. */
export function labelsText(labels: Labels): string {
  const pairs: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i] as string;
    pairs.push(`${isLegacyLabelName(name) ? name : JSON.stringify(name)}=${JSON.stringify(labels[i + 1])}`);
  }
  return `{${pairs.join(', ')}}`;
}

export function samplesText(samples: readonly ShownSample[]): string {
  if (samples.length === 0) return 'nil';
  return samples
    .map(({ labels, value, histogram }) => `${labelsText(labels)} ${histogram ?? exponential(value)}`)
    .join(', ');
}

/** Go's %E in the shortest form. */
function exponential(value: number): string {
  return Number.isFinite(value) ? withExponent(value.toExponential()).toUpperCase() : formatFloat(value);
}

export function alertsText(alerts: readonly ShownAlert[]): string {
  if (alerts.length === 0) return '[]';
  const items = alerts.map((alert, i) => {
    const lines = `\nLabels:${labelsText(alert.labels)}\nAnnotations:${labelsText(alert.annotations)}`;
    return `${i}:${indented(lines, '  ')}`;
  });
  return `[\n${items.join(',\n')}\n]`;
}

/** Every line but the first moved to the right. */
export function indented(text: string, by: string): string {
  return text.replaceAll('\n', `\n${by}`);
}

const HINTS = new Map<number, string>([
  [HINT_RESET, 'reset'],
  [HINT_NO_RESET, 'not_reset'],
  [HINT_GAUGE, 'gauge'],
]);

/** `{{schema:1 count:2 …}}`: a histogram in the notation of series (upstream's TestExpression). */
export function histogramExpression(histogram: FloatHistogram): string {
  const h = compact(histogram);
  const parts: string[] = [];
  const put = (key: string, value: number): void => {
    if (value !== 0) parts.push(`${key}:${formatFloat(value)}`);
  };
  put('schema', h.schema);
  put('count', h.count);
  put('sum', h.sum);
  put('z_bucket', h.zeroCount);
  put('z_bucket_w', h.zeroThreshold);
  if (usesCustomBuckets(h)) parts.push(`custom_values:[${[...h.customValues].map(formatFloat).join(' ')}]`);
  const hint = HINTS.get(h.hint);
  if (hint !== undefined) parts.push(`counter_reset_hint:${hint}`);
  putBuckets(parts, ['buckets', 'offset'], h.positive);
  putBuckets(parts, ['n_buckets', 'n_offset'], h.negative);
  return `{{${parts.join(' ')}}}`;
}

/** More buckets than anybody writes into a test are not shown one by one. */
const MAX_BUCKETS = 10_000;

function putBuckets(
  parts: string[],
  [bucketsKey, offsetKey]: readonly [string, string],
  { indexes, counts }: FloatHistogram['positive'],
): void {
  const first = indexes[0];
  const last = indexes.at(-1);
  if (first === undefined || last === undefined) return;
  if (first !== 0) parts.push(`${offsetKey}:${first}`);
  if (last - first >= MAX_BUCKETS) {
    parts.push(`${bucketsKey}:[… ${counts.length} buckets]`);
    return;
  }
  const dense = new Array<number>(last - first + 1).fill(0);
  indexes.forEach((index, i) => {
    dense[index - first] = counts[i] ?? 0;
  });
  parts.push(`${bucketsKey}:[${dense.map(formatFloat).join(' ')}]`);
}
