import { TraceError } from './fetch_trace.ts';
import type { CiJob } from './gitlab_event.ts';

/** A job whose log is wanted. What is kept of it outlives the process. */
export interface WantedJob {
  readonly job: CiJob;
  readonly state: 'wanted' | 'stored' | 'given-up';
}

export interface JobQueueOptions {
  /** Keeps a job's state; resolves when it is on disk. */
  readonly keep: (id: string, wanted: WantedJob) => Promise<void>;
  /** The jobs that are kept. */
  readonly kept: () => Promise<ReadonlyMap<string, WantedJob>>;
  /** Fetches and stores a log, in lines. Throws TraceError. */
  readonly store: (job: CiJob) => Promise<number>;
  /** Pauses before each further attempt, ms. */
  readonly pausesMs?: readonly number[];
  readonly onStored: (job: CiJob, lines: number) => void;
  readonly onGivenUp: (job: CiJob, error: Error) => void;
  readonly onRetry: (job: CiJob, error: Error) => void;
}

export interface JobQueue {
  /** Wants a job's log; resolves when that is on disk, so whoever told of it may forget it. */
  want(job: CiJob): Promise<void>;
  /** Goes on with what an earlier process was told of. */
  resume(): Promise<void>;
  stop(): void;
}

const AT_ONCE = 2;
const PAUSES_MS: readonly number[] = [5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000];

/** Jobs whose logs are fetched, a few at once, each again after a pause when that fails. */
export function createJobQueue(options: JobQueueOptions): JobQueue {
  const pauses = options.pausesMs ?? PAUSES_MS;
  const waiting: { readonly job: CiJob; readonly attempt: number }[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const queued = new Set<string>();
  let running = 0;
  let stopped = false;

  const run = async ({ job, attempt }: { readonly job: CiJob; readonly attempt: number }): Promise<void> => {
    try {
      options.onStored(job, await options.store(job));
      await options.keep(idOf(job), { job, state: 'stored' });
      queued.delete(idOf(job));
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      const pause = pauses[attempt];
      // Only what will not change is given up; what is unforeseen may.
      const isFinal = (failure instanceof TraceError && !failure.later) || pause === undefined;
      if (!isFinal) {
        options.onRetry(job, failure);
        again(job, attempt + 1, pause);
        return;
      }
      options.onGivenUp(job, failure);
      queued.delete(idOf(job));
      await options.keep(idOf(job), { job, state: 'given-up' });
    }
  };
  const again = (job: CiJob, attempt: number, pause: number): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      waiting.push({ job, attempt });
      next();
    }, pause);
    timer.unref();
    timers.add(timer);
  };
  const next = (): void => {
    while (!stopped && running < AT_ONCE) {
      const turn = waiting.shift();
      if (turn === undefined) return;
      running++;
      run(turn)
        // Only keeping its state can fail here: it is still wanted, so the next start does it again.
        .catch((error: unknown) => options.onRetry(turn.job, error instanceof Error ? error : new Error(String(error))))
        .finally(() => {
          running--;
          next();
        });
    }
  };
  const enqueue = (job: CiJob): void => {
    if (queued.has(idOf(job))) return;
    queued.add(idOf(job));
    waiting.push({ job, attempt: 0 });
    next();
  };
  return {
    async want(job) {
      await options.keep(idOf(job), { job, state: 'wanted' });
      enqueue(job);
    },
    async resume() {
      for (const { job, state } of (await options.kept()).values()) if (state === 'wanted') enqueue(job);
    },
    stop() {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

function idOf(job: CiJob): string {
  return `gitlab-${job.projectId}-${job.jobId}`;
}
