import { seriesName } from '../chart/series.ts';
import type { Labels } from '../data/prometheus.ts';

/** A legend format filled in: `{{pod}} on {{ node }}`. Labels the series lacks become empty. */
export function legendName(format: string, labels: Labels): string {
  const text = format.replace(/\{\{\s*([^{}]*?)\s*\}\}/g, (_, name: string) => labels[name] ?? '').trim();
  return text === '' ? seriesName(labels) : text;
}

/** The names with those that occur again numbered, so that each names one series. */
export function uniqueNames(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}
