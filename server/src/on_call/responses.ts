import { createHash } from 'node:crypto';
import { type GroupResponse, groupResponse, type ResponseAction } from '@trilith/contract';
import * as v from 'valibot';
import type { NotifiedAlert } from '../alerting/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Alert } from '../model/alert.ts';
import type { AlertEvent } from '../model/alert_event.ts';
import { type Labels, labelsKey, labelsToRecord } from '../model/labels.ts';
import type { Records } from '../state/index.ts';

/** A group of alerts as it is now. */
export interface AlertGroup {
  readonly labels: Labels;
  /** Those that fire. */
  readonly firing: readonly NotifiedAlert[];
  /** Each of them is silenced or inhibited: nobody is told of it now. */
  readonly isSuppressed: boolean;
}

/** Somebody wanted to do something about a group that is not there, or that nobody can do. */
export class ResponseRefused extends Error {
  override readonly name = 'ResponseRefused';
}

export interface ResponsesOptions {
  readonly records: Records<GroupResponse>;
  readonly tenant: string;
  readonly clock: Clock;
  /** Groups that have alerts now. */
  readonly group: (groupKey: string) => AlertGroup | undefined;
  readonly note: (events: readonly AlertEvent[]) => void;
  /** After somebody acknowledged a group. */
  readonly onAcknowledged: (groupKey: string) => void;
}

/** What somebody does about a group. */
export interface Response {
  readonly groupKey: string;
  readonly action: ResponseAction;
  readonly person: string;
  readonly note: string;
}

/** Acknowledgements, assignments and comments of groups of alerts. */
export interface Responses {
  /** Reads what was done before; until then nothing is acknowledged. Throws StateUnavailable, StoreError. */
  load(): Promise<void>;
  /** Resolves when it is on disk. Throws ResponseRefused, StateUnavailable and ingest's errors. */
  respond(response: Response): Promise<GroupResponse>;
  /** Who has acknowledged every one of these alerts of a group, each since it began to fire; undefined when one is new. */
  acknowledgedBy(groupKey: string, firing: readonly Alert[]): string | undefined;
  of(groupKey: string): GroupResponse | undefined;
  /** The latest first. */
  all(): readonly GroupResponse[];
}

/** Kind of the records, and how many groups memory holds. */
export const RESPONSE_RECORDS = {
  name: 'alert_response',
  most: 10_000,
  parse: (json: unknown): GroupResponse | undefined => {
    const read = v.safeParse(groupResponse, json);
    return read.success ? read.output : undefined;
  },
};

const MOST_COMMENTS = 100;
/** Alerts one acknowledgement names; of a larger group the rest is not acknowledged. */
const MOST_ALERTS = 10_000;

export function createResponses(options: ResponsesOptions): Responses {
  const { records, tenant, clock, group, note, onAcknowledged } = options;
  const held = new Map<string, GroupResponse>();
  /** Alerts of an acknowledgement as a set, made when it is first asked. */
  const covered = new WeakMap<GroupResponse, ReadonlySet<string>>();
  /** Responses take turns: each is made from what the one before left. */
  let turn: Promise<unknown> = Promise.resolve();

  const keep = async ({ groupKey, action, person, note: text }: Response): Promise<GroupResponse> => {
    const now = group(groupKey);
    const known = held.get(groupKey);
    if (now === undefined && known === undefined)
      throw new ResponseRefused(`no group of alerts has this key: ${groupKey}`);
    if (action === 'acknowledge' && (now === undefined || now.firing.length === 0))
      throw new ResponseRefused('nothing in this group fires any more');
    if (action === 'comment' && text === '') throw new ResponseRefused('a comment has words');
    const atMs = clock.nowMs();
    const base: GroupResponse = known ?? {
      groupKey,
      labels: labelsToRecord(now?.labels ?? []),
      acknowledged: null,
      assignee: '',
      comments: [],
    };
    const comments = text === '' ? base.comments : [...base.comments, { person, atMs, text }].slice(-MOST_COMMENTS);
    const acknowledged =
      action === 'acknowledge'
        ? { person, atMs, alerts: (now?.firing ?? []).slice(0, MOST_ALERTS).map(occurrence) }
        : action === 'unacknowledge'
          ? null
          : base.acknowledged;
    const next: GroupResponse = {
      ...base,
      acknowledged,
      comments,
      ...(action === 'assign' ? { assignee: person } : {}),
    };
    await records.put(tenant, recordId(groupKey), next, person);
    held.delete(groupKey);
    held.set(groupKey, next);
    note([
      {
        kind: 'response',
        timeMs: atMs,
        groupKey,
        action: NOTED[action],
        person,
        note: text,
        labels: now?.labels ?? Object.entries(base.labels).flat(),
      },
    ]);
    if (action === 'acknowledge') onAcknowledged(groupKey);
    return next;
  };

  return {
    async load() {
      const all = await records.all(tenant);
      for (const response of all.values()) if (!held.has(response.groupKey)) held.set(response.groupKey, response);
    },
    respond(response) {
      const kept = turn.catch(() => undefined).then(() => keep(response));
      turn = kept;
      return kept;
    },
    acknowledgedBy(groupKey, firing) {
      const response = held.get(groupKey);
      if (response === undefined || response.acknowledged === null) return undefined;
      let alerts = covered.get(response);
      if (alerts === undefined) {
        alerts = new Set(response.acknowledged.alerts);
        covered.set(response, alerts);
      }
      const names = alerts;
      return firing.every((alert) => names.has(occurrence(alert))) ? response.acknowledged.person : undefined;
    },
    of: (groupKey) => held.get(groupKey),
    all: () => [...held.values()].reverse(),
  };
}

const NOTED = {
  acknowledge: 'acknowledged',
  unacknowledge: 'unacknowledged',
  assign: 'assigned',
  comment: 'commented',
} as const;

/** One firing of an alert: the same labels that fire again later are another one. */
function occurrence({ labels, startsAtMs }: Alert): string {
  return `${digest(labelsKey(labels))}@${startsAtMs}`;
}

function recordId(groupKey: string): string {
  return digest(groupKey);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
