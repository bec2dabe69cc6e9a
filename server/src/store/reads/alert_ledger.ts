import type { AlertEvent, AttemptEvent } from '../../model/alert_event.ts';
import { bind, join, type Sql, sql } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { columnOf } from './logs.ts';
import { textReader } from './text_columns.ts';

/** Which events of the ledger are asked for; what is left out is not looked at. */
export interface LedgerSelection {
  /** ms since the epoch, both ends included. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly kinds?: readonly AlertEvent['kind'][];
  /** Name of an alert or a rule. */
  readonly alert?: string;
  readonly groupKey?: string;
  /**
   * Of what is selected only the newest: of each rule that began to fire (`firing`), or of each receiver's attempts by their
   * outcome (`attempt`, with at least some of its alerts).
   */
  readonly newestOf?: 'firing' | 'attempt';
  /** Of more events the newest are given. */
  readonly limit: number;
}

const MOST_BYTES = 256 * 1024 * 1024;

const NEWEST = {
  firing: {
    where: sql`kind = 'state' AND JSONExtractString(body, 'to') = 'firing'`,
    by: sql`LIMIT 1 BY JSONExtractRaw(body, 'rule')`,
  },
  attempt: {
    where: sql`kind = 'attempt'`,
    by: sql`LIMIT 1 BY receiver, JSONExtractString(body, 'outcome')`,
  },
} as const;

/** Events of the ledger, oldest first; an attempt over several rows is one again. Throws StoreError. */
export async function readAlertLedger(
  reader: StoreReader,
  selection: LedgerSelection,
  options: QueryOptions,
): Promise<readonly AlertEvent[]> {
  const { blocks } = await reader.collect(
    sql`SELECT body FROM (
      SELECT time, kind, body FROM alert_ledger WHERE ${join(conditions(selection), ' AND ')}
      ORDER BY time DESC ${selection.newestOf === undefined ? sql`` : NEWEST[selection.newestOf].by} LIMIT ${bind.uint64(selection.limit)})
      ORDER BY time, kind`,
    { maxResultBytes: MOST_BYTES, ...options },
  );
  const events: AlertEvent[] = [];
  /** Where in `events` an attempt is. */
  const attempts = new Map<string, number>();
  for (const block of blocks) {
    if (block.rows === 0) continue;
    const body = textReader(columnOf(block, 'body'));
    for (let row = 0; row < block.rows; row++) {
      const event = eventOf(body(row));
      const key = event.kind === 'attempt' ? attemptKey(event) : '';
      const at = attempts.get(key);
      const before = at === undefined ? undefined : events[at];
      if (at !== undefined && event.kind === 'attempt' && before?.kind === 'attempt') {
        events[at] = { ...before, alerts: [...before.alerts, ...event.alerts] };
        continue;
      }
      if (event.kind === 'attempt') attempts.set(key, events.length);
      events.push(event);
    }
  }
  return events;
}

function conditions({ fromMs, toMs, kinds, alert, groupKey, newestOf }: LedgerSelection): Sql[] {
  const found = [sql`time >= ${bind.timeMs(Math.max(0, fromMs))}`, sql`time <= ${bind.timeMs(Math.max(0, toMs))}`];
  if (kinds !== undefined) found.push(sql`kind IN ${bind.strings(kinds)}`);
  if (alert !== undefined) found.push(sql`has(alerts, ${bind.string(alert)})`);
  if (groupKey !== undefined) found.push(sql`group_key = ${bind.string(groupKey)}`);
  if (newestOf !== undefined) found.push(NEWEST[newestOf].where);
  return found;
}

/** Bodies are written by `alertLedgerSections` alone. */
function eventOf(body: string): AlertEvent {
  const event = JSON.parse(body) as AlertEvent;
  return event.kind === 'state' ? { ...event, value: Number(event.value) } : event;
}

/** The same for the rows of one attempt. */
function attemptKey({ timeMs, groupKey, receiver, integration, attempt }: AttemptEvent): string {
  return [timeMs, attempt, receiver, integration, groupKey].join('\u0000');
}
