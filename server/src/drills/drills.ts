import { randomUUID } from 'node:crypto';
import { type DrillRun, drillRun } from '@trilith/contract';
import * as v from 'valibot';
import type { AlertEvent, RuleIdentity, StateEvent } from '../model/alert_event.ts';
import type { TestFeatures } from '../rules/index.ts';
import type { Records, StateKind } from '../state/index.ts';
import { createDestinations, type Destination } from './destinations.ts';
import type { Drill, FaultSwitch } from './drill_file.ts';
import { createProgress, type KeptProgress } from './drill_progress.ts';
import { faultStimulus } from './fault.ts';
import { type DrillPorts, HopFailed } from './hop.ts';
import { injectedStimulus } from './injected.ts';
import { createOwnAlertsMark, type OwnAlertsMark } from './own_alerts.ts';
import { runDrill } from './run_drill.ts';
import { createSeen, type Seen, type SeenEvidence } from './seen.ts';
import type { LoadedRule, ShadowOptions } from './shadow_rule.ts';
import type { Stimulus } from './stimulus.ts';

/** A drill cannot be started; the message says why. */
export class DrillRefused extends Error {
  override readonly name = 'DrillRefused';
}

export interface DrillsOptions extends DrillPorts, Pick<ShadowOptions, 'tenant' | 'evaluate'> {
  readonly records: Records<DrillRun>;
  /** Every alerting and recording rule that is loaded. */
  readonly groups: () => readonly LoadedRule['group'][];
  readonly expand: ShadowOptions['expand'];
  /** What of PromQL is on. */
  readonly features: () => TestFeatures;
  /** Events that go to the ledger. */
  readonly note: (events: readonly StateEvent[]) => void;
  readonly flip: (to: FaultSwitch) => Promise<void>;
  /** Takes a stretch of time out of the budgets of objectives; what is returned says when it ended. */
  readonly exclude: (fromMs: number, toMs: number, reason: string) => Promise<(toMs: number) => Promise<void>>;
  /** Whether drills may tell this address instead of a receiver. */
  readonly mayTell: (url: string) => boolean;
  readonly onError: (message: string, error: unknown) => void;
}

/** Drills that run and that have run. */
export interface Drills extends Pick<OwnAlertsMark, 'marked' | 'markedEvents'> {
  /** Starts drills; each goes on by itself. Throws DrillRefused; rejects as the records do, and then none is started. */
  start(
    drills: readonly Drill[],
    how: { readonly trueTime: boolean; readonly author: string },
  ): Promise<readonly DrillRun[]>;
  /** The newest first. Rejects as the records do. */
  all(): Promise<readonly DrillRun[]>;
  of(id: string): Promise<DrillRun | undefined>;
  /** Ends a run: its fault is switched off and its alert ends. False for one that does not run. */
  stop(id: string): boolean;
  /** Takes note of what happens to alerts. */
  hear(events: readonly AlertEvent[]): void;
  /** What a notification with a drill's alert in it carried. */
  hearEvidence(drillId: string, evidence: SeenEvidence): void;
  /** Who is told of a notification with alerts of these drills and no others. */
  destinationOf(drillIds: readonly string[]): Destination;
  /** The store can be asked: runs that an earlier process left are ended, and their faults switched off. */
  begin(): Promise<void>;
}

/** Records in memory, runs that have ended beside them, and those that run at once. */
const MOST_KEPT = 2_000;
const MOST_ENDED = 100;
const AT_ONCE = 20;
/** An exclusion lasts this long when nobody says that the fault is over, and is made longer this often, ms. */
const EXCLUDED_MS = 15 * 60_000;
const EXTEND_MS = 5 * 60_000;
/** Samples of the fault may come in this much after its end, ms. */
const LATE_SAMPLES_MS = 30_000;

export const DRILL_RECORDS: StateKind<DrillRun> = {
  name: 'drill_run',
  most: MOST_KEPT,
  parse: (json) => {
    const read = v.safeParse(drillRun, json);
    return read.success ? read.output : undefined;
  },
};

interface Running {
  readonly drill: Drill;
  readonly progress: KeptProgress;
  readonly seen: Seen;
  readonly stopped: AbortController;
}

