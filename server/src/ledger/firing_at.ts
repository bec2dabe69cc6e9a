import { DRILL_LABEL } from '../model/alert.ts';
import type { AlertEvent } from '../model/alert_event.ts';
import { labelsKey, withLabels } from '../model/labels.ts';
import type { LedgerSelection } from '../store/index.ts';

/** Changes of one name that are looked at, the newest: an alert that has not changed for longer than these is not found. */
const MOST_EVENTS = 20_000;

/**
 * Labels, each as `labelsKey`, of the alerts of a rule's name whose last change up to a time (ms) was to firing. The mark of
 * drills is not in the series of alerts, and so not in these. Rejects as `events` does.
 */
export async function firingAt(
  events: (selection: LedgerSelection) => Promise<readonly AlertEvent[]>,
  name: string,
  timeMs: number,
): Promise<ReadonlySet<string>> {
  const firing = new Set<string>();
  const selection: LedgerSelection = { fromMs: 0, toMs: timeMs, kinds: ['state'], alert: name, limit: MOST_EVENTS };
  for (const event of await events(selection)) {
    if (event.kind !== 'state' || event.rule.rule !== name) continue;
    const key = labelsKey(withLabels(event.labels, [[DRILL_LABEL, '']]));
    if (event.to === 'firing') firing.add(key);
    else firing.delete(key);
  }
  return firing;
}
