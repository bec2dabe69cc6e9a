import { matchesAll, matchRoutes, printMatchers, type RouteNode } from '../../alerting/index.ts';
import type { AlertEvent, AttemptEvent, HeldEvent, RoutedEvent } from '../../model/alert_event.ts';
import type { Labels } from '../../model/labels.ts';
import { hasLabels } from '../state_timeline.ts';
import type { Routing } from './ports.ts';
import { clock, duration, hop, labelsText, stop, type Verdict } from './verdict.ts';

type Hops = Verdict['hops'];

/** An alert that fired, and what the ledger has of its way from there. */
export interface FiredAlert {
  readonly labels: Labels;
  readonly firedAtMs: number;
  /** When a page was expected. */
  readonly atMs: number;
  /** Only this receiver counts; undefined: any. */
  readonly receiver: string | undefined;
  /** Oldest first, until `atMs`. */
  readonly events: readonly AlertEvent[];
  readonly routing: Routing;
}

/** A group tells again what it told after this long without anything new, at the earliest: a page that old is not this one. */
const RECENT_MS = 10 * 60_000;
/** A page goes to every integration of a receiver, and to everybody of a step. */
const SAME_PAGE_MS = 30_000;
/** Evaluation, sending and routing are events of the same moment, noted by two clocks' readings. */
const SLACK_MS = 1_000;

/** What became of an alert that fired. */
export function whyTold(alert: FiredAlert, hops: Hops): Verdict {
  const { labels, firedAtMs, receiver } = alert;
  const since = alert.events.filter(({ timeMs }) => timeMs >= firedAtMs - SLACK_MS);
  const wanted = (name: string): boolean => receiver === undefined || name === receiver;
  const routed = since.filter((event) => event.kind === 'routed').filter((event) => hasLabels(event.labels, labels));
  const ways = routed.filter((event) => wanted(event.receiver));
  if (ways.length === 0) return neverRouted(alert, routed, hops);
  const passed = [
    ...hops,
    ...ways.map((way) => hop('route', 'passed', routeText(way, alert.routing.root), way.timeMs)),
  ];
  const empty = ways.every((way) => alert.routing.integrations.get(way.receiver)?.length === 0);
  if (empty) {
    const names = ways.map((way) => way.receiver).join(', ');
    return stop('route-empty', 'route', `it was routed to ${names}, which has no integrations: nobody is told`, {
      hops: passed,
    });
  }
  const keys = new Set(ways.map(({ groupKey }) => groupKey));
  const attempts = alert.events
    .filter((event) => event.kind === 'attempt')
    .filter((event) => keys.has(event.groupKey) || event.alerts.some((told) => hasLabels(told.labels, labels)));
  const told = attempts.filter(
    ({ timeMs, alerts }) =>
      timeMs >= firedAtMs - SLACK_MS && alerts.some((one) => !one.resolved && hasLabels(one.labels, labels)),
  );
  const own = told.filter((attempt) => wanted(attempt.receiver));
  const held = since
    .filter((event) => event.kind === 'held')
    .filter((event) => hasLabels(event.labels, labels) && wanted(event.receiver));
  const way: Way = { alert, ways, own, told, others: attempts, held, hops: passed };
  const accepted = own.filter(({ outcome }) => outcome === 'accepted');
  // People rather than the policy that told them.
  const page = accepted.findLast(({ integration }) => !integration.startsWith('on_call[')) ?? accepted.at(-1);
  if (page !== undefined) return afterPage(way, page);
  const lastHeld = held.at(-1);
  const lastAttempt = own.at(-1);
  if (lastHeld !== undefined && lastHeld.timeMs >= (lastAttempt?.timeMs ?? 0)) return heldBack(lastHeld, way);
  if (lastAttempt !== undefined) return refused(own, lastAttempt, way);
  return stillWaiting(way);
}

interface Way {
  readonly alert: FiredAlert;
  readonly ways: readonly RoutedEvent[];
  /** Attempts to tell the receiver asked about of this firing; any receiver where none was asked about. */
  readonly own: readonly AttemptEvent[];
  /** The same of every receiver of its groups. */
  readonly told: readonly AttemptEvent[];
  /** All attempts of its groups, those of before it fired too. */
  readonly others: readonly AttemptEvent[];
  readonly held: readonly HeldEvent[];
  readonly hops: Hops;
}