export function createDrills(options: DrillsOptions): Drills {
  const { records, tenant, clock, onError } = options;
  const running = new Map<string, Running>();
  /** The last that have ended: known even where they could not be written down. */
  const ended = new Map<string, DrillRun>();
  const latestOf = (id: string): DrillRun | undefined => running.get(id)?.progress.run() ?? ended.get(id);
  const mark = createOwnAlertsMark(options);
  const destinations = createDestinations(MOST_KEPT);
  const keep = (run: DrillRun): Promise<void> => records.put(tenant, run.id, run, run.author);

  const go = async (one: Running, loaded: LoadedRule, trueTime: boolean): Promise<void> => {
    const { drill, progress, seen, stopped } = one;
    const { id } = progress.run();
    try {
      const stimulus = stimulusOf(id, drill, loaded, trueTime);
      const ports: DrillPorts = options;
      await runDrill({ drillId: id, drill, loaded, stimulus, ports, seen, progress, signal: stopped.signal });
      progress.ended('passed');
    } catch (error) {
      if (error instanceof HopFailed) progress.failed(error.hop, error.message, error.advice);
      else if (stopped.signal.aborted) progress.ended('stopped');
      else {
        onError('a drill broke off', error);
        progress.failed(progress.current(), error instanceof Error ? error.message : String(error), '');
      }
    } finally {
      running.delete(id);
      ended.set(id, progress.run());
      const [oldest] = ended.keys();
      if (ended.size > MOST_ENDED && oldest !== undefined) ended.delete(oldest);
      mark.settle(id);
    }
  };

  const stimulusOf = (id: string, drill: Drill, loaded: LoadedRule, trueTime: boolean): Stimulus => {
    const { evaluate, expand, note, groups } = options;
    // Virtual time has gone by when the ledger hears of it.
    const common = { drillId: id, drillName: drill.name, tenant, expand };
    if (drill.cause.kind === 'inject') {
      const now = (events: readonly StateEvent[]): void =>
        note(events.map((event) => ({ ...event, timeMs: clock.nowMs() })));
      return injectedStimulus(loaded, drill.cause, {
        ...common,
        note: now,
        nowMs: clock.nowMs(),
        features: options.features(),
        groups: groups(),
      });
    }
    const { nowMs } = clock;
    const fault = faultStimulus(loaded, drill.cause, {
      ...common,
      note,
      evaluate,
      nowMs,
      trueTime,
      flip: options.flip,
    });
    return sparingBudgets(id, drill, loaded, fault);
  };

  /** Budgets do not move for what a drill breaks, and the rule's own alerts are the drill's. */
  const sparingBudgets = (id: string, drill: Drill, loaded: LoadedRule, fault: Stimulus): Stimulus => {
    let cancel = (): void => undefined;
    let exclusionEnds: ((toMs: number) => Promise<void>) | undefined;
    const extend = (): void => {
      cancel = clock.at(clock.nowMs() + EXTEND_MS, () => {
        exclusionEnds?.(clock.nowMs() + EXCLUDED_MS).catch((error: unknown) =>
          onError('the time of a fault could not be taken out of budgets', error),
        );
        extend();
      });
    };
    return {
      ...fault,
      async begin() {
        const fromMs = clock.nowMs();
        exclusionEnds = await options.exclude(fromMs, fromMs + EXCLUDED_MS, `drill ${drill.name} (${id})`);
        extend();
        mark.take(id, loaded);
        return fault.begin();
      },
      async look() {
        const view = await fault.look();
        mark.saw(id, view);
        return view;
      },
      async end() {
        cancel();
        const text = await fault.end();
        await exclusionEnds?.(clock.nowMs() + LATE_SAMPLES_MS);
        return text;
      },
    };
  };

  const started = (drill: Drill, loaded: LoadedRule, trueTime: boolean, author: string): Running => {
    const id = randomUUID();
    const progress = createProgress(newRun({ id, drill, loaded, trueTime, author, nowMs: clock.nowMs() }), {
      nowMs: clock.nowMs,
      keep: (run) => keep(run).catch((error: unknown) => onError('a drill could not be written down', error)),
    });
    const seen = createSeen(id, clock, progress.saw);
    return { drill, progress, seen, stopped: new AbortController() };
  };

  return {
    marked: mark.marked,
    markedEvents: mark.markedEvents,
    async start(drills, { trueTime, author }) {
      if (running.size + drills.length > AT_ONCE)
        throw new DrillRefused(`${running.size} drills run already; no more than ${AT_ONCE} run at once`);
      const found = drills.map((drill) => {
        if (drill.receiverUrl !== '' && !options.mayTell(drill.receiverUrl))
          throw new DrillRefused(
            `${drill.receiverUrl} may not be told: the setting drills.allow names no address it begins with`,
          );
        return { drill, loaded: ruleOf(drill, options.groups()) };
      });
      for (const one of found)
        if (isTaken(one, found, [...running.values()]))
          throw new DrillRefused(
            `a fault of ${one.loaded.rule.name} is drilled already: two at once would be taken for one another`,
          );
      const begun = found.map(({ drill, loaded }) => ({ loaded, one: started(drill, loaded, trueTime, author) }));
      const runs = begun.map(({ one }) => one.progress.run());
      // They count from here on: another start may be asked for while they are written down.
      for (const { one } of begun) running.set(one.progress.run().id, one);
      for (const run of runs) destinations.know(run);
      try {
        await Promise.all(runs.map(keep));
      } catch (error) {
        for (const { id } of runs) running.delete(id);
        throw error;
      }
      for (const { one, loaded } of begun) void go(one, loaded, trueTime);
      return runs;
    },
    async all() {
      const kept = await records.all(tenant);
      const runs = [...kept.values()].map((run) => latestOf(run.id) ?? run);
      return runs.sort((a, b) => b.startedAtMs - a.startedAtMs);
    },
    of: async (id) => latestOf(id) ?? (await records.all(tenant)).get(id),
    stop(id) {
      const one = running.get(id);
      one?.stopped.abort(new Error('the drill was stopped'));
      return one !== undefined;
    },
    hear(events) {
      for (const { seen } of running.values()) seen.hear(events);
    },
    hearEvidence: (id, evidence) => running.get(id)?.seen.hearEvidence(evidence),
    destinationOf: destinations.of,
    async begin() {
      const kept = [...(await records.all(tenant)).values()].sort((a, b) => a.startedAtMs - b.startedAtMs);
      for (const run of kept) destinations.know(run);
      destinations.knowAll();
      for (const run of kept) {
        if (run.state !== 'running' || latestOf(run.id) !== undefined) continue;
        await endLeft(run, options).catch((error: unknown) => onError('a drill of before could not be ended', error));
      }
    },
  };
}

