import { createHttpClient, type HttpClient } from '../../base/http_client.ts';
import type { Logger } from '../../base/telemetry/log.ts';
import type { MetricsRegistry } from '../../base/telemetry/metrics.ts';
import type { Tracer } from '../../base/telemetry/tracing.ts';
import type { Submit } from '../../model/ingest.ts';
import type { ScrapeJob } from './config/types.ts';
import { discover } from './discovery/discover.ts';
import type { Discovery, TargetGroup } from './discovery/target_group.ts';
import { FIRST_SCRAPE_VARIANT } from './meta.ts';
import { type RelabelStep, relabelSteps } from './relabel.ts';
import { type LoopOptions, ScrapeLoop } from './scrape_loop.ts';
import { type DroppedTarget, droppedTarget, statusOf, type TargetStatus } from './target_status.ts';
import { type BrokenTarget, type JobTargets, staticGroups, targetsOf } from './targets.ts';
import { scrapeTelemetry } from './telemetry.ts';

export interface ScrapeManagerOptions {
  readonly tenant: string;
  readonly submit: Submit;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
  readonly tracer: Tracer;
  readonly now?: () => number;
}

export interface ScrapeManager extends AsyncDisposable {
  /**
   * Makes these the jobs: new targets start, gone ones end (their series get staleness markers), others go on with the
   * new settings. What discovery had found stays until it has looked again.
   */
  apply(jobs: readonly ScrapeJob[]): Promise<void>;
  targets(): readonly TargetStatus[];
  brokenTargets(): readonly BrokenTarget[];
  /** Targets that relabelling dropped, no more of each job than it keeps, and how many there are by job. */
  droppedTargets(): { readonly targets: readonly DroppedTarget[]; readonly counts: ReadonlyMap<string, number> };
  /** Names of the jobs, in the order of the configuration. */
  pools(): readonly string[];
  /** What each relabelling rule of a job makes of labels; undefined for a job that is not there. */
  relabelSteps(pool: string, labels: Readonly<Record<string, string>>): readonly RelabelStep[] | undefined;
}

/** Findings that come close together are taken up together. */
const SETTLE_MS = 100;
const NO_TARGETS: JobTargets = { targets: [], broken: [], dropped: [], droppedCount: 0 };

/** A job with what was discovered for it. */
interface Pool {
  readonly job: ScrapeJob;
  readonly client: HttpClient;
  readonly loops: Map<string, ScrapeLoop>;
  discoveries: readonly Discovery[];
  /** Groups by discovery: kind and place in the configuration. */
  readonly found: Map<string, readonly TargetGroup[]>;
  made: JobTargets;
  timer: NodeJS.Timeout | undefined;
  stopped: boolean;
}

