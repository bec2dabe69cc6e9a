import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Alertmanager, type IntegrationsOf, isResolved, type NotifyServices } from '../alerting/index.ts';
import { type AcknowledgeSource, acknowledgeRoutes, type OnCallSource, onCallRoutes } from '../api/trilith/index.ts';
import type { Clock } from '../base/clock.ts';
import type { HttpRequest, Route } from '../base/http.ts';
import { Secret } from '../base/secret.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { ReceiverPerson } from '../ledger/index.ts';
import type { NoteAlertEvents } from '../model/alert_event.ts';
import { type Labels, labelsKey } from '../model/labels.ts';
import {
  type AlertGroup,
  createEscalations,
  createOverrides,
  createPaging,
  createResponses,
  ESCALATION_RECORDS,
  type EscalationOutlook,
  escalationOf,
  escalationOutlook,
  NO_ON_CALL,
  type OnCallConfig,
  OVERRIDE_RECORDS,
  type PolicyReach,
  policyReach,
  RESPONSE_RECORDS,
  readOnCall,
  signLink,
} from '../on_call/index.ts';
import type { Records, StateKind } from '../state/index.ts';
import type { AlertsConfig } from './alerts_messages.ts';

export interface OnCallOptions {
  readonly tenant: string;
  readonly config: AlertsConfig;
  /** Without a slash at the end. */
  readonly externalUrl: () => string;
  readonly clock: Clock;
  readonly records: <Body>(kind: StateKind<Body>) => Records<Body>;
  readonly note: NoteAlertEvents;
  readonly alertmanager: () => Alertmanager;
  readonly integrationsOf: IntegrationsOf;
  readonly authorOf: (request: HttpRequest) => string;
  readonly runbookOf: AcknowledgeSource['runbookOf'];
  readonly log: Logger;
}

/** Who is on call, and what people do about alerts. */
export interface OnCall {
  readonly services: Pick<Required<NotifyServices>, 'acknowledgeUrl' | 'page'>;
  acknowledgedBy(groupKey: string, labels: Labels): string | undefined;
  /** People by the receivers that reach them. */
  people(): ReadonlyMap<string, ReceiverPerson>;
  /** Whom a policy can tell now. */
  reach(policy: string): PolicyReach;
  /** Who is asked about a group by a policy; `beginsMs`: when it is told first. */
  outlook(policy: string, groupKey: string, beginsMs: number): EscalationOutlook;
  readonly routes: readonly Route[];
  /** The store can be asked: what was done before the start is read. */
  begin(): void;
  /** Reads the file again. Throws Error when it cannot be used; then everything stays as it was. */
  reload(config: AlertsConfig): Promise<void>;
  close(): void;
}

/** A changed file is taken up by itself within this time, ms. */
const WATCH_MS = 10_000;
const RETRY_MS = 1_000;
const KEY_BYTES = 32;

/** Starts on-call. A file that cannot be used is told of, and what was read before stays. */
export function startOnCall(options: OnCallOptions): OnCall {
  const { tenant, clock, alertmanager, integrationsOf, externalUrl } = options;
  const log = options.log.child({ part: 'on-call' });
  const file = createOnCallFile(options.config.on_call.file, log);
  let { slack_signing_secret: slackSecret } = options.config.on_call;
  const key = linkKey(options.config.data);
  const config = (): OnCallConfig => file.config();
  const note = (events: Parameters<NoteAlertEvents>[1]): void => options.note(tenant, events);
  const group = (groupKey: string): AlertGroup | undefined => groupOf(alertmanager(), groupKey, clock.nowMs());
  const overrides = createOverrides({ records: options.records(OVERRIDE_RECORDS), tenant, clock, config });
  const responses = createResponses({
    records: options.records(RESPONSE_RECORDS),
    ...{ tenant, clock, group, note },
    onAcknowledged: (groupKey) => escalations.acknowledged(groupKey),
  });
  const escalations = createEscalations({
    ...{ config, tenant, clock, group, note, responses },
    overrides: overrides.all,
    records: options.records({ ...ESCALATION_RECORDS, parse: escalationOf }),
    paging: createPaging({ integrationsOf, clock, note }),
    onError: (error) =>
      log.limited('ERROR', 'escalation', 60, 'an escalation could not be carried on or kept', { error }),
  });
  const people = byReceiver(config);
  const { authorOf } = options;
  const source: OnCallSource = {
    ...{ tenant, config, overrides, responses, authorOf, group },
    problem: file.problem,
    escalations: escalations.all,
    nowMs: clock.nowMs,
  };
  const links: AcknowledgeSource = {
    ...{ key, config, responses, group, runbookOf: options.runbookOf },
    slackSigningSecret: () => (slackSecret === undefined ? undefined : new Secret(slackSecret)),
    nowMs: clock.nowMs,
  };
  let cancelWatch = (): void => undefined;
  const watch = (): void => {
    cancelWatch = clock.at(clock.nowMs() + WATCH_MS, watch);
    file.lookAgain();
  };
  watch();
  const load = async (): Promise<void> => {
    try {
      await Promise.all([overrides.load(), responses.load()]);
      await escalations.resume();
    } catch (error) {
      log.limited('WARN', 'on-call-state', 60, 'the state of on-call cannot be read yet', { error });
      clock.at(clock.nowMs() + RETRY_MS, () => void load());
    }
  };
  return {
    services: {
      page: escalations.notifier,
      acknowledgeUrl({ groupKey, receiver }) {
        const person = people().get(receiver)?.id ?? '';
        const token = signLink(key, { tenant, groupKey, person }, clock.nowMs());
        return token === undefined ? '' : `${externalUrl()}/ack/${token}`;
      },
    },
    acknowledgedBy(groupKey, labels) {
      const wanted = labelsKey(labels);
      const alert = group(groupKey)?.firing.find((one) => labelsKey(one.labels) === wanted);
      return alert === undefined ? undefined : responses.acknowledgedBy(groupKey, [alert]);
    },
    people,
    reach: (policy) => policyReach(policy, { config: config(), overrides: overrides.all(), nowMs: clock.nowMs() }),
    outlook: (policy, groupKey, beginsMs) =>
      escalationOutlook(policy, escalations.of(groupKey), {
        ...{ config: config(), overrides: overrides.all(), nowMs: beginsMs },
      }),
    routes: [...onCallRoutes(source), ...acknowledgeRoutes(links)],
    begin: () => void load(),
    async reload(next) {
      file.reload(next.on_call.file);
      slackSecret = next.on_call.slack_signing_secret;
    },
    close() {
      cancelWatch();
      escalations.close();
    },
  };
}

