import type { Clock } from '../base/clock.ts';
import { type Labels, labelsKey, labelsToRecord } from '../model/labels.ts';
import type { SloFact } from '../model/slo_fact.ts';
import type { RangeQuery, RangeSeries } from '../rules/index.ts';
import { SLOT_MS } from './budget.ts';
import { type CountedDefinition, definitionHash } from './definition_records.ts';
import { countsAtWindow } from './event_counts.ts';
import { atWindow } from './expression.ts';
import type { EventCounts, Indicator, Objective } from './objective.ts';

/** What counting needs of the rest. Times are ms since the epoch. */
export interface CountingPorts {
  /** Rejects with what is shown as the objective's problem. */
  range(query: RangeQuery): Promise<readonly RangeSeries[]>;
  /** Resolves when the facts are durable. */
  keep(facts: readonly SloFact[]): Promise<void>;
  /** Everything counted of an objective in slots that end after `fromMs`, as far as it was counted at `countedFromMs` or later. */
  facts(objective: string, fromMs: number, countedFromMs: number): Promise<readonly SloFact[]>;
  /** What an objective counted when it was last looked at; undefined for one that is new. */
  definition(objective: string): Promise<CountedDefinition | undefined>;
  /** Resolves when it is durable. */
  define(objective: string, definition: CountedDefinition): Promise<void>;
}

export interface KeeperOptions {
  readonly ports: CountingPorts;
  readonly clock: Clock;
}

/** What is counted of an objective, held in memory for its period. */
export interface Counted {
  readonly facts: readonly SloFact[];
  /** Slots up to here are counted; undefined before the first. */
  readonly untilMs: number | undefined;
  /** How much of the past is still to be counted after a start, 0 to 1; 1: nothing. */
  readonly progress: number;
  /** Why counting does not go on; empty when it does. */
  readonly problem: string;
}

/** Counts good and bad events of objectives, slot by slot, as they end; after a start what was missed. */
export interface FactKeeper {
  /** Takes up a configuration; an objective with other expressions is counted anew over its whole period. */
  update(objectives: readonly Objective[]): void;
  /** The store can be asked. */
  begin(): void;
  of(id: string): Counted;
  stop(): void;
}

/** Data may come this much late and still be counted in the first round. */
const LATENESS_MS = 60_000;
/** Slots that each round counts again, for data that came later. */
const RECOUNTED_SLOTS = 2;
/** Slots of one query: a day. */
const SLOTS_AT_ONCE = 288;
const RETRY_MS = 60_000;
/** Series of one objective; of more the first by label are counted, and the objective says so. */
const MOST_DIMENSIONS = 200;

interface Counting {
  objective: Objective;
  /** `definitionHash` of what is counted. */
  definition: string;
  /** By slot and dimension. */
  readonly facts: Map<string, SloFact>;
  isLoaded: boolean;
  beganMs: number | undefined;
  untilMs: number | undefined;
  problem: string;
}

const NOTHING: Counted = { facts: [], untilMs: undefined, progress: 0, problem: '' };
const keyOf = ({ slotMs, dimension }: SloFact): string => `${slotMs}\0${dimension}`;

export function createFactKeeper({ ports, clock }: KeeperOptions): FactKeeper {
  let counted = new Map<string, Counting>();
  let hasBegun = false;
  let isStopped = false;
  let cancel = (): void => undefined;
  let round: Promise<void> = Promise.resolve();

  const plan = (timeMs: number): void => {
    cancel();
    if (!isStopped) cancel = clock.at(timeMs, run);
  };
  const run = (): void => {
    round = round.then(async () => {
      let failed = false;
      for (const one of counted.values()) {
        if (isStopped) return;
        await countMissing(one, ports, clock.nowMs());
        failed ||= one.problem !== '';
      }
      const next = Math.floor((clock.nowMs() - LATENESS_MS) / SLOT_MS + 1) * SLOT_MS + LATENESS_MS;
      plan(failed ? Math.min(next, clock.nowMs() + RETRY_MS) : next);
    });
  };
  return {
    update(objectives) {
      const next = new Map<string, Counting>();
      for (const objective of objectives) {
        const known = counted.get(objective.id);
        const definition = definitionHash(objective);
        next.set(
          objective.id,
          known?.definition === definition ? Object.assign(known, { objective }) : newCounting(objective, definition),
        );
      }
      counted = next;
      if (hasBegun) run();
    },
    begin() {
      if (hasBegun) return;
      hasBegun = true;
      run();
    },
    of(id) {
      const one = counted.get(id);
      if (one === undefined) return NOTHING;
      const { untilMs, beganMs, problem } = one;
      const lastMs = lastSlot(clock.nowMs());
      const progress =
        beganMs === undefined || untilMs === undefined
          ? 0
          : Math.min(1, (untilMs - beganMs) / Math.max(1, lastMs - beganMs));
      return { facts: [...one.facts.values()], untilMs, progress: untilMs === lastMs ? 1 : progress, problem };
    },
    stop() {
      isStopped = true;
      cancel();
    },
  };
}