/** Scrapes on a schedule until disposed. */
export function createScrapeManager(options: ScrapeManagerOptions): ScrapeManager {
  let pools: readonly Pool[] = [];
  const loops = (): ScrapeLoop[] => pools.flatMap((pool) => [...pool.loops.values()]);
  const telemetry = scrapeTelemetry(options.log, options.metrics, options.tracer, () => loops().length);
  const { submit, tenant, now = Date.now } = options;
  const loopOptions: LoopOptions = { submit, tenant, telemetry, now };
  let nextTarget = 1;
  let nextVariant = FIRST_SCRAPE_VARIANT;
  const ending = new Set<Promise<void>>();

  const end = (loop: ScrapeLoop): Promise<void> => {
    const ended = loop.end().finally(() => ending.delete(ended));
    ending.add(ended);
    return ended;
  };

  /** Brings the loops of a pool in line with what is known of it. */
  const sync = async (pool: Pool, settingsChanged: boolean): Promise<void> => {
    const { loops: own } = pool;
    pool.made = targetsOf(pool.job, [...staticGroups(pool.job), ...[...pool.found.values()].flat()]);
    const wanted = new Map(pool.made.targets.map((target) => [target.key, target]));
    const ended: Promise<void>[] = [];
    for (const [key, loop] of [...own]) {
      if (wanted.has(key)) continue;
      own.delete(key);
      ended.push(end(loop));
    }
    for (const [key, target] of wanted) {
      const loop = own.get(key);
      if (loop === undefined)
        own.set(key, new ScrapeLoop(target, pool.client, nextTarget++, nextVariant++, loopOptions));
      else if (settingsChanged || !sameSettings(loop, target)) loop.replace(target, pool.client, nextVariant++);
      else loop.target = target;
    }
    await Promise.all(ended);
  };

  const findingsOf = (pool: Pool): Discovery[] =>
    pool.job.discovery.map((config, i) =>
      discover(config, {
        directory: pool.job.directory,
        found(groups) {
          if (pool.stopped) return;
          pool.found.set(discoveryKey(config.kind, i), groups);
          clearTimeout(pool.timer);
          pool.timer = setTimeout(() => void sync(pool, false), SETTLE_MS);
        },
        failed(reason) {
          telemetry.discoveryFailures.inc();
          const fields = { job: pool.job.name, kind: config.kind, reason };
          options.log.limited('WARN', `discovery ${pool.job.name} ${i}`, 60, 'discovery failed', fields);
        },
      }),
    );

  const stopPool = async (pool: Pool): Promise<void> => {
    pool.stopped = true;
    clearTimeout(pool.timer);
    await Promise.all(pool.discoveries.map((discovery) => discovery.stop()));
  };

  /** A job of the configuration that takes over what its predecessor had found and scrapes. */
  const poolOf = (job: ScrapeJob, old: Pool | undefined): Pool => {
    const keys = new Set(job.discovery.map(({ kind }, i) => discoveryKey(kind, i)));
    return {
      job,
      client: createHttpClient(job, job.directory),
      loops: old?.loops ?? new Map(),
      discoveries: [],
      found: new Map([...(old?.found ?? [])].filter(([key]) => keys.has(key))),
      made: NO_TARGETS,
      timer: undefined,
      stopped: false,
    };
  };

  return {
    async apply(jobs) {
      const old = pools;
      await Promise.all(old.map(stopPool));
      const left = new Set(old);
      pools = jobs.map((job) => {
        const before = [...left].find((pool) => pool.job.name === job.name);
        if (before !== undefined) left.delete(before);
        return poolOf(job, before);
      });
      const ended = [...left].flatMap((pool) => [...pool.loops.values()].map(end));
      for (const pool of pools) {
        ended.push(sync(pool, true));
        pool.discoveries = findingsOf(pool);
      }
      await Promise.all(ended);
      // What is under way may still use the old connections.
      await Promise.all(loops().map((loop) => loop.idle()));
      for (const { client } of old) client.close();
    },
    targets: () => loops().map(({ target, run }) => statusOf(target, run)),
    brokenTargets: () => pools.flatMap(({ made }) => made.broken),
    droppedTargets() {
      const counts = new Map<string, number>();
      for (const { job, made } of pools) counts.set(job.name, (counts.get(job.name) ?? 0) + made.droppedCount);
      const targets = pools.flatMap(({ job, made }) => made.dropped.map((labels) => droppedTarget(job.name, labels)));
      return { targets, counts };
    },
    pools: () => [...new Set(pools.map(({ job }) => job.name))],
    relabelSteps(name, labels) {
      const pool = pools.findLast(({ job }) => job.name === name);
      return pool === undefined ? undefined : relabelSteps(pool.job.relabel, labels);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(pools.map(stopPool));
      await Promise.all(loops().map((loop) => loop.halt()));
      await Promise.all(ending);
      for (const { client } of pools) client.close();
      pools = [];
    },
  };
}

const discoveryKey = (kind: string, place: number): string => `${kind} ${place}`;

/** Whether what relabelling decides about a target, beside its labels, is as before. */
function sameSettings({ target: old }: ScrapeLoop, target: ScrapeLoop['target']): boolean {
  return (
    old.intervalMs === target.intervalMs &&
    old.timeoutMs === target.timeoutMs &&
    old.nativeHistograms === target.nativeHistograms &&
    old.alwaysClassicHistograms === target.alwaysClassicHistograms &&
    old.convertToNhcb === target.convertToNhcb
  );
}
