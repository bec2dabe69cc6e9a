import type { AlertEvent } from '../../model/alert_event.ts';
import { labelValue } from '../../model/labels.ts';
import type { Section } from '../../model/section.ts';
import type { Column } from '../native/columns.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { timePairs } from './samples.ts';
import { dictionary } from './series.ts';

/** Alerts told in one row of an attempt: a notification of more is several rows, equal but for their alerts. */
const MOST_ALERTS_A_ROW = 500;

/** Events as rows of `alert_ledger`, which has no partitions; undefined when there are none. */
export function alertLedgerSection(events: readonly AlertEvent[]): Section | undefined {
  const rows = events.flatMap(split);
  if (rows.length === 0) return undefined;
  const block = encodeBlock(
    TABLES.alert_ledger,
    [
      {
        kind: 'number',
        values: timePairs(
          Float64Array.from(rows, ({ timeMs }) => timeMs),
          null,
          rows.length,
        ),
      },
      dictionary(rows.map(({ kind }) => kind)),
      lists(rows.map(alertNames)),
      { kind: 'strings', values: rows.map((event) => ('groupKey' in event ? event.groupKey : '')) },
      dictionary(rows.map((event) => ('receiver' in event ? event.receiver : ''))),
      { kind: 'strings', values: rows.map((event) => JSON.stringify(portable(event))) },
    ],
    rows.length,
    { omitLast: true },
  );
  return { table: 'alert_ledger', partition: 0, rows: rows.length, block };
}

/** JSON has no NaN and no infinity: a value goes as text, read back by `readAlertLedger`. */
function portable(event: AlertEvent): object {
  return event.kind === 'state' ? { ...event, value: String(event.value) } : event;
}

function split(event: AlertEvent): AlertEvent[] {
  if (event.kind !== 'attempt' || event.alerts.length <= MOST_ALERTS_A_ROW) return [event];
  const pieces = Math.ceil(event.alerts.length / MOST_ALERTS_A_ROW);
  return Array.from({ length: pieces }, (_, i) => ({
    ...event,
    alerts: event.alerts.slice(i * MOST_ALERTS_A_ROW, (i + 1) * MOST_ALERTS_A_ROW),
  }));
}

/** Names of the alerts or rules an event is about, each once. */
function alertNames(event: AlertEvent): string[] {
  const names = new Set<string>();
  if ('rule' in event) names.add(event.rule.rule);
  if ('labels' in event) names.add(labelValue(event.labels, 'alertname'));
  if ('alerts' in event) for (const { labels } of event.alerts) names.add(labelValue(labels, 'alertname'));
  names.delete('');
  return [...names];
}

function lists(values: readonly (readonly string[])[]): Column {
  const offsets = new Uint32Array(values.length);
  let end = 0;
  for (const [row, list] of values.entries()) {
    end += list.length;
    offsets[row] = end;
  }
  return { kind: 'array', offsets, values: dictionary(values.flat()) };
}
