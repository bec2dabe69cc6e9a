import { type Labels, labelsFrom, labelValue } from '../../model/labels.ts';
import { serviceOf } from '../../model/service.ts';

/** The labels as Loki shows them in messages: `{a="b", c="d"}`. */
export function labelString(labels: Labels): string {
  const parts: string[] = [];
  for (let i = 0; i < labels.length; i += 2) parts.push(`${labels[i]}=${JSON.stringify(labels[i + 1])}`);
  return `{${parts.join(', ')}}`;
}

/** A stream's labels: as sent, and `service_name` when the sender has none, as Loki does. */
export function streamLabels(pairs: Iterable<readonly [string, string]>): Labels {
  const labels = labelsFrom(pairs);
  return labelValue(labels, 'service_name') === ''
    ? labelsFrom([...pairs, ['service_name', serviceOf(labels)]])
    : labels;
}
