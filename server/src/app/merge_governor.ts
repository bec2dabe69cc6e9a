import { cpus } from 'node:os';

/** What the governor looks at and acts through. */
export interface MergeGovernorOptions {
  /** Age of the oldest acknowledged record that cannot be queried yet, ms. */
  readonly behindMs: () => number;
  /** Bytes taken in since the program began. */
  readonly takenBytes: () => number;
  /** Share of the machine's processor time used since the last call, 0 to 1. */
  readonly busyShare: () => number;
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

export interface MergeGovernor {
  /** To be called about once a second. */
  look(): void;
  /** Lets merges run again if they are paused. */
  release(): Promise<void>;
}

/** Records older than this and not queryable mean that the machine is too busy for everything at once. */
const BEHIND_MS = 700;
/** So does this share of its processors in use, while at least so much comes in between two looks; less is enough to go on waiting. */
const BUSY_SHARE = 0.9;
const STILL_BUSY_SHARE = 0.75;
const BURST_BYTES = 2 * 1024 * 1024;
/** Merges wait at most so long, so that parts cannot pile up without end; then they run at least so long. */
const LONGEST_PAUSE_MS = 90_000;
const SHORTEST_RUN_MS = 30_000;
/** Ingest must have been level for so long before merges run again. */
const CALM_MS = 3_000;

/**
 * In a burst, data that cannot be queried yet goes before tidying data that can: merging takes a core of its own when
 * tens of thousands of records arrive a second, and nothing is worse off when it happens a minute later.
 */
export function createMergeGovernor(options: MergeGovernorOptions): MergeGovernor {
  let pausedSinceMs: number | null = null;
  let resumedMs = Number.NEGATIVE_INFINITY;
  let busyMs = Number.NEGATIVE_INFINITY;
  let takenBefore = 0;
  let acting = Promise.resolve();
  const act = (change: () => Promise<void>): void => {
    acting = acting.then(change).catch(options.onError);
  };
  const resume = (nowMs: number): void => {
    pausedSinceMs = null;
    resumedMs = nowMs;
    act(options.resume);
  };
  return {
    look() {
      const nowMs = options.now();
      const taken = options.takenBytes();
      const burst = taken - takenBefore >= BURST_BYTES;
      takenBefore = taken;
      const busy = options.busyShare() > (pausedSinceMs === null ? BUSY_SHARE : STILL_BUSY_SHARE);
      if (options.behindMs() > BEHIND_MS || (burst && busy)) busyMs = nowMs;
      if (pausedSinceMs === null) {
        if (busyMs !== nowMs || nowMs - resumedMs < SHORTEST_RUN_MS) return;
        pausedSinceMs = nowMs;
        act(options.pause);
      } else if (nowMs - pausedSinceMs > LONGEST_PAUSE_MS || nowMs - busyMs > CALM_MS) resume(nowMs);
    },
    async release() {
      if (pausedSinceMs !== null) resume(options.now());
      await acting;
    },
  };
}

/** A meter for `busyShare`: what the processors of the machine did between two calls. */
export function createBusyShare(): () => number {
  let before = { busy: 0, all: 0 };
  return () => {
    const now = { busy: 0, all: 0 };
    for (const { times } of cpus()) {
      const all = times.user + times.nice + times.sys + times.irq + times.idle;
      now.all += all;
      now.busy += all - times.idle;
    }
    const all = now.all - before.all;
    const share = all <= 0 ? 0 : (now.busy - before.busy) / all;
    before = now;
    return share;
  };
}
