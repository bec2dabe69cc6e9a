import { createHash } from 'node:crypto';
import type { Alert } from '../model/alert.ts';
import type { Records } from '../state/index.ts';

/** One integration of a receiver, and the group of alerts it is told about. */
export interface NotificationTarget {
  readonly groupKey: string;
  readonly receiver: string;
  /** `slack[0]`. */
  readonly integration: string;
}

/** What an integration was told last about a group (nflog). */
export interface NotificationEntry extends NotificationTarget {
  readonly timeMs: number;
  /** After this it is forgotten, ms. */
  readonly expiresMs: number;
  /** Fingerprints of the alerts that were told as firing. */
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  /** What the integration has to remember of what it sent. */
  readonly stored: Readonly<Record<string, string>>;
  /** Those that were told as firing: their end is told after a restart too. Absent in records of older programs. */
  readonly alerts?: readonly Alert[];
}

/** What an integration is being told, or could not be told. Whatever it is told later takes the place of it. */
export interface UndeliveredEntry extends NotificationTarget {
  readonly alerts: readonly UndeliveredAlert[];
  /** When that was decided, ms. */
  readonly timeMs: number;
  /** No attempt has ended yet: if the program ends now, the receiver may have taken it. */
  readonly unanswered?: boolean;
}

export interface UndeliveredAlert extends Alert {
  /** The integration has nothing to miss: it was told that the alert fires, or nobody ever tried to. */
  readonly heard?: boolean;
}

/**
 * What was told to whom, in memory and in records that survive a restart. Memory is right at once; `set` resolves when the
 * record is on disk, and a record that could not be written is written again as soon as another one could be.
 */
export interface NotificationLog {
  load(): Promise<void>;
  get(target: NotificationTarget): NotificationEntry | undefined;
  /** The integration took it: what was undelivered before is not any more. */
  set(entry: NotificationEntry): Promise<void>;
  /** Remembers for longer what was told. */
  prolong(entry: NotificationEntry, expiresMs: number): Promise<void>;
  /** Alerts the integration should have heard of as firing and has not. */
  undelivered(target: NotificationTarget): readonly Alert[];
  /** Alerts whose end the integration should have heard of and has not. */
  undeliveredEnds(target: NotificationTarget): readonly Alert[];
  setUndelivered(entry: UndeliveredEntry): Promise<void>;
  /** Everything that was decided and not delivered when the process ended. */
  allUndelivered(): readonly UndeliveredEntry[];
  /** Everything that was told and has not expired. */
  all(): readonly NotificationEntry[];
  /** Forgets what has expired. */
  collect(): void;
}

export interface NotificationLogOptions {
  readonly tenant: string;
  readonly notifications: Records<NotificationEntry>;
  readonly undelivered: Records<UndeliveredEntry>;
  readonly nowMs: () => number;
  /** A record could not be written; it is tried again. */
  readonly onError: (error: unknown) => void;
}

/** Alerts that are kept of one group and integration. */
const MAX_ALERTS = 1000;
/** How long they are, ms: what nobody could be told for this long is history. */
const UNDELIVERED_MS = 7 * 86_400_000;
/** Records are written by the program itself. */
const AUTHOR = 'alerting';

function idOf({ groupKey, receiver, integration }: NotificationTarget): string {
  return createHash('sha256')
    .update(JSON.stringify([receiver, integration, groupKey]))
    .digest('hex')
    .slice(0, 32);
}

export function createNotificationLog(options: NotificationLogOptions): NotificationLog {
  const { tenant, nowMs } = options;
  const told = durableMap(options.notifications, options);
  const undelivered = durableMap(options.undelivered, options);
  return {
    async load() {
      const [entries, missing] = await Promise.all([
        options.notifications.all(tenant),
        options.undelivered.all(tenant),
      ]);
      for (const [id, entry] of entries) if (entry.expiresMs > nowMs()) told.learn(id, entry);
      for (const [id, entry] of missing) {
        // What was told later took its place, however long ago that has expired.
        const isOver = (entries.get(id)?.timeMs ?? 0) >= entry.timeMs || entry.timeMs + UNDELIVERED_MS <= nowMs();
        if (entry.alerts.length > 0 && !isOver) undelivered.learn(id, entry);
      }
    },
    get: (target) => told.get(idOf(target)),
    set(entry) {
      const id = idOf(entry);
      undelivered.forget(id);
      return told.set(id, { ...entry, alerts: (entry.alerts ?? []).slice(0, MAX_ALERTS) });
    },
    prolong: (entry, expiresMs) => told.set(idOf(entry), { ...entry, expiresMs }),
    undelivered: (target) => (undelivered.get(idOf(target))?.alerts ?? []).filter(({ heard }) => heard !== true),
    undeliveredEnds(target) {
      const { alerts = [], timeMs = 0 } = undelivered.get(idOf(target)) ?? {};
      return alerts.filter(({ heard, endsAtMs }) => heard === true && endsAtMs <= timeMs);
    },
    setUndelivered: (entry) => undelivered.set(idOf(entry), { ...entry, alerts: entry.alerts.slice(0, MAX_ALERTS) }),
    allUndelivered: () => undelivered.all().filter(({ alerts }) => alerts.length > 0),
    all: () => told.all(),
    collect() {
      told.collect(({ expiresMs }) => expiresMs <= nowMs());
      undelivered.collect(({ alerts, timeMs }) => alerts.length === 0 || timeMs + UNDELIVERED_MS <= nowMs());
    },
  };
}

interface DurableMap<Entry> {
  /** What a record says, unless memory knows better. */
  learn(id: string, entry: Entry): void;
  get(id: string): Entry | undefined;
  set(id: string, entry: Entry): Promise<void>;
  /** In memory only. */
  forget(id: string): void;
  all(): readonly Entry[];
  collect(isOver: (entry: Entry) => boolean): void;
}

function durableMap<Entry>(
  records: Records<Entry>,
  { tenant, onError }: Pick<NotificationLogOptions, 'tenant' | 'onError'>,
): DurableMap<Entry> {
  const entries = new Map<string, Entry>();
  /** Ids whose newest entry is not on disk: it is on its way there, or could not be written. */
  const unwritten = new Map<string, 'writing' | 'failed'>();
  /** False when it could not be written. */
  const write = async (id: string): Promise<boolean> => {
    const entry = entries.get(id);
    if (entry === undefined) return true;
    unwritten.set(id, 'writing');
    try {
      await records.put(tenant, id, entry, AUTHOR);
      if (entries.get(id) === entry) unwritten.delete(id);
      return true;
    } catch (error) {
      if (entries.get(id) === entry) unwritten.set(id, 'failed');
      onError(error);
      return false;
    }
  };
  return {
    learn(id, entry) {
      if (!entries.has(id)) entries.set(id, entry);
    },
    get: (id) => entries.get(id),
    async set(id, entry) {
      entries.set(id, entry);
      // While nothing can be written, nothing is tried again: attempts would grow with the square of what waits.
      if (!(await write(id))) return;
      for (const [other, state] of unwritten) if (state === 'failed') void write(other);
    },
    forget(id) {
      entries.delete(id);
      unwritten.delete(id);
    },
    all: () => [...entries.values()],
    collect(isOver) {
      for (const [id, entry] of entries) if (isOver(entry) && !unwritten.has(id)) entries.delete(id);
    },
  };
}
