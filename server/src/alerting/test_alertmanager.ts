import { createFakeClock, type FakeClock } from '../base/clock.ts';
import { createLogger } from '../base/telemetry/log.ts';
import { createMetricsRegistry, type MetricsRegistry } from '../base/telemetry/metrics.ts';
import type { AlertEvent } from '../model/alert_event.ts';
import { type Labels, labelsFrom } from '../model/labels.ts';
import type { Records } from '../state/index.ts';
import { Alertmanager, type AlertmanagerOptions, type AlertmanagerRecords } from './alertmanager.ts';
import { readAlertmanagerConfig } from './config/load.ts';
import type { IntegrationsOf, ReadyIntegration } from './integrations.ts';
import type { Notification, Outcome } from './notify/notifier.ts';
import type { FallbackReceiver } from './telling.ts';

/** For tests: an Alertmanager under a clock that is turned by hand, whose receivers are a list. */
export interface TestAlertmanager {
  readonly alertmanager: Alertmanager;
  readonly clock: FakeClock;
  readonly registry: MetricsRegistry;
  readonly integrationsOf: IntegrationsOf;
  readonly events: AlertEvent[];
  /** What receivers took, in order. */
  readonly told: Told[];
  /** Seconds since the beginning of the timeline. */
  advanceTo(seconds: number): Promise<void>;
  /** Tells an alert: firing until `resolve_timeout`, or ended now. */
  fire(labels: Readonly<Record<string, string>>, endsAtSeconds?: number): void;
  resolve(labels: Readonly<Record<string, string>>): void;
}

export interface Told {
  /** Seconds since the beginning. */
  readonly at: number;
  readonly receiver: string;
  readonly reason: string;
  readonly groupKey: string;
  readonly idempotencyKey: string;
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  readonly missed: number;
}

export const START_MS = Date.UTC(2026, 0, 5, 12);
export const ACCEPTED: Outcome = { retry: false, status: 200, providerId: '' };
const REFUSED: Outcome = { error: 'connection refused', retry: true, status: 0, providerId: '' };

export interface TestOptions {
  readonly config: string;
  readonly records?: AlertmanagerRecords;
  readonly clock?: FakeClock;
  /** What a receiver answers to an attempt at a time (seconds); default: it takes everything. */
  readonly answer?: (notification: Notification, at: number, signal: AbortSignal) => Outcome | Promise<Outcome>;
  readonly acknowledgedBy?: AlertmanagerOptions['acknowledgedBy'];
  readonly fallback?: FallbackReceiver;
  readonly wentElsewhere?: NonNullable<ReadyIntegration['wentElsewhere']>;
}

export const refused = (): Outcome => REFUSED;

/** Records in memory, that outlive the Alertmanager. */
export function memoryRecords<Body>(): Records<Body> & { readonly written: string[]; fail: boolean } {
  const bodies = new Map<string, Body>();
  const written: string[] = [];
  const records = {
    written,
    fail: false,
    all: async () => new Map(bodies),
    async put(_tenant: string, id: string, body: Body) {
      if (records.fail) throw new Error('the disk is full');
      written.push(id);
      bodies.set(id, structuredClone(body));
    },
  };
  return records;
}

export function memoryState(): AlertmanagerRecords {
  return { silences: memoryRecords(), notifications: memoryRecords(), undelivered: memoryRecords() };
}

/** A copy of what is stored now. */
export function copiedState(state: AlertmanagerRecords): AlertmanagerRecords {
  const copy = <Body>(from: Records<Body>): Records<Body> => {
    const bodies = from.all('').then((all) => new Map(structuredClone(all)));
    return { all: () => bodies, put: async (_tenant, id, body) => void (await bodies).set(id, structuredClone(body)) };
  };
  return {
    silences: copy(state.silences),
    notifications: copy(state.notifications),
    undelivered: copy(state.undelivered),
  };
}

export function startTestAlertmanager(options: TestOptions): TestAlertmanager {
  const clock = options.clock ?? createFakeClock(START_MS);
  const config = readAlertmanagerConfig(options.config);
  const registry = createMetricsRegistry();
  const events: AlertEvent[] = [];
  const told: Told[] = [];
  const secondsNow = (): number => (clock.nowMs() - START_MS) / 1000;
  const integrationsOf: IntegrationsOf = (receiver) =>
    (config.receivers.get(receiver)?.integrations ?? []).map((integration) => ({
      name: `${integration.channel}[${integration.index}]`,
      channel: integration.channel,
      sendResolved: integration.sendResolved,
      timeoutMs: undefined,
      ...(options.wentElsewhere === undefined ? {} : { wentElsewhere: options.wentElsewhere }),
      async notifier(notification, signal) {
        const outcome = (await options.answer?.(notification, secondsNow(), signal)) ?? ACCEPTED;
        if (outcome.error === undefined) told.push(toldOf(notification, secondsNow()));
        return outcome;
      },
    }));
  const alertmanager = new Alertmanager({
    tenant: 'trilith',
    config,
    integrationsOf,
    fallback: options.fallback,
    clock,
    random: () => 0.5,
    records: options.records ?? memoryState(),
    note: (_tenant, noted) => void events.push(...noted),
    acknowledgedBy: options.acknowledgedBy ?? (() => undefined),
    log: createLogger({ service: 'test', level: 'FATAL', write: () => undefined }),
    registry,
  });
  const tell = (labels: Labels, endsAtMs: number | undefined): void => {
    alertmanager.tell([{ labels, annotations: [], startsAtMs: clock.nowMs(), endsAtMs, generatorUrl: '' }]);
  };
  return {
    alertmanager,
    clock,
    registry,
    integrationsOf,
    events,
    told,
    advanceTo: (seconds) => clock.advanceTo(START_MS + seconds * 1000),
    fire: (labels, endsAtSeconds) =>
      tell(
        labelsFrom(Object.entries(labels)),
        endsAtSeconds === undefined ? undefined : START_MS + endsAtSeconds * 1000,
      ),
    resolve: (labels) => tell(labelsFrom(Object.entries(labels)), clock.nowMs()),
  };
}

function toldOf(notification: Notification, at: number): Told {
  const { receiver, reason, groupKey, idempotencyKey, alerts } = notification;
  const names = (resolved: boolean): string[] =>
    alerts.filter((alert) => alert.resolved === resolved).map(({ labels }) => labels.join(' '));
  const missed = alerts.filter((alert) => alert.missed).length;
  return { at, receiver, reason, groupKey, idempotencyKey, firing: names(false), resolved: names(true), missed };
}
