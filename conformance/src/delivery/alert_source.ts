/** Series that a rule alerts on, one for each alert of the run: 1 while it fires, 0 when it does not. */
export interface AlertSource {
  /** Begins to fire alerts, or ends them; when that is stored. */
  set(alerts: readonly SourceAlert[], firing: boolean): Promise<void>;
  /** Stores every series again, so that none goes stale. */
  refresh(): Promise<void>;
  /** When an alert began to fire and when it ended, ms since the epoch; 0 for never. */
  times(alert: SourceAlert): { readonly firedMs: number; readonly endedMs: number };
}

export interface SourceAlert {
  /** Which receiver is to be told. */
  readonly fault: string;
  /** Alerts of one wave are one group. */
  readonly wave: string;
  readonly n: string;
}

export const RULE_FILE = (intervalSeconds: number): string => `
groups:
  - name: delivery
    interval: ${intervalSeconds}s
    rules:
      - alert: Delivery
        expr: delivery_fault == 1
        labels: {severity: page}
`;

const RETRY_MS = 500;
const GIVE_UP_MS = 120_000;

/** @param url of the server; it may be away for a while. */
export function createAlertSource(url: string): AlertSource {
  const series = new Map<string, { readonly alert: SourceAlert; value: number; firedMs: number; endedMs: number }>();
  const send = async (points: Iterable<{ readonly alert: SourceAlert; readonly value: number }>): Promise<void> => {
    const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
    const dataPoints = [...points].map(({ alert: { fault, wave, n }, value }) => ({
      attributes: [text('fault', fault), text('wave', wave), text('n', n)],
      timeUnixNano: `${Date.now()}000000`,
      asDouble: value,
    }));
    if (dataPoints.length === 0) return;
    const metrics = [{ name: 'delivery_fault', gauge: { dataPoints } }];
    const body = JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
    const headers = { 'content-type': 'application/json' };
    for (const untilMs = Date.now() + GIVE_UP_MS; ; await new Promise((resolve) => setTimeout(resolve, RETRY_MS))) {
      try {
        const response = await fetch(`${url}/v1/metrics`, { method: 'POST', headers, body });
        if (response.ok) return;
        if (Date.now() > untilMs) throw new Error(`${response.status}: ${await response.text()}`);
      } catch (error) {
        // The server was killed, and is started again.
        if (Date.now() > untilMs) throw error;
      }
    }
  };
  return {
    async set(alerts, firing) {
      const now = Date.now();
      const changed = alerts.map((alert) => {
        const known = series.get(alert.n) ?? { alert, value: 0, firedMs: 0, endedMs: 0 };
        known.value = firing ? 1 : 0;
        known[firing ? 'firedMs' : 'endedMs'] = now;
        series.set(alert.n, known);
        return known;
      });
      await send(changed);
    },
    refresh: () => send(series.values()),
    times: ({ n }) => series.get(n) ?? { firedMs: 0, endedMs: 0 },
  };
}
