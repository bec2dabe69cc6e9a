import type { HeldAlert } from '../../alerting/index.ts';
import type { Labels } from '../../model/labels.ts';

/** What keeps an alert from being told. */
export interface AlertStatus {
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
}

/** An alert as the API shows it (gettableAlert of the specification). */
export function gettableAlert(
  alert: HeldAlert,
  { silencedBy, inhibitedBy }: AlertStatus,
  receivers: readonly string[],
  mutedBy: readonly string[],
) {
  const isHeld = silencedBy.length + inhibitedBy.length + mutedBy.length > 0;
  return {
    annotations: labelsObject(alert.annotations),
    endsAt: isoTime(alert.endsAtMs),
    fingerprint: alert.fingerprint,
    receivers: receivers.map((name) => ({ name })),
    startsAt: isoTime(alert.startsAtMs),
    status: { inhibitedBy, mutedBy, silencedBy, state: isHeld ? 'suppressed' : 'active' },
    updatedAt: isoTime(alert.updatedAtMs),
    generatorURL: alert.generatorUrl === '' ? undefined : alert.generatorUrl,
    labels: labelsObject(alert.labels),
  };
}

/**
 * A label set as a plain object. Objects without a prototype, which keep names like `__proto__` harmless elsewhere, are
 * written as JSON several times slower, and there are tens of thousands of alerts.
 */
export function labelsObject(labels: Labels): Record<string, string> {
  const record: Record<string, string> = {};
  for (let i = 0; i < labels.length; i += 2) {
    const [name = '', value = ''] = [labels[i], labels[i + 1]];
    if (name === '__proto__') Object.defineProperty(record, name, { value, enumerable: true });
    else record[name] = value;
  }
  return record;
}

const REMEMBERED_TIMES = 1000;
const times = new Map<number, string>();

/** RFC 3339; many alerts have few times. */
function isoTime(timeMs: number): string {
  const known = times.get(timeMs);
  if (known !== undefined) return known;
  if (times.size >= REMEMBERED_TIMES) times.clear();
  const text = new Date(timeMs).toISOString();
  times.set(timeMs, text);
  return text;
}
