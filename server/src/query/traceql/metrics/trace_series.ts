import type { Field } from '@trilith/lang/traceql';
import type { Scalar } from '../trace_fields.ts';

/** A label's value with its type, which TraceQL's answers keep; undefined is nil. */
export type LabelValue = { readonly value: Scalar; readonly isInteger: boolean } | undefined;

export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly timeMs: number;
  /** NaN where a series counts spans. */
  readonly value: number;
}

/** A series over the stretches of a range; NaN where there is no value. */
export interface TraceSeries {
  readonly labels: readonly (readonly [name: string, value: LabelValue])[];
  readonly values: Float64Array;
  readonly exemplars: readonly Exemplar[];
}

/** Upstream's names of labels that no attribute has. */
export const NAME_LABEL = '__name__';
export const BUCKET_LABEL = '__bucket';
export const META_TYPE_LABEL = '__meta_type';
export const META_ERROR_LABEL = '__meta_error';

export const textLabel = (value: string): LabelValue => ({ value, isInteger: false });

/** A field as TraceQL writes it, which names its label. */
export function fieldName(field: Field): string {
  if (field.kind === 'intrinsic') return field.name;
  const plain = /^[^\s{}()=~!<>&|^,"]+$/.test(field.name);
  const name = plain ? field.name : `"${field.name.replace(/[\\"]/g, '\\$&')}"`;
  return `${field.scope === 'any' ? '' : field.scope}.${name}`;
}

/** What tells series apart: their labels but for the name. */
export function seriesKey(labels: TraceSeries['labels']): string {
  return JSON.stringify(labels.filter(([name]) => name !== NAME_LABEL).map(([name, value]) => [name, value?.value]));
}

/** Labels as Prometheus writes them, nil and empty ones made visible. */
export function promLabels(labels: TraceSeries['labels']): string {
  const shown = labels.map(([name, label]) => {
    const text = label === undefined ? '<nil>' : label.value === '' ? '<empty>' : String(label.value);
    return `${/^[a-zA-Z_]\w*$/.test(name) ? name : JSON.stringify(name)}=${JSON.stringify(text)}`;
  });
  return `{${shown.sort().join(', ')}}`;
}
