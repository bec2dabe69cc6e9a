import type { Alert } from '../model/alert.ts';
import { labelsFrom } from '../model/labels.ts';
import type { NotificationTarget } from './notification_log.ts';
import type { DeliveryResult } from './retry.ts';

/** How long the alert about a receiver lasts after its last failure, ms. */
const LASTS_MS = 900_000;

/**
 * A receiver that fails is an alert itself, until it takes something again. Gives the alert to tell after a delivery has
 * ended, or undefined.
 */
export function createFailingReceivers(
  nowMs: () => number,
): (target: NotificationTarget, result: DeliveryResult) => Alert | undefined {
  const failing = new Map<string, Alert>();
  return ({ receiver, integration, groupKey }, { delivered, attempts, error }) => {
    const name = `${receiver}/${integration}`;
    const known = failing.get(name);
    const atMs = nowMs();
    if (delivered) {
      failing.delete(name);
      return known === undefined ? undefined : { ...known, endsAtMs: atMs, updatedAtMs: atMs };
    }
    const alert: Alert = {
      labels: labelsFrom([
        ['alertname', 'TrilithReceiverFailing'],
        ['integration', integration],
        ['receiver', receiver],
        ['severity', 'critical'],
      ]),
      annotations: labelsFrom([
        ['summary', `${name} does not take notifications`],
        ['description', `${attempts} attempts for ${groupKey} failed: ${error}`],
      ]),
      startsAtMs: known?.startsAtMs ?? atMs,
      endsAtMs: atMs + LASTS_MS,
      updatedAtMs: atMs,
      generatorUrl: '',
    };
    failing.set(name, alert);
    return alert;
  };
}
