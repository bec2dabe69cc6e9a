import type { Aggregation, Bucket, CompositeSource } from './aggregation.ts';
import type { CountedRow } from './counted_rows.ts';
import { roundDown } from './date_rounding.ts';
import { typedValue } from './values.ts';

/** Every combination of the sources' values, a page at a time; records without one of the values are in none. */
export function compositeBuckets(
  { sources, size, after }: Extract<Aggregation, { kind: 'composite' }>,
  rows: readonly CountedRow[],
  fields: readonly string[],
  bucket: (rows: readonly CountedRow[]) => Bucket,
): object {
  const groups = new Map<string, { readonly values: readonly string[]; readonly rows: CountedRow[] }>();
  for (const row of rows) {
    const values = sources.map((source) => sourceValue(source, row, fields));
    if (values.includes('')) continue;
    const key = values.join('\u0000');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { values, rows: [row] });
    else group.rows.push(row);
  }
  const compare = (a: readonly string[], b: readonly string[]): number => compareValues(sources, a, b);
  const behind = after === undefined ? undefined : sources.map(({ name }) => after.get(name) ?? '');
  const page = [...groups.values()]
    .filter(({ values }) => behind === undefined || compare(values, behind) > 0)
    .sort((a, b) => compare(a.values, b.values))
    .slice(0, size)
    .map(({ values, rows: inside }) => ({ key: keyObject(sources, values), ...bucket(inside) }));
  const last = page.at(-1);
  return { ...(last === undefined ? {} : { after_key: last.key }), buckets: page };
}

function sourceValue({ field, rounding }: CompositeSource, row: CountedRow, fields: readonly string[]): string {
  if (rounding !== undefined) return String(roundDown(rounding, row.timeMs));
  return row.values[fields.indexOf(field)] ?? '';
}

function compareValues(sources: readonly CompositeSource[], a: readonly string[], b: readonly string[]): number {
  for (const [i, { descending }] of sources.entries()) {
    const [left = '', right = ''] = [a[i], b[i]];
    const difference = Number(left) - Number(right) || (left < right ? -1 : left > right ? 1 : 0);
    if (difference !== 0) return descending ? -difference : difference;
  }
  return 0;
}

function keyObject(sources: readonly CompositeSource[], values: readonly string[]): Record<string, unknown> {
  const key: Record<string, unknown> = Object.create(null);
  for (const [i, { name, field, rounding }] of sources.entries())
    key[name] = rounding === undefined ? typedValue(field, values[i] ?? '') : Number(values[i]);
  return key;
}
