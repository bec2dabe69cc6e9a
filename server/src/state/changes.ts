import { type Change, change } from '@trilith/contract';
import * as v from 'valibot';
import { type HistoryOptions, openRecords } from './history.ts';

/** Changes held in memory and answered from there; older ones stay in the store. */
const MOST_CHANGES = 20_000;

/** Which changes are asked for; ms since the epoch, both ends included. */
export interface ChangeRange {
  readonly fromMs: number;
  readonly toMs: number;
  /** Also those that concern every service; undefined is all. */
  readonly service: string | undefined;
}

/** Deploys and whatever else changed something. */
export interface Changes {
  /** Keeps a change, or a new version of one with the same id. Resolves when it is on disk. Throws StateUnavailable and ingest's errors. */
  record(tenant: string, change: Change): Promise<void>;
  /** Those that began before the range's end and did not end before its beginning, oldest first. Throws StateUnavailable, StoreError. */
  within(tenant: string, range: ChangeRange): Promise<Change[]>;
}

export function openChanges(options: HistoryOptions): Changes {
  const records = openRecords<Change>(
    {
      name: 'change',
      most: MOST_CHANGES,
      parse: (json) => {
        const read = v.safeParse(change, json);
        return read.success ? read.output : undefined;
      },
    },
    options,
  );
  return {
    record: (tenant, one) => records.put(tenant, one.id, one, one.author),
    async within(tenant, { fromMs, toMs, service }) {
      const all = await records.all(tenant);
      return [...all.values()]
        .filter((one) => one.timeMs <= toMs && (one.endMs ?? one.timeMs) >= fromMs)
        .filter((one) => service === undefined || one.service === '' || one.service === service)
        .sort((a, b) => a.timeMs - b.timeMs);
    },
  };
}