interface Wanted {
  readonly drill: Drill;
  readonly loaded: LoadedRule;
}

/** Whether another drill switches a fault for the same rule. */
function isTaken({ drill, loaded }: Wanted, all: readonly Wanted[], running: readonly Running[]): boolean {
  if (drill.cause.kind !== 'fault') return false;
  const { group, rule } = loaded;
  const isOfRule = ({ progress }: Running): boolean => {
    const run = progress.run();
    return run.kind === 'fault' && isSame(run.rule, { file: group.file, group: group.name, rule: rule.name });
  };
  const isAnother = (other: Wanted): boolean =>
    other.drill !== drill && other.drill.cause.kind === 'fault' && other.loaded.rule === rule;
  return running.some(isOfRule) || all.some(isAnother);
}

const isSame = (a: RuleIdentity, b: RuleIdentity): boolean =>
  a.file === b.file && a.group === b.group && a.rule === b.rule;

/** Throws DrillRefused. */
function ruleOf(drill: Drill, groups: readonly LoadedRule['group'][]): LoadedRule {
  const found = loadedRules(drill, groups);
  const [first, second] = found;
  const name = drill.group === '' ? drill.alert : `${drill.group}/${drill.alert}`;
  if (first === undefined) throw new DrillRefused(`${drill.name}: no alerting rule ${name} is loaded`);
  if (second !== undefined)
    throw new DrillRefused(
      `${drill.name}: ${found.length} rules are named ${name} (in ${found.map(({ group }) => `${group.file}, group ${group.name}`).join('; ')}): say its group`,
    );
  return first;
}

/** Alerting rules a drill may mean. */
export function loadedRules(
  { group: wanted, alert }: Pick<Drill, 'group' | 'alert'>,
  groups: readonly LoadedRule['group'][],
): readonly LoadedRule[] {
  return groups
    .filter(({ name }) => wanted === '' || name === wanted)
    .flatMap((group) => group.rules.map((rule) => ({ group, rule })))
    .filter(({ rule }) => rule.kind === 'alert' && rule.name === alert);
}

interface Starting {
  readonly id: string;
  readonly drill: Drill;
  readonly loaded: LoadedRule;
  readonly trueTime: boolean;
  readonly author: string;
  readonly nowMs: number;
}

function newRun({ id, drill, loaded: { group, rule }, trueTime, author, nowMs }: Starting): Omit<DrillRun, 'hops'> {
  const { cause } = drill;
  const forText = `${rule.forMs / 1000} s`;
  const notes: string[] = [];
  if (cause.kind === 'inject')
    notes.push(
      `Telemetry is injected and evaluated in virtual time: the rule's for of ${forText} passes without waiting.`,
    );
  else if (!trueTime && cause.holdMs !== undefined && cause.holdMs !== rule.forMs)
    notes.push(`The condition is held for ${cause.holdMs / 1000} s instead of the rule's for of ${forText}.`);
  if (drill.receiverUrl !== '') notes.push(`Told to ${drill.receiverUrl} instead of the true receiver.`);
  return {
    id,
    name: drill.name,
    rule: { file: group.file, group: group.name, rule: rule.name },
    kind: cause.kind,
    state: 'running',
    author,
    startedAtMs: nowMs,
    endedAtMs: null,
    failedHop: null,
    notes,
    attempts: [],
    groupKeys: [],
    faultOff: cause.kind === 'fault' ? `${cause.off.method} ${cause.off.url}` : '',
    receiverUrl: drill.receiverUrl,
  };
}

/** A run that an earlier process did not end: its fault is switched off. */
async function endLeft(run: DrillRun, { flip, records, tenant, clock }: DrillsOptions): Promise<void> {
  const [method, url = ''] = run.faultOff.split(' ');
  const notes = [...run.notes, 'The server ended while the drill ran.'];
  if (run.faultOff !== '') {
    try {
      await flip({ method: method as FaultSwitch['method'], url });
      notes.push('Its fault was switched off after the restart.');
    } catch (error) {
      notes.push(`Its fault may still be on: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  await records.put(tenant, run.id, { ...run, notes, state: 'stopped', endedAtMs: clock.nowMs() }, run.author);
}
