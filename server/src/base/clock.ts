/** Time and timers, given to whatever acts by the clock, so that tests can run days in milliseconds. */
export interface Clock {
  /** Wall clock, ms since the epoch. */
  nowMs(): number;
  /** Runs once when it is `timeMs` or later; what is returned takes that back. */
  at(timeMs: number, run: () => void): () => void;
}

/** The longest wait a timer of Node takes, ms. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  nowMs: Date.now,
  at(timeMs, run) {
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const leftMs = timeMs - Date.now();
      if (leftMs <= LONGEST_WAIT_MS) timer = setTimeout(run, Math.max(0, leftMs)).unref();
      else timer = setTimeout(wait, LONGEST_WAIT_MS).unref();
    };
    wait();
    return () => clearTimeout(timer);
  },
};

/** A clock that stands still until it is told to go on; for tests. */
export interface FakeClock extends Clock {
  /** Goes to a time; timers run at theirs, one after the other, and what each set off is done before the next. */
  advanceTo(timeMs: number): Promise<void>;
  /** The wall clock is set back; timers wait as long as they would have. */
  setBack(byMs: number): void;
}

/** Turns of the event loop that are let pass after each timer: promises that wait for nothing outside settle in these. */
const SETTLING_TURNS = 3;

export function createFakeClock(startMs: number): FakeClock {
  let nowMs = startMs;
  let sequence = 0;
  const timers = new Map<number, { timeMs: number; readonly run: () => void }>();
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < SETTLING_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  /** The timer that is due first, until a time. */
  const dueUntil = (timeMs: number): number | undefined => {
    let due: number | undefined;
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const [id, timer] of timers) {
      if (timer.timeMs > timeMs || timer.timeMs >= earliestMs) continue;
      earliestMs = timer.timeMs;
      due = id;
    }
    return due;
  };
  return {
    nowMs: () => nowMs,
    at(timeMs, run) {
      const id = ++sequence;
      timers.set(id, { timeMs, run });
      return () => void timers.delete(id);
    },
    async advanceTo(timeMs) {
      await settle();
      for (let id = dueUntil(timeMs); id !== undefined; id = dueUntil(timeMs)) {
        const timer = timers.get(id);
        timers.delete(id);
        nowMs = Math.max(nowMs, timer?.timeMs ?? nowMs);
        timer?.run();
        await settle();
      }
      nowMs = Math.max(nowMs, timeMs);
    },
    setBack(byMs) {
      nowMs -= byMs;
      for (const timer of timers.values()) timer.timeMs -= byMs;
    },
  };
}
