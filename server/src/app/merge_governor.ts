/** What the governor looks at and acts through. */
export interface MergeGovernorOptions {
  /** Age of the oldest acknowledged record that cannot be queried yet, ms. */
  readonly behindMs: () => number;
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
      if (options.behindMs() > BEHIND_MS) busyMs = nowMs;
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
