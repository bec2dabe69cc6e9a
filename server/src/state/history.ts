import type { Section } from '../model/section.ts';
import { readState, type StateRow, type StoreReader, stateSection } from '../store/index.ts';

/** The store has not answered yet, so what is known is not known here. */
export class StateUnavailable extends Error {
  override readonly name = 'StateUnavailable';
}

export interface HistoryOptions {
  /** Resolves when the rows are on disk. */
  readonly append: (tenant: string, sections: readonly Section[]) => Promise<unknown>;
  /** Resolves when everything appended before can be read. */
  readonly flush: () => Promise<void>;
  /** Undefined until the store has been ready once. */
  readonly reader: () => StoreReader | undefined;
  readonly nowMs: () => number;
}

/** Records of one kind: what is kept of each, and how many of them memory holds, the newest. */
export interface StateKind<Body> {
  readonly name: string;
  readonly most: number;
  /** The body back from JSON; undefined for what an older program wrote and this one cannot read. */
  readonly parse: (json: unknown) => Body | undefined;
}

/** Records of a kind, per tenant; every version is inserted and none is changed (decision 9 of the design). */
export interface Records<Body> {
  /** The newest version of every record by id. Throws StateUnavailable, StoreError. */
  all(tenant: string): Promise<ReadonlyMap<string, Body>>;
  /** Keeps a new version; an equal body is no new version. Resolves when it is on disk. Throws StateUnavailable and as `append` does. */
  put(tenant: string, id: string, body: Body, author: string): Promise<void>;
}

interface Held<Body> {
  readonly bodies: Map<string, Body>;
  readonly versions: Map<string, { readonly version: number; readonly text: string }>;
}

/** Opens the records of a kind; a tenant's are read when they are first asked for. */
export function openRecords<Body>(kind: StateKind<Body>, options: HistoryOptions): Records<Body> {
  const tenants = new Map<string, Promise<Held<Body>>>();
  /** Writers of one record take turns, so that its versions count up; those of others get to the disk with it. */
  const turns = new Map<string, Promise<void>>();
  const held = (tenant: string): Promise<Held<Body>> => {
    let loading = tenants.get(tenant);
    if (loading === undefined) {
      loading = load(kind, tenant, options);
      tenants.set(tenant, loading);
      // What failed is tried again by the next who asks.
      loading.catch(() => tenants.delete(tenant));
    }
    return loading;
  };
  return {
    all: async (tenant) => (await held(tenant)).bodies,
    put(tenant, id, body, author) {
      const record = `${tenant}\u0000${id}`;
      const turn: Promise<void> = (turns.get(record) ?? Promise.resolve())
        .catch(() => undefined)
        .then(async () => keep(kind, await held(tenant), { tenant, id, body, author }, options))
        .finally(() => {
          if (turns.get(record) === turn) turns.delete(record);
        });
      turns.set(record, turn);
      return turn;
    },
  };
}

async function load<Body>(kind: StateKind<Body>, tenant: string, options: HistoryOptions): Promise<Held<Body>> {
  const reader = options.reader();
  if (reader === undefined) throw new StateUnavailable('the store is starting');
  // Acknowledged records may still be in the log.
  await options.flush();
  const held: Held<Body> = { bodies: new Map(), versions: new Map() };
  const rows = await readState(reader, kind.name, kind.most, { database: tenant });
  for (const row of rows.toReversed()) take(kind, held, row);
  return held;
}

function take<Body>(kind: StateKind<Body>, held: Held<Body>, { id, version, body: text }: StateRow): void {
  const body = kind.parse(JSON.parse(text));
  if (body === undefined) return;
  held.bodies.delete(id);
  held.bodies.set(id, body);
  held.versions.set(id, { version, text });
  if (held.bodies.size <= kind.most) return;
  const [oldest] = held.bodies.keys();
  if (oldest === undefined) return;
  held.bodies.delete(oldest);
  held.versions.delete(oldest);
}

async function keep<Body>(
  kind: StateKind<Body>,
  held: Held<Body>,
  {
    tenant,
    id,
    body,
    author,
  }: { readonly tenant: string; readonly id: string; readonly body: Body; readonly author: string },
  options: HistoryOptions,
): Promise<void> {
  const known = held.versions.get(id);
  const text = JSON.stringify(body);
  if (known?.text === text) return;
  const row = { kind: kind.name, id, version: (known?.version ?? 0) + 1, body: text, author, timeMs: options.nowMs() };
  await options.append(tenant, [stateSection([row])]);
  take(kind, held, row);
}