/** What fires in a group now. */
function groupOf(alertmanager: Alertmanager, groupKey: string, nowMs: number): AlertGroup | undefined {
  const group = alertmanager.group(groupKey);
  if (group === undefined) return undefined;
  const firing = [...group.alerts.values()].filter((alert) => !isResolved(alert, nowMs));
  const isSuppressed = firing.every(({ labels }) => {
    const { silencedBy, inhibitedBy } = alertmanager.suppressedBy(labels);
    return silencedBy.length + inhibitedBy.length > 0;
  });
  return {
    labels: group.labels,
    firing: firing.map((alert) => ({ ...alert, resolved: false, missed: false })),
    isSuppressed,
  };
}

/** People by their receivers; made anew only when the file has changed. */
function byReceiver(config: () => OnCallConfig): () => ReadonlyMap<string, ReceiverPerson> {
  let made: { readonly of: OnCallConfig; readonly people: ReadonlyMap<string, ReceiverPerson> } | undefined;
  return () => {
    const now = config();
    if (made?.of !== now) {
      const pairs = [...now.people.values()].flatMap((person) => person.receivers.map((one) => [one, person] as const));
      made = { of: now, people: new Map(pairs) };
    }
    return made.people;
  };
}

interface OnCallFile {
  config(): OnCallConfig;
  /** Why the file cannot be used; empty when it can. */
  problem(): string;
  /** Takes up the file when it has changed. */
  lookAgain(): void;
  /** Throws Error. */
  reload(path: string | undefined): void;
}

function createOnCallFile(first: string | undefined, log: Logger): OnCallFile {
  let path = first;
  let seen = '';
  let config = NO_ON_CALL;
  let problem = '';
  /** Throws Error naming the file. */
  const read = (): void => {
    seen = fingerprint(path);
    try {
      config = path === undefined ? NO_ON_CALL : readOnCall(readFileSync(path, 'utf8'));
      problem = '';
    } catch (error) {
      problem = `${path}: ${error instanceof Error ? error.message : String(error)}`;
      throw new Error(problem, { cause: error });
    }
  };
  const tryReading = (): void => {
    try {
      read();
      if (path !== undefined)
        log.info('on-call read', { people: config.people.size, schedules: config.schedules.size });
    } catch (error) {
      log.error('the file of on-call cannot be used; what was read before stays', { error });
    }
  };
  tryReading();
  return {
    config: () => config,
    problem: () => problem,
    lookAgain() {
      if (fingerprint(path) !== seen) tryReading();
    },
    reload(next) {
      path = next;
      read();
    },
  };
}

function fingerprint(path: string | undefined): string {
  if (path === undefined || !existsSync(path)) return '';
  const { mtimeMs, size } = statSync(path);
  return `${path} ${mtimeMs} ${size}`;
}

/** What links are signed with: made once for a data directory. */
function linkKey(data: string): Secret {
  const path = join(data, 'link.key');
  if (!existsSync(path)) {
    mkdirSync(data, { recursive: true });
    writeFileSync(path, randomBytes(KEY_BYTES).toString('hex'), { mode: 0o600, flag: 'wx' });
  }
  chmodSync(path, 0o600);
  return new Secret(readFileSync(path, 'utf8').trim());
}
