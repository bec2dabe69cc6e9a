import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { MetricsRegistry } from '../base/telemetry/metrics.ts';
import type { Alert, RestoredRules } from '../model/alert.ts';
import type { NoteAlertEvents } from '../model/alert_event.ts';
import type { Labels } from '../model/labels.ts';
import type { Records } from '../state/index.ts';
import type { AggregationGroup } from './aggregation_group.ts';
import type { AlertmanagerConfig } from './config/types.ts';
import { createDeliveryTurns, type DeliveryTurns } from './delivery_turns.ts';
import { Dispatcher } from './dispatcher.ts';
import { createFailingReceivers } from './failing_receivers.ts';
import { fingerprintOf } from './fingerprint.ts';
import { alertProblem, type HeldAlert, heldAlert, isResolved, takeAlert } from './held_alert.ts';
import { createInhibitor, type Inhibitor } from './inhibitor.ts';
import type { IntegrationsOf } from './integrations.ts';
import { type AlertingMetrics, registerAlertingMetrics } from './metrics.ts';
import {
  createNotificationLog,
  type NotificationEntry,
  type NotificationLog,
  type UndeliveredEntry,
} from './notification_log.ts';
import { createReceiverHealth, type ReceiverHealth } from './receiver_health.ts';
import { missingAlerts, restoreAlerts } from './restored_alerts.ts';
import { LONGEST_BACKOFF_MS } from './retry.ts';
import { createRouteMatcher, type RouteNode, routeTree } from './route_tree.ts';
import { createSilences, type Silence, type Silences, silenceState } from './silences.ts';
import { loadStoredState } from './stored_state.ts';
import type { FallbackReceiver, FlushPorts } from './telling.ts';

export interface AlertmanagerOptions {
  readonly tenant: string;
  readonly config: AlertmanagerConfig;
  readonly integrationsOf: IntegrationsOf;
  /** Who is told instead of a receiver that fails; undefined: nobody. */
  readonly fallback?: FallbackReceiver | undefined;
  readonly clock: Clock;
  /** 0 ≤ value < 1; default Math.random. */
  readonly random?: () => number;
  readonly records: AlertmanagerRecords;
  readonly note: NoteAlertEvents;
  /** Who acknowledged an alert of a group; undefined for nobody. */
  readonly acknowledgedBy: (groupKey: string, labels: Labels) => string | undefined;
  readonly log: Logger;
  readonly registry: MetricsRegistry;
}

/** What must survive a restart. */
export interface AlertmanagerRecords {
  readonly silences: Records<Silence>;
  readonly notifications: Records<NotificationEntry>;
  readonly undelivered: Records<UndeliveredEntry>;
}

/** An alert as a client tells it: times it leaves out are undefined. */
export interface ToldAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAtMs: number | undefined;
  readonly endsAtMs: number | undefined;
  readonly generatorUrl: string;
}

/** Alerts of one tenant held at most; more are refused. */
const MAX_ALERTS = 500_000;
const MAX_SILENCES = 10_000;
/** Attempts one integration gets at once. */
const ATTEMPTS_AT_ONCE = 32;
/** How often what is over is let go of, ms. */
const COLLECT_MS = 300_000;

/** The alerts of a tenant, who is told of them, and what was told: Alertmanager's core. */
export class Alertmanager implements AsyncDisposable {
  readonly #options: AlertmanagerOptions;
  readonly #alerts = new Map<string, HeldAlert>();
  readonly #silences: Silences;
  readonly #notifications: NotificationLog;
  readonly #metrics: AlertingMetrics;
  readonly #ready: Promise<void>;
  readonly #turns: DeliveryTurns;
  readonly #health: ReceiverHealth;
  readonly #failing: ReturnType<typeof createFailingReceivers>;
  #config: AlertmanagerConfig;
  #fallback: FallbackReceiver | undefined;
  #root: RouteNode;
  #routesOf: (labels: Labels) => readonly RouteNode[];
  #inhibitor: Inhibitor;
  #dispatcher: Dispatcher;
  #cancelCollect: () => void = () => undefined;
  #cancelRestore: () => void = () => undefined;
  #isClosed = false;

