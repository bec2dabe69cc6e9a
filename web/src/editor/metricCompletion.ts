import type { MetricRow } from '@trilith/contract';

/** CodeMirror's bounds of a boost. */
const mostBoost = 99;

/** A metric's completion with its place by use: what many queries ask for comes before what none does. */
export function metricCompletion<O extends { readonly label: string }>(
  option: O,
  rows: ReadonlyMap<string, MetricRow>,
): O & { readonly detail?: string; readonly boost?: number; readonly info?: string } {
  const row = rows.get(option.label);
  if (row === undefined) return option;
  const detail = `${row.type === 'unknown' ? '' : `${row.type} · `}${row.series}`;
  const boost = Math.min(mostBoost, Math.round(Math.log2(1 + row.uses) * 16));
  return { ...option, detail, boost, ...(row.help === '' ? {} : { info: row.help }) };
}
