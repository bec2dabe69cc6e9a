import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { compileMatcher, type RouteNode } from '../alerting/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { WhyPorts } from '../ledger/index.ts';
import type { Records, StateKind } from '../state/index.ts';

type LoadedRules = ReturnType<WhyPorts['rules']>;
type Routing = Pick<ReturnType<WhyPorts['routing']>, 'root' | 'integrations'>;

const KINDS = ['rules', 'routes'] as const;
type Kind = (typeof KINDS)[number];

const version = v.object({
  kind: v.picklist(KINDS),
  sinceMs: v.number(),
  hash: v.string(),
  /** JSON of what was loaded; empty for what is too large to be kept. */
  text: v.string(),
});
type Version = v.InferOutput<typeof version>;

/** Rules and routes as they were loaded, the newest versions of both. */
const MOST_VERSIONS = 100;
const MOST_CHARACTERS = 256 * 1024;
const VERSION_RECORDS: StateKind<Version> = {
  name: 'alert_version',
  most: MOST_VERSIONS,
  parse: (json) => {
    const read = v.safeParse(version, json);
    return read.success ? read.output : undefined;
  },
};

/** How often what is loaded is compared with what is kept, ms. */
const LOOK_MS = 30_000;
const AUTHOR = 'alerting';

export interface AlertVersionsOptions {
  readonly tenant: string;
  readonly records: <Body>(kind: StateKind<Body>) => Records<Body>;
  readonly clock: Clock;
  readonly log: Logger;
  /** What is loaded now. */
  readonly rules: () => LoadedRules;
  readonly routing: () => Routing;
}

/** Rules and routes that were in force at a time, where other ones are now. */
export interface AlertVersions {
  /** Begins to keep versions. */
  begin(): void;
  at: NonNullable<WhyPorts['configurationAt']>;
}

/** Keeps what rules and routes were, so that a question about the past is answered with those of then. */
export function createAlertVersions(options: AlertVersionsOptions): AlertVersions {
  const { tenant, clock } = options;
  const records = options.records(VERSION_RECORDS);
  const textNow: Readonly<Record<Kind, () => string>> = {
    // When a rule was evaluated last, and how that ended, is no version of it.
    rules: () => JSON.stringify(options.rules().map((rule) => ({ ...rule, lastError: '', lastEvaluationMs: 0 }))),
    routes: () => routesText(options.routing()),
  };
  const versionsOf = async (kind: Kind): Promise<Version[]> =>
    [...(await records.all(tenant)).values()].filter((one) => one.kind === kind).sort((a, b) => a.sinceMs - b.sinceMs);
  const look = async (): Promise<void> => {
    for (const kind of KINDS) {
      const text = textNow[kind]();
      const hash = createHash('sha256').update(text).digest('hex');
      if ((await versionsOf(kind)).at(-1)?.hash === hash) continue;
      const sinceMs = clock.nowMs();
      const kept = text.length > MOST_CHARACTERS ? '' : text;
      await records.put(tenant, `${kind} ${sinceMs}`, { kind, sinceMs, hash, text: kept }, AUTHOR);
    }
  };
  const run = (): void => {
    look()
      .catch((error: unknown) =>
        options.log.limited('WARN', 'alert-versions', 60, 'versions of rules and routes cannot be kept yet', { error }),
      )
      .finally(() => clock.at(clock.nowMs() + LOOK_MS, run));
  };
  /** The version that was in force and when it was changed; undefined where that is the one of now, or nothing is known. */
  const before = async (kind: Kind, timeMs: number): Promise<{ text: string; untilMs: number } | undefined> => {
    const versions = await versionsOf(kind);
    const at = versions.findLastIndex(({ sinceMs }) => sinceMs <= timeMs);
    const next = versions[at + 1];
    return at === -1 || next === undefined ? undefined : { text: versions[at]?.text ?? '', untilMs: next.sinceMs };
  };
  return {
    begin: run,
    async at(timeMs) {
      const [rules, routes] = await Promise.all([before('rules', timeMs), before('routes', timeMs)]);
      return {
        ...(rules === undefined || rules.text === '' ? {} : { rules: JSON.parse(rules.text) as LoadedRules }),
        ...(routes === undefined || routes.text === '' ? {} : { routing: routingOf(routes.text) }),
        notes: [
          ...(rules === undefined ? [] : [noteOf('rules', rules)]),
          ...(routes === undefined ? [] : [noteOf('routes', routes)]),
        ],
      };
    },
  };
}

function noteOf(kind: Kind, { text, untilMs }: { text: string; untilMs: number }) {
  const changed = `${kind} were changed at ${new Date(untilMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return {
    kind,
    text:
      text === ''
        ? `${changed}: those of before were too many to be kept, this is about those of now`
        : `${changed}: this is about those of before`,
    atMs: untilMs,
  };
}

function routesText({ root, integrations }: Routing): string {
  return JSON.stringify([root, [...integrations]], (key, value: unknown) =>
    key === 'groupBy' && value instanceof Set ? [...value] : value,
  );
}

/** Only `routesText` writes what this reads. */
function routingOf(text: string): Routing {
  const [root, integrations] = JSON.parse(text) as [RouteNode, [string, readonly string[]][]];
  const revive = (node: RouteNode): RouteNode => ({
    ...node,
    groupBy: new Set(node.groupBy),
    matchers: node.matchers.map(compileMatcher),
    routes: node.routes.map(revive),
  });
  return { root: revive(root), integrations: new Map(integrations) };
}
