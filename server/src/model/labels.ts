/**
 * A label set: name, value, name, value …, sorted by name (UTF-16 code unit order), no empty values, no repeated name.
 * The metric name is the label `__name__`. Flat, because millions of them are held at once.
 */
export type Labels = readonly string[];

/** A matcher as PromQL and LogQL have it; for `=~` and `!~` the value is an RE2 pattern anchored at both ends. */
export interface Matcher {
  readonly name: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** Builds a label set from pairs: drops empty values, sorts by name; of a repeated name the last one counts. */
export function labelsFrom(pairs: Iterable<readonly [string, string]>): Labels {
  const byName = new Map<string, string>();
  for (const [name, value] of pairs) byName.set(name, value);
  const names = [...byName.keys()].filter((name) => byName.get(name) !== '').sort();
  return names.flatMap((name) => [name, byName.get(name) ?? '']);
}

/** A label set with some labels set: of a repeated name the last one counts, an empty value takes a label away. */
export function withLabels(labels: Labels, changes: readonly (readonly [string, string])[]): Labels {
  const sorted = changes.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const out: string[] = [];
  let at = 0;
  for (const [i, [name, value]] of sorted.entries()) {
    if (sorted[i + 1]?.[0] === name) continue;
    while (at < labels.length && (labels[at] as string) < name)
      out.push(labels[at++] as string, labels[at++] as string);
    if (labels[at] === name) at += 2;
    if (value !== '') out.push(name, value);
  }
  while (at < labels.length) out.push(labels[at++] as string);
  return out;
}

/** The value of a label, or the empty string when the set has none (Prometheus treats both alike). */
export function labelValue(labels: Labels, name: string): string {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === name) return labels[i + 1] ?? '';
  return '';
}

/** One string per label set, equal for equal sets; for map keys only, never shown. */
export function labelsKey(labels: Labels): string {
  return labels.join('\u0000');
}

/** A plain object without a prototype, for JSON answers. */
export function labelsToRecord(labels: Labels): Record<string, string> {
  const record: Record<string, string> = Object.create(null);
  for (let i = 0; i < labels.length; i += 2) record[labels[i] ?? ''] = labels[i + 1] ?? '';
  return record;
}
