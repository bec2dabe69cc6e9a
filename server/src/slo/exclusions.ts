import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { Records, StateKind } from '../state/index.ts';
import type { Exclusion } from './budget.ts';

/** Time that somebody took out of budgets; `objective` is an id, or `*` for all. */
export interface NamedExclusion extends Exclusion {
  readonly id: string;
  readonly objective: string;
  readonly reason: string;
  readonly author: string;
}

const body = v.object({
  objective: v.string(),
  fromMs: v.number(),
  toMs: v.number(),
  reason: v.string(),
  author: v.string(),
  removed: v.boolean(),
});
type Body = v.InferOutput<typeof body>;

const MOST = 5_000;

/** Exclusions as history: adding and removing are versions, nothing is forgotten. */
export const EXCLUSION_RECORDS: StateKind<Body> = {
  name: 'slo_exclusion',
  most: MOST,
  parse: (json) => {
    const read = v.safeParse(body, json);
    return read.success ? read.output : undefined;
  },
};

export interface Exclusions {
  /** Of one objective, those for all included; the newest first. */
  of(objective: string): Promise<readonly NamedExclusion[]>;
  /** Resolves with its id. */
  add(exclusion: Omit<NamedExclusion, 'id'>): Promise<string>;
  /** It ends at another time than was said. */
  end(id: string, toMs: number, author: string): Promise<void>;
  /** False for one that is not there. */
  remove(id: string, author: string): Promise<boolean>;
}

/** Rejects as the records do. */
export function createExclusions(records: Records<Body>, tenant: string): Exclusions {
  return {
    async of(objective) {
      const all = await records.all(tenant);
      return [...all]
        .filter(([, one]) => !one.removed && (one.objective === objective || one.objective === '*'))
        .map(([id, { removed: _, ...one }]) => ({ id, ...one }))
        .sort((a, b) => b.fromMs - a.fromMs);
    },
    async add({ objective, fromMs, toMs, reason, author }) {
      const id = randomUUID();
      await records.put(tenant, id, { objective, fromMs, toMs, reason, author, removed: false }, author);
      return id;
    },
    async end(id, toMs, author) {
      const known = (await records.all(tenant)).get(id);
      if (known !== undefined) await records.put(tenant, id, { ...known, toMs }, author);
    },
    async remove(id, author) {
      const known = (await records.all(tenant)).get(id);
      if (known === undefined || known.removed) return false;
      await records.put(tenant, id, { ...known, removed: true }, author);
      return true;
    },
  };
}
