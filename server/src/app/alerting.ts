import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  Alertmanager,
  type AlertmanagerConfig,
  type AlertmanagerOptions,
  type ClosableNotifier,
  createNotifier,
  EMPTY_CONFIG_TEXT,
  type FallbackReceiver,
  type IntegrationsOf,
  loadTemplates,
  type Notification,
  type NotificationEntry,
  type NotifyServices,
  parseSilence,
  type ReadyIntegration,
  readAlertmanagerConfig,
  readTemplateFiles,
  type Silence,
  templatePaths,
  type UndeliveredEntry,
} from '../alerting/index.ts';
import { createMetricsRegistry } from '../base/telemetry/metrics.ts';
import { parseDurationMs } from '../base/yaml_reader.ts';
import type { Destination } from '../drills/index.ts';
import type { Alert } from '../model/alert.ts';
import type { RulePorts } from '../rules/index.ts';
import type { Records, StateKind } from '../state/index.ts';
import type { AlertsConfig } from './alerts_messages.ts';
import { divertedNotifier } from './diverted_receiver.ts';

export interface AlertingOptions
  extends Pick<AlertmanagerOptions, 'clock' | 'note' | 'acknowledgedBy' | 'log' | 'registry'> {
  /** Whose the configuration is; other tenants' alerts are kept and shown, and nobody is told of them. */
  readonly tenant: string;
  readonly config: AlertsConfig;
  /** Without a slash at the end. */
  readonly externalUrl: () => string;
  readonly records: <Body>(kind: StateKind<Body>) => Records<Body>;
  /** What notifications are made with beside templates. */
  readonly services: Pick<NotifyServices, 'acknowledgeUrl' | 'evidence' | 'page'>;
  /** Who is told of a notification. */
  readonly destinationOf: (notification: Notification) => Destination;
}

/** Who is told of alerts, for every tenant. */
export interface Alerting extends AsyncDisposable {
  of(tenant: string): Alertmanager;
  /** Takes alerts of rules; never throws and never waits. */
  put(tenant: string, alerts: readonly Alert[]): void;
  /** Ends alerts of before a restart that rules do not give any more; never throws and never waits. */
  restored: NonNullable<RulePorts['restored']>;
  /** Reads the configuration and its templates again. Throws Error when one cannot be used; then everything stays as it was. */
  reload(config: AlertsConfig): Promise<void>;
  /** Of the configuration read last. */
  readonly integrationsOf: IntegrationsOf;
  /** The integrations of a receiver outside of any route; undefined where there is no such receiver. */
  receiver(name: string): readonly ReadyIntegration[] | undefined;
}

/** A changed file is taken up by itself within this time, ms. */
const WATCH_MS = 10_000;
/** Records that memory holds. */
const MOST = { silences: 20_000, notifications: 200_000, undelivered: 20_000 } as const;

/** A configuration ready to be used. */
interface Loaded {
  readonly config: AlertmanagerConfig;
  readonly integrationsOf: IntegrationsOf;
  readonly fallback: FallbackReceiver | undefined;
  readonly close: () => void;
}

/** Starts alerting. A configuration that cannot be used at the start is told of, and nobody else is told of anything. */
export function startAlerting(options: AlertingOptions): Alerting {
  const { clock } = options;
  const log = options.log.child({ part: 'alerting' });
  const success = options.registry.gauge(
    'alertmanager_config_last_reload_successful',
    'Whether the last configuration could be used.',
  );
  const records = {
    silences: options.records<Silence>({ name: 'silence', most: MOST.silences, parse: parseSilence }),
    notifications: options.records<NotificationEntry>(ownRecords('alert_notification', MOST.notifications)),
    undelivered: options.records<UndeliveredEntry>(ownRecords('alert_undelivered', MOST.undelivered)),
  };
  let settings = options.config.alerting;
  let seen = fingerprint(settings);
  let loaded = firstOf(settings, options, (error) => {
    success.set(0);
    log.error('the configuration of alerting cannot be used: nobody is told of alerts', { error });
  });
  success.set(loaded.isEmpty ? 0 : 1);
  const make = (tenant: string, of: Loaded, registry = options.registry): Alertmanager =>
    new Alertmanager({
      ...options,
      tenant,
      log,
      registry,
      records,
      config: of.config,
      integrationsOf: of.integrationsOf,
      fallback: of.fallback,
    });
  const own = make(options.tenant, loaded);
  const others = new Map<string, Alertmanager>();
  const of = (tenant: string): Alertmanager => {
    if (tenant === options.tenant) return own;
    let found = others.get(tenant);
    if (found === undefined) {
      found = make(tenant, EMPTY, createMetricsRegistry());
      others.set(tenant, found);
    }
    return found;
  };
  const reload = async (next: AlertsConfig['alerting']): Promise<void> => {
    seen = fingerprint(next);
    try {
      const fresh = load(next, options);
      const old = loaded;
      [loaded, settings] = [{ ...fresh, isEmpty: false }, next];
      await own.reload(fresh.config, fresh.integrationsOf, fresh.fallback);
      old.close();
      success.set(1);
      log.info('configuration of alerting read', { receivers: fresh.config.receivers.size });
    } catch (error) {
      success.set(0);
      throw error;
    }
  };
  /** One configuration after the other. */
  let reloading = Promise.resolve();
  const inTurn = (next: () => AlertsConfig['alerting']): Promise<void> => {
    const turn = reloading.then(() => reload(next()));
    reloading = turn.catch((error: unknown) =>
      log.error('the configuration of alerting cannot be used; that of before stays', { error }),
    );
    return turn;
  };
  let cancelWatch = (): void => undefined;
  const watch = (): void => {
    cancelWatch = clock.at(clock.nowMs() + WATCH_MS, watch);
    if (fingerprint(settings) === seen) return;
    // Told of by `inTurn`.
    inTurn(() => settings).catch(() => undefined);
  };
  watch();
  return {
    of,
    integrationsOf: (receiver) => loaded.integrationsOf(receiver),
    put: (tenant, alerts) => of(tenant).put(alerts),
    restored: (tenant, rules, timeMs) => void of(tenant).endMissing(rules, timeMs),
    reload: ({ alerting }) => inTurn(() => alerting),
    receiver: (name) => (loaded.config.receivers.has(name) ? loaded.integrationsOf(name) : undefined),
    async [Symbol.asyncDispose]() {
      cancelWatch();
      await Promise.all([own, ...others.values()].map((alertmanager) => alertmanager[Symbol.asyncDispose]()));
      loaded.close();
    },
  };
}