function afterPage({ alert, ways, told, held, hops }: Way, page: AttemptEvent): Verdict {
  const { atMs, events } = alert;
  const said = attemptText(page);
  const together = told.filter(
    ({ outcome, timeMs }) => outcome === 'accepted' && Math.abs(page.timeMs - timeMs) <= SAME_PAGE_MS,
  );
  const passed = [
    ...hops,
    ...together.map((one) => hop('receiver', 'passed', attemptText(one), one.timeMs)),
    ...failedBeside(told).map((one) =>
      hop('receiver', 'note', `${one.receiver} (${one.integration}) did not take it: ${one.error}`, one.timeMs),
    ),
  ];
  const answers = events
    .filter((event) => event.kind === 'response')
    .filter(({ groupKey }) => groupKey === page.groupKey);
  const response = answers.findLast(({ action }) => action === 'acknowledged' || action === 'unacknowledged');
  const base = { paged: true, hops: passed };
  const acknowledged = held.findLast(({ reason }) => reason === 'acknowledged');
  if (atMs - page.timeMs <= RECENT_MS && acknowledged === undefined)
    return { ...base, cause: 'paged', sentence: `it paged at ${clock(page.timeMs)}: ${said}` };
  if (response?.action === 'acknowledged' && response.timeMs <= atMs) {
    const sentence = `it paged at ${clock(page.timeMs)} and ${response.person} acknowledged it at ${clock(response.timeMs)}: since then nobody is told again`;
    return {
      ...base,
      cause: 'acknowledged',
      sentence,
      hops: [...passed, hop('response', 'stop', sentence, response.timeMs)],
    };
  }
  const later = held.findLast(({ timeMs }) => timeMs >= page.timeMs);
  if (later !== undefined)
    return { ...heldBack(later, { alert, ways, own: [], told: [], others: [], held, hops: passed }), paged: true };
  const route = nodeAt(alert.routing.root, ways[0]?.route ?? []);
  const repeat =
    route === undefined
      ? ''
      : `; it is told again ${duration(route.repeatIntervalMs)} after that while it fires (repeat_interval)`;
  const sentence = `it paged at ${clock(page.timeMs)} (${page.receiver}), ${duration(atMs - page.timeMs)} earlier${repeat}`;
  return { ...base, cause: 'grouped', sentence, hops: [...passed, hop('group', 'stop', sentence, page.timeMs)] };
}

/** The last attempt at each integration that has taken nothing of it. */
function failedBeside(told: readonly AttemptEvent[]): AttemptEvent[] {
  const last = new Map<string, AttemptEvent>();
  const name = ({ receiver, integration }: AttemptEvent): string => `${receiver}/${integration}`;
  for (const attempt of told) last.set(name(attempt), attempt);
  const taken = new Set(told.filter(({ outcome }) => outcome === 'accepted').map(name));
  return [...last.values()].filter((attempt) => !taken.has(name(attempt)));
}

const HELD: Readonly<Record<HeldEvent['reason'], (by: string) => string>> = {
  silenced: (by) => `it was silenced by ${by}`,
  inhibited: (by) => `it was inhibited by the alert ${by}`,
  muted: (by) => `its route was muted by the time interval ${by}`,
  inactive: (by) => `its route was outside its active time interval ${by}`,
  acknowledged: (by) => `it was acknowledged by ${by}`,
};

function heldBack({ reason, by, timeMs }: HeldEvent, { alert, hops }: Way): Verdict {
  const who = by.map((one) => (reason === 'silenced' ? (alert.routing.silence(one) ?? `silence ${one}`) : one));
  return stop(reason, 'held', `${HELD[reason](who.join(', '))} from ${clock(timeMs)}`, { hops, atMs: timeMs });
}

/** No integration took it. */
function refused(attempts: readonly AttemptEvent[], last: AttemptEvent, { hops, told }: Way): Verdict {
  const { receiver, integration, status, error } = last;
  const tries = attempts.length === 1 ? 'one attempt' : `${attempts.length} attempts`;
  const where = `the receiver ${receiver} (${integration}) did not take it in ${tries}`;
  const sentence = `${where}: ${status === 0 ? '' : `status ${status}, `}${error || 'no reason given'}`;
  const instead = told.filter((one) => one.outcome === 'accepted' && one.fallbackFor === receiver);
  const noted = instead.map((one) => hop('receiver', 'note', attemptText(one), one.timeMs));
  return stop(refusalCause(last), 'receiver', sentence, { hops: [...hops, ...noted], atMs: last.timeMs });
}

function refusalCause({ status, error }: AttemptEvent): Verdict['cause'] {
  if (/nobody is on call|has no receivers|no escalation policy|no on_call\.file/.test(error)) return 'nobody-on-call';
  if (status >= 500 || status === 429 || status === 408) return 'receiver-failing';
  if (status >= 400) return 'receiver-refused';
  if (/\btemplate\b/i.test(error)) return 'template-error';
  if (/time[d ]*\s?out|timeout|no answer within/i.test(error)) return 'receiver-timeout';
  return 'receiver-unreachable';
}

