import { DRILL_LABEL } from '../model/alert.ts';
import type { AttemptEvent, ResponseEvent } from '../model/alert_event.ts';
import { labelValue } from '../model/labels.ts';
import type { ActiveAlert } from '../rules/index.ts';
import { type DrillRoute, type DrillRunning, drilledLabels, HopFailed } from './hop.ts';

/** Where a drilled alert went, as far as it is looked at: the expected receiver's route, or all it took. */
export interface Destination {
  readonly routes: readonly DrillRoute[];
}

/** An alert reaches its groups at once; the thread may be busy. */
const ROUTED_MS = 10_000;
/** What a delivery may take beside the waits of its route, ms. */
const SLACK_MS = 60_000;

const timeText = (timeMs: number): string => `${new Date(timeMs).toISOString().slice(11, 19)} UTC`;
const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(1))} s`;

/** The route takes the alert to the expected receiver. */
export async function awaitRoute(running: DrillRunning, firing: readonly ActiveAlert[]): Promise<Destination> {
  const { drill, ports, seen, progress, signal } = running;
  const deadlineMs = ports.clock.nowMs() + ROUTED_MS;
  progress.waits('route', deadlineMs);
  await seen.until(() => seen.routed[0], deadlineMs, signal);
  const known = firing.flatMap(({ labels }) => ports.routesOf(drilledLabels(labels, ports)));
  const taken = known.filter(({ receiver }) => seen.routed.some((event) => event.receiver === receiver));
  const routes = [...new Map(taken.map((route) => [route.path.join('.'), route])).values()];
  if (routes.length === 0)
    throw new HopFailed('route', 'no route took the alert', 'look at the configuration of alerting: alerting.config');
  const { receiver } = drill.expect;
  const expected = receiver === '' ? routes : routes.filter((route) => route.receiver === receiver);
  if (expected.length === 0)
    throw new HopFailed(
      'route',
      `it was routed to ${routes.map(routeText).join(' and ')}, not to ${receiver}`,
      'an earlier route takes it, or a matcher differs: ask POST /api/alerts/routes/test with the alert’s labels',
    );
  const empty = expected.find(({ integrations }) => integrations.length === 0);
  if (empty !== undefined)
    throw new HopFailed('route', `the receiver ${empty.receiver} reaches nobody`, 'give it an integration');
  progress.passed('route', `routed to ${expected.map(routeText).join(' and ')}`);
  return { routes: expected };
}

const routeText = ({ receiver, path, key }: DrillRoute): string =>
  `${receiver} (${path.length === 0 ? 'the root route' : `route ${path.map((i) => i + 1).join('.')}`}${key === '' || key === '{}' ? '' : `, ${key}`})`;

/** Attempts of the destination's integrations; whether they told the beginning or the end. */
const attemptsOf = ({ seen, drillId }: DrillRunning, { routes }: Destination, resolved: boolean): AttemptEvent[] =>
  seen.attempts.filter(
    ({ receiver, alerts }) =>
      routes.some((route) => route.receiver === receiver) &&
      alerts.some((alert) => labelValue(alert.labels, DRILL_LABEL) === drillId && alert.resolved === resolved),
  );

/** Every integration of the receiver takes the notification. */
export async function awaitReceiver(running: DrillRunning, destination: Destination): Promise<void> {
  const { drill, ports, seen, progress, signal } = running;
  const { routes } = destination;
  const waitMs = Math.max(...routes.map(({ groupWaitMs, groupIntervalMs }) => groupWaitMs + groupIntervalMs));
  const deadlineMs = ports.clock.nowMs() + (drill.deadlines.receiverMs ?? waitMs + SLACK_MS);
  progress.waits('receiver', deadlineMs);
  const wanted = routes.flatMap(({ receiver, integrations }) => integrations.map(({ name }) => `${receiver}/${name}`));
  const accepted = await untilAccepted(running, destination, { resolved: false, wanted, deadlineMs });
  if (accepted !== undefined) {
    progress.passed('receiver', accepted.map(attemptText).join('; '));
    return;
  }
  const last = attemptsOf(running, destination, false).findLast(({ outcome }) => outcome !== 'accepted');
  if (last !== undefined)
    throw new HopFailed(
      'receiver',
      attemptText(last),
      'the receiver did not take it: POST /api/v2/receivers/test tries it alone',
    );
  signal.throwIfAborted();
  throw new HopFailed(
    'receiver',
    seen.attempts.length === 0 ? 'no notification was attempted in time' : 'not every integration was tried in time',
    'look at group_wait and group_interval of its route (deadlines.receiver gives the hop more time)',
  );
}

interface Accepting {
  readonly resolved: boolean;
  /** `receiver/integration` of each that has to take it. */
  readonly wanted: readonly string[];
  readonly deadlineMs: number;
}

/** The accepting attempt of each; undefined when the time is over. Throws HopFailed for what is refused or held back. */
async function untilAccepted(
  running: DrillRunning,
  destination: Destination,
  { resolved, wanted, deadlineMs }: Accepting,
): Promise<readonly AttemptEvent[] | undefined> {
  const { seen, ports, signal } = running;
  const hop = resolved ? 'told' : 'receiver';
  const found = await seen.until(
    () => {
      const attempts = attemptsOf(running, destination, resolved);
      const refused = attempts.find(({ outcome }) => outcome === 'failed');
      if (refused !== undefined)
        return new HopFailed(
          hop,
          attemptText(refused),
          'the receiver refuses it: look at its address, its key and its template',
        );
      const held = seen.held.find(
        ({ receiver, reason }) =>
          reason !== 'acknowledged' && destination.routes.some((route) => route.receiver === receiver),
      );
      if (held !== undefined && !resolved) return new HopFailed(hop, ports.heldText(held), HELD_ADVICE[held.reason]);
      const accepted = wanted.map((name) =>
        attempts.find((one) => one.outcome === 'accepted' && `${one.receiver}/${one.integration}` === name),
      );
      return accepted.every((one) => one !== undefined) ? accepted : undefined;
    },
    deadlineMs,
    signal,
  );
  if (found instanceof HopFailed) throw found;
  return found;
}

const HELD_ADVICE = {
  silenced: 'end the silence, or make it narrower: a page of this rule would be silent too',
  inhibited: 'resolve the alert that inhibits it first, or look at inhibit_rules',
  muted: 'run the drill outside the time interval, or look at mute_time_intervals',
  inactive: 'run the drill within the route’s active_time_intervals',
  acknowledged: '',
} as const;

function attemptText({
  receiver,
  integration,
  outcome,
  status,
  providerId,
  error,
  latencyMs,
  attempt,
}: AttemptEvent): string {
  const answered = status === 0 ? '' : ` ${status}`;
  if (outcome === 'accepted')
    return `${receiver}/${integration} took it:${answered}${providerId === '' ? '' : ` (id ${providerId})`} in ${latencyMs} ms`;
  return `${receiver}/${integration} did not take it (attempt ${attempt}):${answered} ${error}`;
}

/** The notification carried what was asked for. */
export async function awaitEvidence(running: DrillRunning): Promise<void> {
  const { drill, seen, ports, progress } = running;
  const carried = seen.evidence.at(-1);
  const runbook = carried?.runbookUrl ?? '';
  if (drill.expect.runbook === 'none') progress.skipped('runbook', 'not asked for');
  else {
    const advice = 'name one in the rule’s annotation runbook_url, or give it a page in the folder of runbooks';
    if (runbook === '') throw new HopFailed('runbook', 'the page carried no link to a runbook', advice);
    const problem = drill.expect.runbook === 'opens' ? await ports.opens(runbook) : '';
    if (problem !== '') throw new HopFailed('runbook', `${runbook} does not open: ${problem}`, advice);
    progress.passed('runbook', runbook);
  }
  const { evidence: wanted } = drill.expect;
  if (wanted.length === 0) {
    progress.skipped('evidence', 'not asked for');
    return;
  }
  const missing = wanted.filter((piece) => carried?.pieces.has(piece) !== true);
  if (missing.length > 0)
    throw new HopFailed(
      'evidence',
      `the page carried no ${missing.map((piece) => (carried?.late.has(piece) ? `${piece} (found too late)` : piece)).join(' and no ')}`,
      'what comes too late (after two seconds) is a matter of load; else look whether the alert’s service logs and traces',
    );
  progress.passed('evidence', wanted.join(', '));
}

/** Somebody acknowledges, or the next step is taken. */
export async function awaitAnswer(running: DrillRunning, { routes }: Destination): Promise<void> {
  const { drill, progress, seen, ports, signal } = running;
  const { acknowledged, escalated } = drill.expect;
  const sinceMs = progress.lastMs();
  const groups = new Set(
    seen.routed
      .filter((event) => routes.some(({ receiver }) => receiver === event.receiver))
      .map(({ groupKey }) => groupKey),
  );
  const responses = (action: ResponseEvent['action']): ResponseEvent[] =>
    seen.responses.filter((event) => event.action === action && groups.has(event.groupKey));
  const acknowledgement = (): ResponseEvent | undefined => responses('acknowledged')[0];
  // The first is whom the page went to; what comes after it is an escalation.
  const escalation = (): ResponseEvent | undefined =>
    responses('escalated')
      .filter(({ person }) => person !== '')
      .slice(1)
      .find(
        ({ person }) => escalated === undefined || escalated.to === '' || person.split(', ').includes(escalated.to),
      );
  if (acknowledged !== undefined) {
    const deadlineMs = sinceMs + acknowledged.withinMs;
    progress.waits('acknowledged', deadlineMs);
    const by = await seen.until(acknowledgement, deadlineMs, signal);
    if (by !== undefined) {
      if (acknowledged.by !== '' && by.person !== acknowledged.by)
        throw new HopFailed('acknowledged', `${by.person} acknowledged, not ${acknowledged.by}`, 'look who is on call');
      progress.passed('acknowledged', `${by.person} acknowledged`);
      progress.skipped('escalated', 'acknowledged before');
      return;
    }
  } else progress.skipped('acknowledged', 'not asked for');
  if (escalated === undefined && acknowledged === undefined) {
    progress.skipped('escalated', 'not asked for');
    return;
  }
  const escalatedMs = sinceMs + (escalated?.withinMs ?? 0);
  progress.waits('escalated', escalatedMs);
  const step = await seen.until(escalation, Math.max(escalatedMs, ports.clock.nowMs()), signal);
  if (step !== undefined) progress.passed('escalated', `escalated to ${step.person} (${step.note})`);
  const then = step === undefined ? 'it was not escalated' : `escalated to ${step.person} at ${timeText(step.timeMs)}`;
  if (acknowledged !== undefined)
    throw new HopFailed(
      'acknowledged',
      `nobody acknowledged within ${seconds(acknowledged.withinMs)}; ${then}`,
      'ask whoever was paged whether it reached them: the attempts say which receivers took it',
    );
  if (step === undefined)
    throw new HopFailed(
      'escalated',
      `${acknowledgement() === undefined ? '' : 'somebody acknowledged; '}it was not escalated${escalated?.to ? ` to ${escalated.to}` : ''} within ${seconds(escalated?.withinMs ?? 0)}`,
      'look at the steps and waits of the escalation policy (trilith on-call)',
    );
}

/** The receiver hears of the end. */
export async function awaitTold(running: DrillRunning, destination: Destination): Promise<void> {
  const { drill, ports, progress } = running;
  const { routes } = destination;
  const wanted = routes.flatMap(({ receiver, integrations }) =>
    integrations.filter(({ sendResolved }) => sendResolved).map(({ name }) => `${receiver}/${name}`),
  );
  if (wanted.length === 0) {
    progress.skipped('told', 'the receiver is not told of ends (send_resolved: false)');
    return;
  }
  const waitMs = Math.max(...routes.map(({ groupIntervalMs }) => groupIntervalMs));
  const deadlineMs = ports.clock.nowMs() + (drill.deadlines.toldMs ?? waitMs + SLACK_MS);
  progress.waits('told', deadlineMs);
  const accepted = await untilAccepted(running, destination, { resolved: true, wanted, deadlineMs });
  if (accepted === undefined)
    throw new HopFailed(
      'told',
      'the end was not told in time',
      'look at group_interval of the route, and at the attempts',
    );
  progress.passed('told', accepted.map(attemptText).join('; '));
}