function newCounting(objective: Objective, definition: string): Counting {
  const none = { isLoaded: false, beganMs: undefined, untilMs: undefined, problem: '' };
  return { objective, definition, facts: new Map(), ...none };
}

const lastSlot = (nowMs: number): number => Math.floor((nowMs - LATENESS_MS) / SLOT_MS) * SLOT_MS;

/** Counts every slot that has ended and is not counted, and the last ones again. What fails is tried again later. */
async function countMissing(one: Counting, ports: CountingPorts, nowMs: number): Promise<void> {
  const { objective } = one;
  const lastMs = lastSlot(nowMs);
  const firstMs = lastMs - Math.floor(objective.periodMs / SLOT_MS) * SLOT_MS;
  try {
    if (!one.isLoaded) {
      const known = await ports.facts(objective.id, firstMs, await countedSince(one, ports, nowMs));
      for (const fact of known) one.facts.set(keyOf(fact), fact);
      const newestMs = known.reduce((newest, { slotMs }) => Math.max(newest, slotMs), firstMs);
      one.untilMs = newestMs;
      one.beganMs = newestMs;
      one.isLoaded = true;
    }
    for (const [key, { slotMs }] of one.facts) if (slotMs <= firstMs) one.facts.delete(key);
    let afterMs = Math.max(firstMs, (one.untilMs ?? firstMs) - RECOUNTED_SLOTS * SLOT_MS);
    while (afterMs < lastMs) {
      const toMs = Math.min(lastMs, afterMs + SLOTS_AT_ONCE * SLOT_MS);
      const facts = await count(objective, afterMs + SLOT_MS, toMs, ports);
      const changed = facts.filter((fact) => !isSame(one.facts.get(keyOf(fact)), fact));
      if (changed.length > 0) await ports.keep(changed);
      for (const fact of changed) one.facts.set(keyOf(fact), fact);
      one.untilMs = Math.max(one.untilMs ?? toMs, toMs);
      afterMs = toMs;
    }
    one.problem = '';
  } catch (error) {
    one.problem = error instanceof Error ? error.message : String(error);
  }
}

/** From when on what was counted is of this definition; with another one everything is counted anew. */
async function countedSince({ objective, definition }: Counting, ports: CountingPorts, nowMs: number): Promise<number> {
  const known = await ports.definition(objective.id);
  if (known?.definition === definition) return known.sinceMs;
  await ports.define(objective.id, { definition, sinceMs: nowMs });
  return nowMs;
}

const isSame = (a: SloFact | undefined, b: SloFact): boolean => a?.bad === b.bad && a.total === b.total;

/** What slots that end at `startMs` to `endMs` counted. Rejects as `range` does. */
async function count(
  { id, indicator }: Objective,
  startMs: number,
  endMs: number,
  ports: CountingPorts,
): Promise<SloFact[]> {
  const ask = (expr: string): Promise<readonly RangeSeries[]> =>
    ports.range({ language: 'promql', expr, startMs, endMs, stepMs: SLOT_MS });
  const { total: totalExpr, bad: badExpr } = questionsOf(indicator);
  const [totals, bads] = await Promise.all([totalExpr === undefined ? undefined : ask(totalExpr), ask(badExpr)]);
  const badAt = new Map(bads.map((series) => [labelsKey(series.labels), pointsOf(series)]));
  const facts: SloFact[] = [];
  for (const series of (totals ?? bads).slice(0, MOST_DIMENSIONS)) {
    const dimension = dimensionOf(series.labels);
    const bad = badAt.get(labelsKey(series.labels));
    for (const [slotMs, value] of pointsOf(series)) {
      const share = totals === undefined ? value : undefined;
      const total = share === undefined ? finite(value) : Number.isFinite(share) ? 1 : 0;
      // No series of bad events: none was bad.
      const badEvents = finite(share ?? bad?.get(slotMs) ?? 0);
      facts.push({ objective: id, dimension, slotMs, bad: Math.min(badEvents, total), total });
    }
  }
  return facts;
}

interface Questions {
  /** Undefined where only the share of bad events is known. */
  readonly total: string | undefined;
  /** Bad events, or their share. */
  readonly bad: string;
}

/** What is asked about a slot. */
function questionsOf(indicator: Indicator): Questions {
  if (indicator.kind === 'events') return countsOf(indicator);
  const { badShare, counts } = indicator;
  return counts === undefined ? { total: undefined, bad: atWindow(badShare, '5m') } : countsOf(counts);
}

const countsOf = ({ total, bad }: EventCounts): Questions => ({
  total: countsAtWindow(total, SLOT_MS),
  bad: countsAtWindow(bad, SLOT_MS),
});

/** Counts are not negative, and nothing divided by nothing is nothing. */
const finite = (value: number): number => (Number.isFinite(value) && value > 0 ? value : 0);

const dimensionOf = (labels: Labels): string => (labels.length === 0 ? '' : JSON.stringify(labelsToRecord(labels)));

function pointsOf({ times, values }: RangeSeries): Map<number, number> {
  return new Map(Array.from(times, (timeMs, i) => [timeMs, values[i] ?? Number.NaN]));
}
