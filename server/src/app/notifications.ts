import { join } from 'node:path';
import {
  createEvidence,
  createHeartbeat,
  EVIDENCE_OUTCOMES,
  EVIDENCE_PIECES,
  type EvidenceSources,
  type NotifyServices,
  openPictures,
} from '../alerting/index.ts';
import { evidenceRoutes, receiverTestRoutes } from '../api/trilith/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Route } from '../base/http.ts';
import type { MetricsRegistry } from '../base/telemetry/metrics.ts';
import { parseDurationMs } from '../base/yaml_reader.ts';
import type { Alerting } from './alerting.ts';
import type { AlertsConfig } from './alerts_messages.ts';

export interface PageEvidenceOptions extends Pick<EvidenceSources, 'externalUrl' | 'runbookOf'> {
  /** Whose telemetry is asked. */
  readonly tenant: string;
  readonly data: string;
  readonly clock: Clock;
  readonly registry: MetricsRegistry;
  /** GET of one of our own endpoints as JSON; rejects where it has no answer. */
  readonly get: (tenant: string, path: string, query: Readonly<Record<string, string>>) => Promise<unknown>;
}

/** What notifications show beside alerts, and the pictures of it. */
export function startEvidence(options: PageEvidenceOptions): Pick<NotifyServices, 'evidence'> & { routes: Route[] } {
  const pictures = openPictures(join(options.data, 'evidence'), options.clock.nowMs);
  const pieces = options.registry.counters(
    'trilith_evidence_pieces_total',
    'What was looked for to be shown in notifications, by whether it was there in time.',
    { piece: EVIDENCE_PIECES, outcome: EVIDENCE_OUTCOMES },
  );
  const evidence = createEvidence({
    ask: (path, query) => options.get(options.tenant, path, query),
    externalUrl: options.externalUrl,
    runbookOf: options.runbookOf,
    keep: pictures.keep,
    counted: (piece, outcome) => pieces.with({ piece, outcome }).inc(),
  });
  return { evidence, routes: evidenceRoutes(pictures) };
}

export interface ReceiverChecksOptions {
  readonly tenant: string;
  readonly config: AlertsConfig;
  readonly alerting: Pick<Alerting, 'receiver' | 'put'>;
  readonly clock: Clock;
  readonly registry: MetricsRegistry;
}

export interface ReceiverChecks {
  readonly routes: Route[];
  reload(config: AlertsConfig): void;
}

/** Tests of receivers when somebody asks, and the heartbeat by itself. */
export function startReceiverChecks(options: ReceiverChecksOptions): ReceiverChecks {
  const { tenant, alerting, clock } = options;
  const beats = options.registry.counters(
    'trilith_heartbeats_total',
    'Heartbeat notifications, by whether every integration of the receiver took them.',
    { outcome: ['accepted', 'failed'] },
  );
  const heartbeat = createHeartbeat({
    clock,
    deliver: (receiver, notification, signal) =>
      Promise.all(
        (alerting.receiver(receiver) ?? []).map(async ({ name, notifier }) => ({
          integration: name,
          outcome: await notifier(notification, signal),
        })),
      ),
    alert: (alerts) => alerting.put(tenant, alerts),
    sent: (accepted) => beats.with({ outcome: accepted ? 'accepted' : 'failed' }).inc(),
  });
  const reload = ({ alerting: { heartbeat: settings } }: AlertsConfig): void =>
    heartbeat.set(
      settings === undefined
        ? undefined
        : { receiver: settings.receiver, everyMs: parseDurationMs(settings.every) ?? Number.POSITIVE_INFINITY },
    );
  reload(options.config);
  const routes = receiverTestRoutes({
    integrationsOf: (asking, receiver) =>
      asking === tenant ? alerting.receiver(receiver)?.map(({ name }) => name) : undefined,
    async tell(receiver, integration, notification, signal) {
      const found = alerting.receiver(receiver)?.find(({ name }) => name === integration);
      const outcome =
        found === undefined
          ? { error: 'the configuration was changed meanwhile', retry: true, status: 0, providerId: '' }
          : await found.notifier(notification, signal);
      return { integration, outcome };
    },
    nowMs: clock.nowMs,
  });
  return { routes, reload };
}
