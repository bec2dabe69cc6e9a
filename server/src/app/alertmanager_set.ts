import { posix } from 'node:path';
import { type AlertQueue, alertsBody, createAlertQueue } from '../alerting/index.ts';
import type { Clock } from '../base/clock.ts';
import { createHttpClient, type HttpClient } from '../base/http_client.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { Alert } from '../model/alert.ts';
import { labelsFrom } from '../model/labels.ts';
import {
  type AlertmanagerTargets,
  compileRelabel,
  type Discovery,
  discover,
  type TargetGroup,
} from '../receive/scrape/index.ts';

const MAX_ANSWER_BYTES = 65_536;

export interface SendCounters {
  readonly sent: { inc(by?: number): void };
  readonly errors: { inc(by?: number): void };
  readonly dropped: { inc(by?: number): void };
}

export interface AlertmanagerSetOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly targets: AlertmanagerTargets;
  readonly directory: string;
  readonly counters: SendCounters;
  /** By address, what it has not taken before this configuration. */
  readonly left: ReadonlyMap<string, readonly Alert[]>;
}

/** The Alertmanagers of one entry, which share how they are talked to. */
export interface AlertmanagerSet {
  put(alerts: readonly Alert[]): void;
  /** Addresses, each with the alerts that wait for it. */
  queues(): readonly (readonly [url: string, waiting: readonly Alert[]])[];
  dropped(): readonly string[];
  stop(): Promise<void>;
}

export function startAlertmanagerSet(options: AlertmanagerSetOptions): AlertmanagerSet {
  const { targets, directory, clock, log, counters } = options;
  const left = new Map(options.left);
  const client = createHttpClient(targets, directory);
  const alertRelabel = compileRelabel(targets.alertRelabel);
  const found = new Map<number, readonly TargetGroup[]>();
  let queues = new Map<string, AlertQueue>();
  let dropped: readonly string[] = [];
  const queueOf = (url: string): AlertQueue => {
    const queue = createAlertQueue({
      clock,
      send: (alerts) => post(client, url, alerts, targets.timeoutMs),
      isFinal: (error) => error instanceof Refused,
      onSent: (alerts) => counters.sent.inc(alerts),
      onFailed(alerts, error) {
        counters.errors.inc(alerts);
        log.limited('WARN', `alertmanager ${url}`, 60, 'an Alertmanager outside takes no alerts', { url, error });
      },
      onDropped(alerts) {
        counters.dropped.inc(alerts);
        log.limited('ERROR', `dropped ${url}`, 60, 'alerts for an Alertmanager outside were given up', { url, alerts });
      },
    });
    queue.put(left.get(url) ?? []);
    left.delete(url);
    return queue;
  };
  const sync = (): void => {
    const groups = [...staticGroups(targets), ...[...found.values()].flat()];
    const wanted = addressesOf(targets, groups);
    dropped = wanted.dropped;
    const next = new Map([...wanted.urls].map((url) => [url, queues.get(url) ?? queueOf(url)]));
    for (const [url, queue] of queues) if (!next.has(url)) queue.stop();
    queues = next;
  };
  sync();
  const discoveries: Discovery[] = targets.discovery.map((discovery, i) =>
    discover(discovery, {
      directory,
      found(groups) {
        found.set(i, groups);
        sync();
      },
      failed: (reason) =>
        log.limited('WARN', `discovery ${i}`, 60, 'discovery of Alertmanagers failed', {
          kind: discovery.kind,
          reason,
        }),
    }),
  );
  return {
    put(alerts) {
      const wanted = relabelled(alerts, alertRelabel);
      if (wanted.length > 0) for (const queue of queues.values()) queue.put(wanted);
    },
    queues: () => [...queues].map(([url, queue]) => [url, queue.waiting()] as const),
    dropped: () => dropped,
    async stop() {
      for (const queue of queues.values()) queue.stop();
      await Promise.all(discoveries.map((discovery) => discovery.stop()));
      client.close();
    },
  };
}

/** It does not want these alerts, now or later. */
class Refused extends Error {
  override readonly name = 'Refused';
}

/** Throws OutboundError, or Refused where another attempt would be answered the same. */
async function post(client: HttpClient, url: string, alerts: readonly Alert[], timeoutMs: number): Promise<void> {
  const { status, body } = await client.send(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: alertsBody(alerts),
    timeoutMs,
    maxBytes: MAX_ANSWER_BYTES,
  });
  if (status >= 200 && status <= 299) return;
  const message = `status ${status}: ${Buffer.from(body).toString('utf8').slice(0, 200)}`;
  throw status >= 400 && status <= 499 && status !== 429 ? new Refused(message) : new Error(message);
}

/** Alerts with the labels that relabelling leaves them, without those it drops. */
export function relabelled(alerts: readonly Alert[], relabel: ReturnType<typeof compileRelabel>): Alert[] {
  return alerts.flatMap((alert) => {
    const labels = new Map<string, string>();
    for (let i = 0; i < alert.labels.length; i += 2) labels.set(alert.labels[i] ?? '', alert.labels[i + 1] ?? '');
    return relabel(labels) && labels.size > 0 ? [{ ...alert, labels: labelsFrom(labels) }] : [];
  });
}

const staticGroups = ({ groups }: AlertmanagerTargets): TargetGroup[] =>
  groups.map(({ targets, labels }, i) => ({
    source: String(i),
    targets: targets.map((address) => ({ __address__: address })),
    labels,
  }));

/** Addresses after relabelling (notifier.AlertmanagerFromGroup). */
function addressesOf(
  { relabel: rules, scheme, pathPrefix }: AlertmanagerTargets,
  groups: readonly TargetGroup[],
): { readonly urls: ReadonlySet<string>; readonly dropped: readonly string[] } {
  const relabel = compileRelabel(rules);
  const urls = new Set<string>();
  const dropped: string[] = [];
  for (const { targets, labels: shared } of groups) {
    for (const own of targets) {
      const labels = new Map([
        ...Object.entries({ __scheme__: scheme, __alerts_path__: posix.join('/', pathPrefix, '/api/v2/alerts') }),
        ...Object.entries(shared),
        ...Object.entries(own),
      ]);
      const isKept = relabel(labels);
      const written = isKept ? labels : new Map(Object.entries({ __scheme__: scheme, __alerts_path__: '/', ...own }));
      const url = `${written.get('__scheme__')}://${written.get('__address__')}${written.get('__alerts_path__')}`;
      if (isKept && URL.canParse(url)) urls.add(url);
      else dropped.push(url);
    }
  }
  return { urls, dropped };
}