/** Records only this program writes, in the form it reads. */
function ownRecords<Body extends object>(name: string, most: number): StateKind<Body> {
  return { name, most, parse: (json) => (typeof json === 'object' && json !== null ? (json as Body) : undefined) };
}

const EMPTY: Loaded = {
  config: readAlertmanagerConfig(EMPTY_CONFIG_TEXT),
  integrationsOf: () => [],
  fallback: undefined,
  close: () => undefined,
};

function firstOf(
  settings: AlertsConfig['alerting'],
  options: AlertingOptions,
  onError: (error: unknown) => void,
): Loaded & { readonly isEmpty: boolean } {
  try {
    return { ...load(settings, options), isEmpty: false };
  } catch (error) {
    onError(error);
    return { ...EMPTY, isEmpty: true };
  }
}

/** Throws Error naming the file. */
function load(settings: AlertsConfig['alerting'], options: AlertingOptions): Loaded {
  const path = settings.config;
  if (path === undefined) return EMPTY;
  const directory = dirname(resolve(path));
  try {
    const config = readAlertmanagerConfig(readFileSync(path, 'utf8'));
    const services: NotifyServices = {
      ...options.services,
      templates: loadTemplates(readTemplateFiles(config, directory), settings.language),
      directory,
      get externalUrl() {
        return options.externalUrl();
      },
    };
    return { config, fallback: fallbackOf(settings, config), ...connect(config, services, options.destinationOf) };
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Throws Error for a receiver that is not there. */
function fallbackOf(
  { fallback_receiver: receiver, fallback_after: after }: AlertsConfig['alerting'],
  { receivers }: AlertmanagerConfig,
): FallbackReceiver | undefined {
  if (receiver === undefined) return undefined;
  if ((receivers.get(receiver)?.integrations.length ?? 0) === 0)
    throw new Error(`alerting.fallback_receiver: there is no receiver ${JSON.stringify(receiver)} with integrations`);
  return { receiver, afterMs: parseDurationMs(after) ?? 0 };
}

/** Makes every integration of a configuration ready. */
function connect(
  config: AlertmanagerConfig,
  services: NotifyServices,
  destinationOf: AlertingOptions['destinationOf'],
): Pick<Loaded, 'integrationsOf' | 'close'> {
  const notifiers: ClosableNotifier[] = [];
  const ready = new Map<string, ReadyIntegration[]>();
  for (const { name, integrations } of config.receivers.values()) {
    const made = integrations.map((integration): ReadyIntegration => {
      const closable = createNotifier(integration, services);
      notifiers.push(closable);
      const { channel, index, sendResolved, timeoutMs } = integration;
      const elsewhere = new WeakSet<Notification>();
      const notifier = divertedNotifier(closable.notifier, services, destinationOf, elsewhere);
      const wentElsewhere = (notification: Notification): boolean => elsewhere.has(notification);
      return { name: `${channel}[${index}]`, channel, sendResolved, timeoutMs, notifier, wentElsewhere };
    });
    ready.set(name, made);
  }
  return {
    integrationsOf: (receiver) => ready.get(receiver) ?? [],
    close() {
      for (const notifier of notifiers) notifier.close();
    },
  };
}

/** Changes with the file and its templates. */
function fingerprint({ config: path, language }: AlertsConfig['alerting']): string {
  if (path === undefined) return language;
  const seen = (file: string): string => {
    const { mtimeMs, size } = statSync(file);
    return `${file} ${mtimeMs} ${size}`;
  };
  try {
    const config = readAlertmanagerConfig(readFileSync(path, 'utf8'));
    return [language, seen(path), ...templatePaths(config, dirname(resolve(path))).map(seen)].join('\n');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
