import type { Clock } from '../base/clock.ts';
import type { AlertEvent, NoteAlertEvents } from '../model/alert_event.ts';
import type { Section } from '../model/section.ts';
import { alertLedgerSection } from '../store/index.ts';

/** What the recorder needs of the rest. */
export interface RecorderOptions {
  /** Resolves when the rows are on disk. */
  readonly append: (tenant: string, sections: readonly Section[]) => Promise<unknown>;
  readonly clock: Clock;
  /** Events could not be kept now; they are kept in memory and tried again. */
  readonly onError: (error: unknown) => void;
  /** Events were given up, because more wait than memory has room for. */
  readonly onDropped: (events: number) => void;
}

/** Keeps alert events as rows, in batches. */
export interface LedgerRecorder {
  /** Never throws and never waits. */
  readonly note: NoteAlertEvents;
  /** Resolves when everything noted before is on disk, or cannot be kept now. */
  flush(): Promise<void>;
  /** Events that wait to be kept. */
  waiting(): number;
}

const BATCH_MS = 500;
/** Events appended at once: a row is about 500 bytes. */
const MOST_AT_ONCE = 5_000;
const MOST_WAITING = 200_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/** A recorder of everybody's events. It is flushed before the program ends. */
export function createLedgerRecorder({ append, clock, onError, onDropped }: RecorderOptions): LedgerRecorder {
  const tenants = new Map<string, AlertEvent[]>();
  let waiting = 0;
  let scheduled = false;
  let running: Promise<boolean> | undefined;
  let failures = 0;

  const schedule = (inMs: number): void => {
    if (scheduled) return;
    scheduled = true;
    clock.at(clock.nowMs() + inMs, () => {
      scheduled = false;
      void round();
    });
  };
  /** The oldest go: what is new says more about the present. */
  const makeRoom = (): void => {
    let dropped = 0;
    for (const events of tenants.values()) {
      if (waiting <= MOST_WAITING) break;
      const out = events.splice(0, waiting - MOST_WAITING).length;
      waiting -= out;
      dropped += out;
    }
    if (dropped > 0) onDropped(dropped);
  };
  /** Appends what waits; false when some of it could not be kept now. */
  const appendAll = async (): Promise<boolean> => {
    for (const [tenant, events] of tenants) {
      while (events.length > 0) {
        const batch = events.splice(0, MOST_AT_ONCE);
        const section = alertLedgerSection(batch);
        try {
          if (section !== undefined) await append(tenant, [section]);
        } catch (error) {
          events.unshift(...batch);
          onError(error);
          return false;
        }
        waiting -= batch.length;
      }
      tenants.delete(tenant);
    }
    return true;
  };
  const round = (): Promise<boolean> => {
    running ??= appendAll()
      .then((kept) => {
        failures = kept ? 0 : failures + 1;
        return kept;
      })
      .finally(() => {
        running = undefined;
        makeRoom();
        if (waiting > 0) schedule(failures === 0 ? BATCH_MS : retryMs(failures));
      });
    return running;
  };
  return {
    note(tenant, events) {
      const known = tenants.get(tenant);
      if (known === undefined) tenants.set(tenant, [...events]);
      else for (const event of events) known.push(event);
      waiting += events.length;
      if (running === undefined) makeRoom();
      if (waiting > 0) schedule(BATCH_MS);
    },
    async flush() {
      // What was noted while a round ran may have missed it.
      await running;
      if (waiting > 0) await round();
    },
    waiting: () => waiting,
  };
}

function retryMs(failures: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
}