  constructor(options: AlertmanagerOptions) {
    const { tenant, records, clock, config } = options;
    const { nowMs } = clock;
    this.#options = options;
    this.#silences = createSilences({ tenant, records: records.silences, nowMs, most: MAX_SILENCES });
    this.#notifications = createNotificationLog({
      tenant,
      ...records,
      nowMs,
      onError: (error) => {
        this.#metrics.recordFailed();
        options.log.error('what was told could not be written down; it is tried again', { error });
      },
    });
    this.#failing = createFailingReceivers(nowMs);
    this.#turns = createDeliveryTurns(clock, ATTEMPTS_AT_ONCE);
    this.#health = createReceiverHealth(clock, () => Math.max(LONGEST_BACKOFF_MS, this.#fallback?.afterMs ?? 0));
    this.#fallback = options.fallback;
    this.#config = config;
    this.#root = routeTree(config.route);
    this.#routesOf = createRouteMatcher(this.#root);
    this.#inhibitor = createInhibitor(config.inhibitRules);
    this.#metrics = registerAlertingMetrics(options.registry, {
      alerts: () => this.#countAlerts(),
      silences: () => this.#countSilences(),
      groups: () => this.#dispatcher.groups().length,
    });
    this.#ready = loadStoredState({
      clock,
      log: options.log,
      isClosed: () => this.#isClosed,
      load: async () => {
        await Promise.all([this.#silences.load(), this.#notifications.load()]);
        this.#restoreAlerts();
      },
    });
    this.#dispatcher = this.#startDispatcher(options.integrationsOf);
    this.#scheduleCollect();
  }

  get config(): AlertmanagerConfig {
    return this.#config;
  }

  get root(): RouteNode {
    return this.#root;
  }

  /** The routes an alert with these labels takes. */
  routesOf(labels: Labels): readonly RouteNode[] {
    return this.#routesOf(labels);
  }

  get silences(): Silences {
    return this.#silences;
  }

  /** Resolves when stored silences and notifications are known, or were waited for long enough. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /** Alerts that are held: those that fire, and those that ended a short time ago. */
  alerts(): Iterable<HeldAlert> {
    return this.#alerts.values();
  }

  groups(): readonly AggregationGroup[] {
    return this.#dispatcher.groups();
  }

  /** A live group by upstream's key. */
  group(key: string): AggregationGroup | undefined {
    return this.#dispatcher.group(key);
  }

  nextFlushMs(group: AggregationGroup): number | undefined {
    return this.#dispatcher.nextFlushMs(group);
  }

  /** What the integrations of a group's receiver were told last; nothing of those that were told nothing. */
  toldOf({ key: groupKey, route: { receiver } }: AggregationGroup): readonly NotificationEntry[] {
    return (this.#config.receivers.get(receiver)?.integrations ?? []).flatMap(({ channel, index }) => {
      const entry = this.#notifications.get({ groupKey, receiver, integration: `${channel}[${index}]` });
      return entry === undefined ? [] : [entry];
    });
  }

  /** What keeps an alert with these labels from being told now, whoever is its receiver. */
  suppressedBy(labels: Labels): { readonly silencedBy: readonly string[]; readonly inhibitedBy: readonly string[] } {
    const inhibitedBy = this.#inhibitor.by(labels, this.#options.clock.nowMs());
    return { silencedBy: this.#silences.by(labels), inhibitedBy: inhibitedBy === undefined ? [] : [inhibitedBy] };
  }

  /** Takes alerts of a client; what is wrong with those that were not taken, in upstream's words. */
  tell(told: readonly ToldAlert[]): readonly string[] {
    const nowMs = this.#options.clock.nowMs();
    const problems: string[] = [];
    for (const { labels, annotations, startsAtMs, endsAtMs, generatorUrl } of told) {
      const alert: HeldAlert = {
        labels,
        annotations,
        startsAtMs: startsAtMs ?? endsAtMs ?? nowMs,
        endsAtMs: endsAtMs ?? nowMs + this.#config.resolveTimeoutMs,
        updatedAtMs: nowMs,
        generatorUrl,
        fingerprint: fingerprintOf(labels),
        timeout: endsAtMs === undefined,
      };
      const problem = alertProblem(alert);
      if (problem === undefined) this.#take(alert, problems);
      else problems.push(problem);
    }
    this.#metrics.invalid(problems.length);
    return problems;
  }

  /** Takes alerts of the rules. */
  put(alerts: readonly Alert[]): void {
    const refused: string[] = [];
    for (const alert of alerts) this.#take(heldAlert(alert, false), refused);
    if (refused.length > 0) this.#options.log.error('alerts of rules were refused', { count: refused.length });
  }

  /** Rules of before a restart go on: what they were told to have fired and is not active any more has ended. */
  async endMissing(rules: RestoredRules, timeMs: number): Promise<void> {
    await this.#ready;
    for (const alert of missingAlerts(rules, this.#notifications, this.#alerts, timeMs)) this.#take(alert, []);
  }

  #take(told: HeldAlert, problems: string[]): void {
    const nowMs = this.#options.clock.nowMs();
    const known = this.#alerts.get(told.fingerprint);
    this.#metrics.received(isResolved(told, nowMs));
    if (known === undefined && this.#alerts.size >= MAX_ALERTS) {
      this.#metrics.limited();
      problems.push(`more than ${MAX_ALERTS} alerts`);
      return;
    }
    const alert = takeAlert(known, told, nowMs);
    this.#alerts.set(alert.fingerprint, alert);
    this.#inhibitor.learn(alert);
    this.#dispatcher.dispatch(alert);
  }

  /** Takes up another configuration; alerts are grouped anew, and what was told stays known. */
  async reload(
    config: AlertmanagerConfig,
    integrationsOf: IntegrationsOf,
    fallback?: FallbackReceiver | undefined,
  ): Promise<void> {
    const old = this.#dispatcher;
    for (const [name, receiver] of this.#config.receivers)
      if (!isDeepStrictEqual(receiver, config.receivers.get(name))) this.#health.forget(name);
    this.#config = config;
    this.#fallback = fallback;
    this.#root = routeTree(config.route);
    this.#routesOf = createRouteMatcher(this.#root);
    this.#inhibitor = createInhibitor(config.inhibitRules);
    for (const alert of this.#alerts.values()) this.#inhibitor.learn(alert);
    // A notification under way ends before the same group can be told by the new pipeline.
    this.#dispatcher = this.#startDispatcher(integrationsOf, old.stop());
    for (const alert of this.#alerts.values()) this.#dispatcher.dispatch(alert);
    await old.stop();
  }

  #startDispatcher(integrationsOf: IntegrationsOf, after: Promise<void> = Promise.resolve()): Dispatcher {
    const { clock, random = Math.random, note, tenant, acknowledgedBy, log } = this.#options;
    const ports: FlushPorts = {
      clock,
      random,
      inhibitor: this.#inhibitor,
      silences: this.#silences,
      timeIntervals: this.#config.timeIntervals,
      log: this.#notifications,
      integrationsOf,
      turns: this.#turns,
      health: this.#health,
      fallback: this.#fallback,
      note: (events) => {
        if (events.length > 0) note(tenant, events);
      },
      acknowledgedBy,
      onDelivered: (target, channel, result, seconds) => {
        this.#metrics.delivered(channel, result, seconds);
        if (this.#isClosed || (!result.delivered && result.attempts === 0)) return;
        if (!result.delivered) log.error('a notification could not be delivered', { ...target, error: result.error });
        const failing = result.elsewhere ? undefined : this.#failing(target, result);
        if (failing !== undefined) this.put([failing]);
      },
      onHeld: this.#metrics.held,
    };
    return new Dispatcher({ routesOf: this.#routesOf, ports, ready: after.then(() => this.#ready) });
  }

  #restoreAlerts(): void {
    const { clock, note, tenant } = this.#options;
    this.#cancelRestore = restoreAlerts({
      clock,
      log: this.#notifications,
      graceMs: this.#config.resolveTimeoutMs,
      isKnown: (fingerprint) => this.#alerts.has(fingerprint),
      take: (alert) => this.#take(alert, []),
      onUnanswered: (event) => {
        this.#metrics.repeated();
        note(tenant, [event]);
      },
    });
  }

  #scheduleCollect(): void {
    const { clock } = this.#options;
    this.#cancelCollect = clock.at(clock.nowMs() + COLLECT_MS, () => {
      const nowMs = clock.nowMs();
      for (const [fingerprint, alert] of this.#alerts) if (isResolved(alert, nowMs)) this.#alerts.delete(fingerprint);
      this.#inhibitor.collect(nowMs);
      this.#notifications.collect();
      this.#scheduleCollect();
    });
  }

  #countAlerts(): { active: number; suppressed: number } {
    const nowMs = this.#options.clock.nowMs();
    const counts = { active: 0, suppressed: 0 };
    for (const alert of this.#alerts.values()) {
      if (isResolved(alert, nowMs)) continue;
      const { silencedBy, inhibitedBy } = this.suppressedBy(alert.labels);
      counts[silencedBy.length + inhibitedBy.length > 0 ? 'suppressed' : 'active']++;
    }
    return counts;
  }

  #countSilences(): { active: number; pending: number; expired: number } {
    const nowMs = this.#options.clock.nowMs();
    const counts = { active: 0, pending: 0, expired: 0 };
    for (const silence of this.#silences.all()) counts[silenceState(silence, nowMs)]++;
    return counts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#cancelCollect();
    this.#cancelRestore();
    await this.#dispatcher.stop();
  }
}
