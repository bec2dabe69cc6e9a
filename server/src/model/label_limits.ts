import type { DecodeLimits, RejectReason } from './ingest.ts';
import type { Labels } from './labels.ts';

/** Why labels are refused. */
export interface LabelRefusal {
  readonly reason: RejectReason;
  readonly message: string;
}

type LabelLimits = Pick<DecodeLimits, 'labelsPerSeries' | 'labelNameBytes' | 'labelValueBytes'>;

/** Why the labels of a series are refused, or undefined when they are fine. */
export function labelRefusal(labels: Labels, limits: LabelLimits): LabelRefusal | undefined {
  const count = labels.length / 2;
  if (count > limits.labelsPerSeries) {
    return { reason: 'label_count', message: `series with ${count} labels, the limit is ${limits.labelsPerSeries}` };
  }
  let metric = '';
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i] ?? '';
    const value = labels[i + 1] ?? '';
    if (name === '__name__') metric = value;
    if (name === '') return { reason: 'invalid_labels', message: 'label with an empty name' };
    if (i > 0 && name === labels[i - 2]) {
      return { reason: 'invalid_labels', message: `label ${shown(name)} given twice` };
    }
    if (bytesExceed(name, limits.labelNameBytes)) {
      const message = `label name ${shown(name)} is longer than ${limits.labelNameBytes} bytes`;
      return { reason: 'label_name_length', message };
    }
    if (bytesExceed(value, limits.labelValueBytes)) {
      const message = `value of label ${shown(name)} is longer than ${limits.labelValueBytes} bytes`;
      return { reason: 'label_value_length', message };
    }
  }
  if (metric === '') return { reason: 'invalid_labels', message: 'series without a metric name (label __name__)' };
  return undefined;
}

/** A series for people, cut to a readable length. */
export function seriesText(labels: Labels): string {
  let metric = '';
  const rest: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    if (labels[i] === '__name__') metric = labels[i + 1] ?? '';
    else rest.push(`${labels[i]}=${JSON.stringify(labels[i + 1])}`);
  }
  const text = `${metric}{${rest.join(', ')}}`;
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

function bytesExceed(text: string, limit: number): boolean {
  return text.length > limit || (text.length * 3 > limit && Buffer.byteLength(text) > limit);
}

function shown(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);
}
