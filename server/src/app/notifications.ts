import { join } from 'node:path';
import {
  attemptEvent,
  createEvidence,
  createHeartbeat,
  EVIDENCE_OUTCOMES,
  EVIDENCE_PIECES,
  type EvidenceSources,
  type Notification,
  type NotifyServices,
  type Outcome,
  openPictures,
  type ReadyIntegration,
} from '../alerting/index.ts';
import { evidenceRoutes, receiverTestRoutes } from '../api/trilith/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Route } from '../base/http.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { MetricsRegistry } from '../base/telemetry/metrics.ts';
import { parseDurationMs } from '../base/yaml_reader.ts';
import type { NoteAlertEvents } from '../model/alert_event.ts';
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
  readonly note: NoteAlertEvents;
  /** What between a sample and a notification does not work; empty when all of it does. Never rejects. */
  readonly broken: () => Promise<string>;
  readonly log: Logger;
}

/** The ledger has a heartbeat of each integration when its outcome changes, and one within this time, ms. */
const HEARTBEAT_NOTED_MS = 3_600_000;

export interface ReceiverChecks {
  readonly routes: Route[];
  /** The store can be asked: the heartbeat begins. */
  begin(): void;
  reload(config: AlertsConfig): void;
}

/** Tests of receivers when somebody asks, and the heartbeat by itself. */
export function startReceiverChecks(options: ReceiverChecksOptions): ReceiverChecks {
  const { tenant, alerting, clock, log } = options;
  const beats = options.registry.counters(
    'trilith_heartbeats_total',
    'Heartbeat notifications, by whether every integration of the receiver took them; withheld: alerting does not work.',
    { outcome: ['accepted', 'failed', 'withheld'] },
  );
  /** One attempt, and whether the ledger gets it. */
  const attempt = async (
    { name, notifier }: ReadyIntegration,
    notification: Notification,
    signal: AbortSignal,
    isNoted: (integration: string, outcome: Outcome) => boolean,
  ): Promise<Outcome> => {
    const startMs = clock.nowMs();
    const outcome = await notifier(notification, signal);
    const times = { timeMs: startMs, latencyMs: clock.nowMs() - startMs };
    if (isNoted(name, outcome))
      options.note(tenant, [attemptEvent({ notification, integration: name, attempt: 1, ...times }, outcome)]);
    return outcome;
  };
  const isNews = createNews(clock);
  let isWithheld = false;
  const heartbeat = createHeartbeat({
    clock,
    deliver: (receiver, notification, signal) =>
      Promise.all(
        (alerting.receiver(receiver) ?? []).map(async (integration) => ({
          integration: integration.name,
          outcome: await attempt(integration, notification, signal, (name, { error = '' }) =>
            isNews(`${receiver}/${name}`, error === ''),
          ),
        })),
      ),
    alert: (alerts) => alerting.put(tenant, alerts),
    sent(accepted) {
      beats.with({ outcome: accepted ? 'accepted' : 'failed' }).inc();
      if (isWithheld) log.info('heartbeats go out again');
      isWithheld = false;
    },
    broken: options.broken,
    withheld(reason) {
      beats.with({ outcome: 'withheld' }).inc();
      if (!isWithheld) log.error('heartbeats are withheld: alerting does not work', { reason });
      isWithheld = true;
    },
  });
  let { heartbeat: settings } = options.config.alerting;
  let hasBegun = false;
  const begin = (): void => {
    hasBegun = true;
    heartbeat.set(
      settings === undefined
        ? undefined
        : { receiver: settings.receiver, everyMs: parseDurationMs(settings.every) ?? Number.POSITIVE_INFINITY },
    );
  };
  const routes = receiverTestRoutes({
    integrationsOf: (asking, receiver) =>
      asking === tenant ? alerting.receiver(receiver)?.map(({ name }) => name) : undefined,
    async tell(receiver, integration, notification, signal) {
      const found = alerting.receiver(receiver)?.find(({ name }) => name === integration);
      const outcome =
        found === undefined
          ? { error: 'the configuration was changed meanwhile', retry: true, status: 0, providerId: '' }
          : await attempt(found, notification, signal, () => true);
      return { integration, outcome };
    },
    nowMs: clock.nowMs,
  });
  return {
    routes,
    begin,
    reload({ alerting: next }) {
      settings = next.heartbeat;
      if (hasBegun) begin();
    },
  };
}

/** Whether an outcome is to be noted: it is another than the last one noted, or that is long ago. */
function createNews(clock: Clock): (key: string, accepted: boolean) => boolean {
  const noted = new Map<string, { readonly accepted: boolean; readonly timeMs: number }>();
  return (key, accepted) => {
    const last = noted.get(key);
    const timeMs = clock.nowMs();
    if (last?.accepted === accepted && timeMs - last.timeMs < HEARTBEAT_NOTED_MS) return false;
    noted.set(key, { accepted, timeMs });
    return true;
  };
}
