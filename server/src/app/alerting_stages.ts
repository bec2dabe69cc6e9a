import type { Clock } from '../base/clock.ts';
import type { RuleGroup } from '../rules/index.ts';
import { readAlertLedger, type StoreReader } from '../store/index.ts';
import type { Rules } from './rules.ts';

export interface AlertingStagesOptions {
  readonly tenant: string;
  readonly clock: Clock;
  readonly rules: Pick<Rules, 'groups' | 'blind'>;
  /** Undefined until the store has been ready once. */
  readonly reader: () => StoreReader | undefined;
}

/** A group that was not evaluated for this many of its intervals stands still. */
const MOST_INTERVALS = 2;
/** What a read may take, ms. */
const STORE_MS = 10_000;
/** Evaluations of a rule that fail one after the other until it is blind: one may be a restart of the store. */
const BLIND_FAILURES = 2;

/**
 * What between a sample and a notification does not work, in words; empty when all of it does. Never rejects. A group counts
 * from when it is seen first.
 */
export function createAlertingStages({ tenant, clock, rules, reader }: AlertingStagesOptions): () => Promise<string> {
  const seenMs = new WeakMap<RuleGroup, number>();
  const standsStill = (group: RuleGroup, nowMs: number): boolean => {
    const sinceMs = seenMs.get(group) ?? nowMs;
    seenMs.set(group, sinceMs);
    return nowMs - Math.max(sinceMs, group.lastEvaluationMs) > MOST_INTERVALS * group.definition.intervalMs;
  };
  const askStore = async (nowMs: number): Promise<void> => {
    const found = reader();
    if (found === undefined) throw new Error('it is starting');
    const signal = AbortSignal.timeout(STORE_MS);
    await readAlertLedger(found, { fromMs: nowMs, toMs: nowMs, limit: 1 }, { database: tenant, signal });
  };
  return async () => {
    const nowMs = clock.nowMs();
    const still = rules.groups().filter((group) => standsStill(group, nowMs));
    const [blind, ...more] = rules.blind().filter(({ failures }) => failures >= BLIND_FAILURES);
    try {
      await askStore(nowMs);
    } catch (error) {
      return `the store does not answer: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (still[0] !== undefined)
      return `${nameOf(still[0])} was not evaluated for ${MOST_INTERVALS} intervals${others(still.length - 1)}`;
    if (blind !== undefined)
      return `${blind.rule.rule} of ${blind.rule.file} cannot be evaluated: ${blind.error}${others(more.length)}`;
    return '';
  };
}

const nameOf = ({ definition: { name, file } }: RuleGroup): string => `group ${name} of ${file}`;
const others = (count: number): string => (count === 0 ? '' : ` (and ${count} more)`);
