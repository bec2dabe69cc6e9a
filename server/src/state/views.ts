import { type SavedView, savedView, type ViewScreen } from '@trilith/contract';
import * as v from 'valibot';
import { type HistoryOptions, openRecords } from './history.ts';

/** Views held for a tenant, removed ones included. */
const MOST_VIEWS = 5_000;

/** Views of screens that people keep under a name, for everyone of the tenant. */
export interface Views {
  /** The newest first. Throws StateUnavailable, StoreError. */
  of(tenant: string, screen: ViewScreen): Promise<SavedView[]>;
  /** Keeps a view, in place of one of the same name. Resolves when it is on disk. Throws StateUnavailable and ingest's errors. */
  keep(tenant: string, view: SavedView): Promise<void>;
  /** Takes a view away; one that is not there is none. Throws as `keep` does. */
  remove(tenant: string, screen: ViewScreen, name: string): Promise<void>;
}

const kept = v.object({ view: savedView, removed: v.boolean() });

export function openViews(options: HistoryOptions): Views {
  const records = openRecords<v.InferOutput<typeof kept>>(
    {
      name: 'view',
      most: MOST_VIEWS,
      parse: (json) => {
        const read = v.safeParse(kept, json);
        return read.success ? read.output : undefined;
      },
    },
    options,
  );
  const idOf = (screen: ViewScreen, name: string): string => `${screen}/${name}`;
  return {
    async of(tenant, screen) {
      const all = await records.all(tenant);
      return [...all.values()]
        .filter(({ view, removed }) => view.screen === screen && !removed)
        .map(({ view }) => view)
        .reverse();
    },
    keep: (tenant, view) => records.put(tenant, idOf(view.screen, view.name), { view, removed: false }, ''),
    async remove(tenant, screen, name) {
      const known = (await records.all(tenant)).get(idOf(screen, name));
      if (known !== undefined) await records.put(tenant, idOf(screen, name), { ...known, removed: true }, '');
    },
  };
}
