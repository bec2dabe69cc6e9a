import type { MetricType } from '../../store/index.ts';

const SUFFIXES: Readonly<Partial<Record<MetricType, readonly string[]>>> = {
  histogram: ['_bucket', '_count', '_sum'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['_count', '_sum'],
};

/** The metric family of a series' name: remote write 2.0 sends metadata with series, Prometheus keeps it by family. */
export function familyName(metric: string, type: MetricType): string {
  for (const suffix of SUFFIXES[type] ?? []) if (metric.endsWith(suffix)) return metric.slice(0, -suffix.length);
  return metric;
}
