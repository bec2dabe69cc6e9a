import type { MetricsRegistry } from '../base/telemetry/metrics.ts';
import type { HeldEvent } from '../model/alert_event.ts';
import type { DeliveryResult } from './retry.ts';

/** Under Alertmanager's names, so that dashboards and rules written for it go on working. */
const CHANNELS = [
  ...['discord', 'email', 'incidentio', 'jira', 'mattermost', 'msteams', 'msteamsv2', 'on_call', 'opsgenie'],
  ...['pagerduty', 'pushover', 'rocketchat', 'slack', 'sns', 'telegram', 'victorops', 'webex', 'webhook', 'wechat'],
];
const SECONDS = [0.1, 0.5, 1, 5, 10, 15, 20, 60, 300];
/** Upstream's words for why a notification was held. */
const SUPPRESSED: Readonly<Record<HeldEvent['reason'], string>> = {
  silenced: 'silence',
  inhibited: 'inhibition',
  muted: 'mute_time_interval',
  inactive: 'active_time_interval',
  acknowledged: 'acknowledgement',
};

export interface AlertingMetrics {
  received(isResolved: boolean): void;
  invalid(count: number): void;
  limited(): void;
  held(reason: HeldEvent['reason'], count: number): void;
  delivered(channel: string, result: DeliveryResult, seconds: number): void;
  /** A notification is made again after a restart, because nobody knows whether its receiver took it before. */
  repeated(): void;
  /** A record of silences or of the notification log could not be written. */
  recordFailed(): void;
}

/** What is read whenever metrics are asked for. */
export interface AlertingCounts {
  readonly alerts: () => { readonly active: number; readonly suppressed: number };
  readonly silences: () => { readonly active: number; readonly pending: number; readonly expired: number };
  readonly groups: () => number;
}

export function registerAlertingMetrics(registry: MetricsRegistry, counts: AlertingCounts): AlertingMetrics {
  const integration = { integration: CHANNELS };
  const received = registry.counters('alertmanager_alerts_received_total', 'The total number of received alerts.', {
    status: ['firing', 'resolved'],
  });
  const [firing, resolved] = [received.with({ status: 'firing' }), received.with({ status: 'resolved' })];
  const invalid = registry.counter('alertmanager_alerts_invalid_total', 'Received alerts that were invalid.');
  const limited = registry.counter('alertmanager_alerts_limited_total', 'Alerts refused because too many are held.');
  const held = registry.counters(
    'alertmanager_notifications_suppressed_total',
    'Alerts that were not told at a flush, by reason.',
    { reason: Object.values(SUPPRESSED) },
  );
  const requests = registry.counters(
    'alertmanager_notification_requests_total',
    'Attempts to hand a notification to an integration.',
    integration,
  );
  const sent = registry.counters('alertmanager_notifications_total', 'Notifications, sent or not.', integration);
  const failed = registry.counters(
    'alertmanager_notifications_failed_total',
    'Notifications that failed.',
    integration,
  );
  const seconds = registry.histograms(
    'alertmanager_notification_latency_seconds',
    'From the first attempt of a notification to its end.',
    SECONDS,
    integration,
  );
  const unwritten = registry.counter(
    'alertmanager_state_write_failures_total',
    'Records of silences and of the notification log that could not be written at once.',
  );
  const repeated = registry.counter(
    'trilith_notifications_repeated_total',
    'Notifications made again after a restart that came before their answer, with the same Idempotency-Key.',
  );
  registry.observedRows('gauge', 'alertmanager_alerts', 'Alerts by state.', { state: ['active', 'suppressed'] }, () => {
    const { active, suppressed } = counts.alerts();
    return [
      [{ state: 'active' }, active],
      [{ state: 'suppressed' }, suppressed],
    ];
  });
  const states = ['active', 'pending', 'expired'] as const;
  registry.observedRows('gauge', 'alertmanager_silences', 'Silences by state.', { state: states }, () => {
    const found = counts.silences();
    return states.map((state) => [{ state }, found[state]] as const);
  });
  registry.observed('gauge', 'alertmanager_dispatcher_aggregation_groups', 'Groups of alerts.', counts.groups);
  return {
    received: (isResolved) => (isResolved ? resolved : firing).inc(),
    invalid: (count) => invalid.inc(count),
    limited: () => limited.inc(),
    held: (reason, count) => held.with({ reason: SUPPRESSED[reason] }).inc(count),
    delivered(channel, result, took) {
      const of = { integration: channel };
      requests.with(of).inc(result.attempts);
      sent.with(of).inc();
      if (!result.delivered) failed.with(of).inc();
      seconds.with(of).observe(took);
    },
    repeated: () => repeated.inc(),
    recordFailed: () => unwritten.inc(),
  };
}
