import type { Clock } from '../base/clock.ts';
import type { Labels } from '../model/labels.ts';
import { type BlindRule, createBlindRules } from './blind.ts';
import { definitionText, type GroupDefinition, groupKey } from './definition.ts';
import { createEndedMeanwhile } from './ended_meanwhile.ts';
import { type GroupContext, RuleGroup, staleAt } from './group.ts';
import type { ExpandAlertTemplates, RulePorts } from './ports.ts';
import { nextSlot, slotBefore, slotOffsetMs } from './schedule.ts';

export interface RuleManagerOptions {
  readonly tenant: string;
  readonly ports: RulePorts;
  readonly clock: Clock;
  readonly expand: ExpandAlertTemplates;
  readonly externalLabels: () => Labels;
  readonly linkOf: GroupContext['linkOf'];
  readonly elapsedMs: () => number;
  readonly warn: GroupContext['warn'];
  /** The least time between two tellings of the same alert, ms (upstream: --rules.alert.resend-delay). */
  readonly resendDelayMs?: number;
}

/** Evaluates groups of rules on their schedule. */
export interface RuleManager {
  /** Takes up a configuration: groups that are the same go on, changed ones keep the state of their rules. */
  update(groups: readonly GroupDefinition[], unreadable: ReadonlyMap<string, string>): Promise<void>;
  /** Begins to evaluate; nothing is before. */
  begin(): void;
  /** In the order of files and names. */
  groups(): readonly RuleGroup[];
  blind(): readonly BlindRule[];
  stop(): void;
}

const RESEND_DELAY_MS = 60_000;
/** Rules may read what is scraped and recorded only after a while: alerts are continued after this many iterations. */
const ITERATIONS_BEFORE_RESTORE = 2;
/** A group that is gone ends its series after this many intervals: by then a renamed rule writes them again. */
const INTERVALS_BEFORE_END = 2;

interface Running {
  readonly group: RuleGroup;
  /** Resolves when an iteration that is under way is over; no other begins. */
  stop(): Promise<void>;
}

export function createRuleManager(options: RuleManagerOptions): RuleManager {
  const { tenant, ports, clock } = options;
  const blind = createBlindRules({ tenant, ports, generatorUrl: options.linkOf('promql', '') });
  const resendDelayMs = options.resendDelayMs ?? RESEND_DELAY_MS;
  const context: GroupContext = { ...options, blind, resendDelayMs };
  let running = new Map<string, Running>();
  let hasBegun = false;
  let isFirst = true;
  let stopTelling = (): void => undefined;

  let endMissing: ReturnType<typeof createEndedMeanwhile> | undefined;
  const allGroups = (): RuleGroup[] => [...running.values()].map(({ group }) => group);
  const restored = async (group: RuleGroup): Promise<boolean> => (await endMissing?.(group, clock.nowMs())) ?? true;

  const endSeries = async (group: RuleGroup): Promise<void> => {
    const series = group.allSeries();
    const timeMs = clock.nowMs() - group.definition.queryOffsetMs;
    if (series.length > 0)
      await ports.append(
        tenant,
        series.map((labels) => staleAt(labels, timeMs)),
      );
  };
  const remove = async (gone: Running): Promise<void> => {
    await gone.stop();
    gone.group.forget();
    clock.at(clock.nowMs() + INTERVALS_BEFORE_END * gone.group.definition.intervalMs, () => {
      endSeries(gone.group).catch((error: unknown) =>
        options.warn('series of a group that is gone could not be ended', {
          group: groupKey(gone.group.definition),
          error,
        }),
      );
    });
  };
  const take = async (definition: GroupDefinition, known: Running | undefined): Promise<Running> => {
    if (known !== undefined && definitionText(known.group.definition) === definitionText(definition)) return known;
    const group = new RuleGroup(definition, context, isFirst);
    await known?.stop();
    if (known !== undefined) group.takeStateOf(known.group);
    return { group, stop: hasBegun ? runGroup(group, clock, restored) : async () => undefined };
  };
  const tell = (): void => {
    blind.tell(clock.nowMs());
    stopTelling = clock.at(clock.nowMs() + RESEND_DELAY_MS, tell);
  };
  return {
    async update(definitions, unreadable) {
      const next = new Map<string, Running>();
      for (const definition of definitions) {
        const key = groupKey(definition);
        next.set(key, await take(definition, running.get(key)));
      }
      const gone = [...running].filter(([key]) => !next.has(key));
      running = next;
      isFirst = false;
      blind.unreadable(unreadable, clock.nowMs());
      await Promise.all(gone.map(([, group]) => remove(group)));
    },
    begin() {
      if (hasBegun) return;
      hasBegun = true;
      endMissing = createEndedMeanwhile({ ...context, groups: allGroups, beganMs: clock.nowMs() });
      for (const [key, { group }] of running) running.set(key, { group, stop: runGroup(group, clock, restored) });
      tell();
    },
    groups: () =>
      allGroups().sort(({ definition: a }, { definition: b }) =>
        a.file === b.file ? compare(a.name, b.name) : compare(a.file, b.file),
      ),
    blind: () => blind.all(),
    stop() {
      stopTelling();
      for (const { stop } of running.values()) void stop();
    },
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Evaluates a group at its slots until it is stopped.
 * @param restored called when it knows its alerts of before a restart, after every iteration until it gives true; never
 *   rejects
 */
function runGroup(
  group: RuleGroup,
  clock: Clock,
  restored: (group: RuleGroup) => Promise<boolean>,
): () => Promise<void> {
  const { file, name, intervalMs } = group.definition;
  const offsetMs = slotOffsetMs(file, name, intervalMs);
  let isStopped = false;
  let iterations = 0;
  let awaitsEnds = group.awaitsRestore;
  let current: Promise<void> = Promise.resolve();
  let cancel = (): void => undefined;
  const iterate = async (timeMs: number): Promise<void> => {
    await group.evaluate(timeMs, clock.nowMs());
    iterations++;
    if (iterations >= ITERATIONS_BEFORE_RESTORE) {
      if (group.awaitsRestore) await group.restore(clock.nowMs());
      if (awaitsEnds && !group.awaitsRestore) awaitsEnds = !(await restored(group));
    }
    plan(timeMs);
  };
  const plan = (evaluatedMs: number): void => {
    if (isStopped) return;
    // After a clock went back, the slots are those of the new time.
    const lastMs = Math.min(evaluatedMs, slotBefore(clock.nowMs(), offsetMs, intervalMs));
    cancel = clock.at(lastMs + intervalMs, () => {
      const { timeMs, missed } = nextSlot(lastMs, clock.nowMs(), intervalMs);
      group.counts.missed += missed;
      group.counts.iterations += missed;
      current = iterate(timeMs);
    });
  };
  plan(slotBefore(clock.nowMs(), offsetMs, intervalMs));
  return () => {
    isStopped = true;
    cancel();
    return current;
  };
}
