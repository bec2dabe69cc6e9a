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
  /** How far the wall clock was set back in all, ms. */
  let shiftedMs = 0;
  /** Those of one time together, in the order they came. */
  let timers = new Map<number, Map<number, () => void>>();
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < SETTLING_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  /** Takes the timer that is due first, until a time. */
  const takeDue = (untilMs: number): { readonly timeMs: number; readonly run: () => void } | undefined => {
    let timeMs = Number.POSITIVE_INFINITY;
    for (const time of timers.keys()) if (time <= untilMs && time < timeMs) timeMs = time;
    const [first] = timers.get(timeMs) ?? [];
    if (first === undefined) return undefined;
    takeBack(timeMs, first[0]);
    return { timeMs, run: first[1] };
  };
  const takeBack = (timeMs: number, id: number): void => {
    const together = timers.get(timeMs);
    together?.delete(id);
    if (together?.size === 0) timers.delete(timeMs);
  };
  return {
    nowMs: () => nowMs,
    at(timeMs, run) {
      const id = ++sequence;
      const shiftedBefore = shiftedMs;
      const together = timers.get(timeMs) ?? new Map<number, () => void>();
      timers.set(timeMs, together.set(id, run));
      return () => takeBack(timeMs - (shiftedMs - shiftedBefore), id);
    },
    async advanceTo(timeMs) {
      await settle();
      for (let due = takeDue(timeMs); due !== undefined; due = takeDue(timeMs)) {
        nowMs = Math.max(nowMs, due.timeMs);
        due.run();
        await settle();
      }
      nowMs = Math.max(nowMs, timeMs);
    },
    setBack(byMs) {
      nowMs -= byMs;
      shiftedMs += byMs;
      timers = new Map([...timers].map(([timeMs, together]) => [timeMs - byMs, together] as const));
    },
  };
}
