import type { DrillHopName } from '@trilith/contract';
import type { Alert } from '../model/alert.ts';
import type { ActiveAlert } from '../rules/index.ts';
import { type DrillPorts, type DrillRunning, drilledLabels, HopFailed } from './hop.ts';
import { awaitAnswer, awaitEvidence, awaitReceiver, awaitRoute, awaitTold } from './page_hops.ts';
import type { LoadedRule, RuleView } from './shadow_rule.ts';

/** How long a told alert lasts unless it is told again, and how often that is, ms. */
const LASTS_MS = 240_000;
const RETELL_MS = 60_000;
/** What evaluation and delivery may take beside what is configured, ms. */
const SLACK_MS = 60_000;

/**
 * Runs a drill from its cause to the last notification. Rejects with HopFailed at the first hop that fails, and with the
 * signal's reason; whatever happens, the cause is taken back and the drilled alerts end.
 */
export async function runDrill(running: DrillRunning): Promise<void> {
  const { stimulus, progress, ports } = running;
  const keeper = createAlertKeeper(running);
  let hasBegun = false;
  try {
    refuseWhatFires(running);
    progress.waits('start', ports.clock.nowMs() + SLACK_MS);
    hasBegun = true;
    progress.passed('start', await stimulus.begin().catch((error: unknown) => failStart(error)));
    const firing = await untilFiring(running);
    keeper.tell(firing);
    const destination = await awaitRoute(running, firing);
    await awaitReceiver(running, destination);
    await awaitEvidence(running);
    await awaitAnswer(running, destination);
    hasBegun = false;
    const ended = await stimulus.end().catch((error: unknown) => failEnd(error));
    await untilResolved(running, ended);
    keeper.end();
    await awaitTold(running, destination);
  } catch (error) {
    keeper.end();
    if (hasBegun) await stimulus.end().catch((second: unknown) => failTwice(error, second));
    throw error;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function failStart(error: unknown): never {
  throw new HopFailed(
    'start',
    messageOf(error),
    'look at the drill file, and whether the fault can be switched from here',
  );
}

function failEnd(error: unknown): never {
  throw new HopFailed('resolved', messageOf(error), 'the fault may still be on: switch it off by hand');
}

/** What failed first is what the drill says; that the fault is still on stands beside it. */
function failTwice(first: unknown, second: unknown): never {
  if (!(first instanceof HopFailed)) failEnd(second);
  const seen = `${first.message}; besides, the fault could not be switched off: ${messageOf(second)}`;
  throw new HopFailed(first.hop, seen, `switch the fault off by hand; then: ${first.advice}`);
}

/** A drill of a rule that fires would hide a fault. */
function refuseWhatFires({ loaded, stimulus, ports }: DrillRunning): void {
  const own = stimulus.isVirtual ? 0 : ports.ownAlerts(loaded);
  if (own > 0)
    throw new HopFailed(
      'start',
      `${loaded.rule.name} has ${own} alerts that are pending or firing already`,
      'run the drill when they are over: it would be taken for them, and they for it',
    );
}

type Look = (
  find: (view: RuleView) => boolean,
  failed: (view: RuleView) => HopFailed,
  deadlineMs: number,
) => Promise<RuleView>;

/** Evaluates until something holds; the first time it asks the view there is. */
function createLook({ stimulus, ports, seen, signal }: DrillRunning): Look {
  let view: RuleView | undefined;
  return async (find, failed, deadlineMs) => {
    for (;;) {
      if (view !== undefined && find(view)) return view;
      if (view !== undefined && (view.isOver || (!stimulus.isVirtual && ports.clock.nowMs() >= deadlineMs)))
        throw failed(view);
      if (view !== undefined && !stimulus.isVirtual)
        await seen.until(() => undefined, ports.clock.nowMs() + stimulus.everyMs, signal);
      signal.throwIfAborted();
      view = await stimulus.look();
    }
  };
}

/** Series, pending, firing. */
async function untilFiring(running: DrillRunning): Promise<readonly ActiveAlert[]> {
  const { drill, stimulus, ports, progress, loaded } = running;
  const look = createLook(running);
  const { nowMs } = ports.clock;
  let beforeMs: number | undefined;
  const passed = (hop: DrillHopName, view: RuleView, text: string): void => {
    progress.passed(hop, text, stimulus.isVirtual ? view.timeMs - (beforeMs ?? view.timeMs) : undefined);
    beforeMs = view.timeMs;
  };
  const because = (view: RuleView, otherwise: string): string =>
    view.error === '' ? otherwise : `the rule cannot be evaluated: ${view.error}`;

  const seriesMs = nowMs() + drill.deadlines.seriesMs;
  progress.waits('series', seriesMs);
  const series = await look(
    ({ missing, error }) => missing.length === 0 && error === '',
    (view) =>
      new HopFailed('series', because(view, `there are no series of ${view.missing.join(', ')}`), ADVICE.series),
    seriesMs,
  );
  if (loaded.rule.language === 'logql') progress.skipped('series', 'a rule over logs has no series to look for');
  else passed('series', series, 'all series that the rule needs exist');

  const pendingMs = nowMs() + drill.deadlines.pendingMs;
  progress.waits('pending', pendingMs);
  const pending = await look(
    ({ alerts }) => alerts.length > 0,
    (view) => new HopFailed('pending', because(view, notTrue(view)), ADVICE.pending),
    pendingMs,
  );
  passed('pending', pending, `the condition holds: ${pending.compared.join('; ') || firstValue(pending)}`);

  const firingMs = nowMs() + (drill.deadlines.firingMs ?? stimulus.forMs + 2 * stimulus.everyMs + SLACK_MS);
  progress.waits('firing', firingMs);
  const firing = await look(
    ({ alerts }) => alerts.some(({ state }) => state === 'firing'),
    (view) => new HopFailed('firing', because(view, notLongEnough(view)), ADVICE.firing),
    firingMs,
  );
  const alerts = firing.alerts.filter(({ state }) => state === 'firing');
  passed('firing', firing, alerts.length === 1 ? 'the alert fires' : `${alerts.length} alerts fire`);
  return alerts;
}

const ADVICE = {
  series: 'look whether the targets are scraped, and whether the rule asks for labels the series have',
  pending:
    'the fault does not make the rule true: look at its threshold, or give the hop more time (deadlines.pending)',
  firing: 'the condition did not hold for as long as the rule asks: look at `for`, and at gaps in the series',
  resolved:
    'look whether the fault is off, and whether the rule can become false (deadlines.resolved gives it more time)',
} as const;

const notTrue = ({ compared }: RuleView): string =>
  compared.length === 0 ? 'the condition did not come to hold' : `the condition does not hold: ${compared.join('; ')}`;

const notLongEnough = (view: RuleView): string =>
  view.alerts.length === 0 ? `the alert was pending, then ${notTrue(view)}` : 'the alert stayed pending';

const firstValue = ({ alerts }: RuleView): string => `the expression gives ${alerts[0]?.value ?? 'something'}`;

async function untilResolved(running: DrillRunning, ended: string): Promise<void> {
  const { drill, stimulus, ports, progress, loaded } = running;
  const deadlineMs = ports.clock.nowMs() + drill.deadlines.resolvedMs;
  progress.waits('resolved', deadlineMs);
  const look = createLook(running);
  const first = await stimulus.look();
  const view = await look(
    // While the rule's own alert goes on, it is the same alert.
    ({ alerts }) => alerts.length === 0 && (stimulus.isVirtual || ports.ownAlerts(loaded) === 0),
    (last) =>
      new HopFailed(
        'resolved',
        `the condition still holds: ${last.compared.join('; ') || firstValue(last)}`,
        ADVICE.resolved,
      ),
    deadlineMs,
  );
  progress.passed(
    'resolved',
    `${ended}; the condition does not hold any more`,
    stimulus.isVirtual ? view.timeMs - first.timeMs : undefined,
  );
}

/** Tells alerting of the drilled alerts, again and again, until they end. */
function createAlertKeeper({ loaded, ports }: DrillRunning) {
  let told: readonly Alert[] = [];
  let cancel = (): void => undefined;
  const put = (lastsMs: number): void => {
    const nowMs = ports.clock.nowMs();
    ports.put(told.map((alert) => ({ ...alert, endsAtMs: nowMs + lastsMs, updatedAtMs: nowMs })));
  };
  const retell = (): void => {
    put(LASTS_MS);
    cancel = ports.clock.at(ports.clock.nowMs() + RETELL_MS, retell);
  };
  return {
    tell(alerts: readonly ActiveAlert[]): void {
      told = alerts.map((alert) => alertOf(alert, loaded, ports));
      retell();
    },
    end(): void {
      cancel();
      if (told.length > 0) put(0);
      told = [];
    },
  };
}

function alertOf({ labels, annotations }: ActiveAlert, { rule }: LoadedRule, ports: DrillPorts): Alert {
  const nowMs = ports.clock.nowMs();
  return {
    labels: drilledLabels(labels, ports),
    annotations,
    startsAtMs: nowMs,
    endsAtMs: nowMs + LASTS_MS,
    updatedAtMs: nowMs,
    generatorUrl: ports.linkOf(rule),
  };
}
