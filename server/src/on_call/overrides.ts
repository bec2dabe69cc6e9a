import { randomUUID } from 'node:crypto';
import { type OnCallOverride, onCallOverride } from '@trilith/contract';
import * as v from 'valibot';
import type { Clock } from '../base/clock.ts';
import type { Records } from '../state/index.ts';
import type { OnCallConfig } from './on_call_config.ts';

/** An override that cannot be: nobody of that name, no such schedule, no time. */
export class OverrideRefused extends Error {
  override readonly name = 'OverrideRefused';
}

const keptOverride = v.object({ ...onCallOverride.entries, removed: v.boolean() });
export type KeptOverride = v.InferOutput<typeof keptOverride>;

export const OVERRIDE_RECORDS = {
  name: 'on_call_override',
  most: 10_000,
  parse: (json: unknown): KeptOverride | undefined => {
    const read = v.safeParse(keptOverride, json);
    return read.success ? read.output : undefined;
  },
};

export interface OverridesOptions {
  readonly records: Records<KeptOverride>;
  readonly tenant: string;
  readonly clock: Clock;
  readonly config: () => OnCallConfig;
}

/** Stretches of schedules that people took over. */
export interface Overrides {
  /** Reads those made before; until then there are none. Throws StateUnavailable, StoreError. */
  load(): Promise<void>;
  /** In the order they were made, ended ones too. */
  all(): readonly OnCallOverride[];
  /** Resolves when it is on disk. Throws OverrideRefused, StateUnavailable and ingest's errors. */
  add(override: Omit<OnCallOverride, 'id'>): Promise<OnCallOverride>;
  /** False when there is none with this id. */
  remove(id: string, author: string): Promise<boolean>;
}

const LONGEST_MS = 366 * 86_400_000;

export function createOverrides({ records, tenant, clock, config }: OverridesOptions): Overrides {
  const held = new Map<string, OnCallOverride>();
  return {
    async load() {
      for (const { removed, ...override } of (await records.all(tenant)).values())
        if (!removed && !held.has(override.id)) held.set(override.id, override);
    },
    all: () => [...held.values()],
    async add(asked) {
      const { people, schedules } = config();
      const { schedule, person, fromMs, toMs } = asked;
      if (!schedules.has(schedule)) throw new OverrideRefused(`no schedule is named ${schedule}`);
      if (!people.has(person)) throw new OverrideRefused(`no person is named ${person}`);
      if (toMs <= fromMs) throw new OverrideRefused('an override ends after it begins');
      if (toMs <= clock.nowMs()) throw new OverrideRefused('an override ends in the future');
      if (toMs - fromMs > LONGEST_MS) throw new OverrideRefused('an override is a year long at most');
      const override = { ...asked, id: randomUUID() };
      await records.put(tenant, override.id, { ...override, removed: false }, asked.author);
      held.set(override.id, override);
      return override;
    },
    async remove(id, author) {
      const override = held.get(id);
      if (override === undefined) return false;
      await records.put(tenant, id, { ...override, removed: true }, author);
      held.delete(id);
      return true;
    },
  };
}