/** Routed, neither held nor tried: its group is not due yet, or was cut short. */
function stillWaiting({ alert, ways, others, hops }: Way): Verdict {
  const [way] = ways;
  const route = way === undefined ? undefined : nodeAt(alert.routing.root, way.route);
  const before = others.findLast(({ outcome }) => outcome === 'accepted');
  const waitedMs = alert.atMs - (way?.timeMs ?? alert.firedAtMs);
  if (before !== undefined && route !== undefined) {
    const sentence = `it joined a group that had been told at ${clock(before.timeMs)}: new alerts of it are told ${duration(route.groupIntervalMs)} apart (group_interval)`;
    return stop('grouped', 'group', sentence, { hops, atMs: before.timeMs });
  }
  if (route !== undefined && waitedMs <= route.groupWaitMs + SLACK_MS) {
    const sentence = `its group waits ${duration(route.groupWaitMs)} for more alerts before it is told (group_wait); ${duration(waitedMs)} of it had passed`;
    return stop('group-wait', 'group', sentence, { hops, atMs: way?.timeMs ?? null });
  }
  return stop('not-sent', 'group', 'it was routed, and no attempt to tell it is in the ledger', { hops });
}

function neverRouted(
  { labels, receiver, routing, firedAtMs }: FiredAlert,
  routed: readonly RoutedEvent[],
  hops: Hops,
): Verdict {
  const options = { hops, atMs: firedAtMs };
  if (receiver === undefined || routed.length === 0) {
    const sentence = 'it fired, and alerting has not heard of it: it is told with the next evaluation';
    return stop('not-sent', 'route', sentence, options);
  }
  const went = [...new Set(routed.map((event) => event.receiver))].join(', ');
  return stop(
    'wrong-route',
    'route',
    `it went to ${went}, not to ${receiver}: ${wrongRoute(routing.root, routed[0]?.labels ?? labels, receiver)}`,
    options,
  );
}

/** Why no route to a receiver takes an alert. */
function wrongRoute(root: RouteNode, labels: Labels, receiver: string): string {
  const nodes = allNodes(root).filter((node) => node.receiver === receiver);
  if (nodes.length === 0) return `no route ends at ${receiver}`;
  const taken = matchRoutes(root, labels);
  for (const node of nodes) {
    const above = pathTo(root, node.path);
    const failing = above.find((one) => !matchesAll(one.matchers, labels));
    if (failing !== undefined) {
      const matcher = failing.matchers.find((one) => !matchesAll([one], labels));
      return `the route to it asks for ${printMatchers(matcher === undefined ? failing.matchers : [matcher])}, and the alert is ${labelsText(labels)}`;
    }
    const deeper = taken.find((one) => startsWith(one.path, node.path) && one.path.length > node.path.length);
    if (deeper !== undefined)
      return `a route below it takes the alert: ${printMatchers(deeper.matchers)} to ${deeper.receiver}`;
    const earlier = taken.find((one) => comesBefore(one.path, node.path));
    if (earlier !== undefined)
      return `an earlier route takes it and does not continue: ${printMatchers(earlier.matchers)} to ${earlier.receiver}`;
  }
  return `its routes take the alert now; they did not when it fired`;
}

function allNodes(node: RouteNode): RouteNode[] {
  return [node, ...node.routes.flatMap(allNodes)];
}

/** The routes from below the root to a node. */
function pathTo(root: RouteNode, path: readonly number[]): RouteNode[] {
  const found: RouteNode[] = [];
  let node: RouteNode | undefined = root;
  for (const at of path) {
    node = node?.routes[at];
    if (node !== undefined) found.push(node);
  }
  return found;
}

function nodeAt(root: RouteNode, path: readonly number[]): RouteNode | undefined {
  return path.length === 0 ? root : pathTo(root, path).at(-1);
}

function startsWith(path: readonly number[], prefix: readonly number[]): boolean {
  return prefix.every((at, i) => path[i] === at);
}

function comesBefore(a: readonly number[], b: readonly number[]): boolean {
  for (const [i, at] of a.entries()) if (at !== b[i]) return at < (b[i] ?? 0);
  return false;
}

function routeText({ receiver, route, groupKey }: RoutedEvent, root: RouteNode): string {
  const matchers = nodeAt(root, route)?.matchers ?? [];
  const how = route.length === 0 ? 'the root route' : `the route ${printMatchers(matchers)}`;
  return `${how} took it to ${receiver}, into the group ${groupKey}`;
}

function attemptText(event: AttemptEvent): string {
  const { receiver, integration, status, providerId, attempt, latencyMs, fallbackFor } = event;
  const id = providerId === '' ? '' : `, id ${providerId}`;
  const answer = status === 0 ? '' : `, status ${status}`;
  const instead = fallbackFor === undefined ? '' : `, as the fallback for ${fallbackFor}`;
  return `${receiver} (${integration}) took it at attempt ${attempt} in ${latencyMs} ms${answer}${id}${instead}`;
}
