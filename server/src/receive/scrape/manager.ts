import type { Outbound } from '../../base/outbound.ts';
import type { Logger } from '../../base/telemetry/log.ts';
import { LATENCY_BUCKETS, type MetricsRegistry } from '../../base/telemetry/metrics.ts';
import type { Tracer } from '../../base/telemetry/tracing.ts';
import type { Outcome, Submit } from '../../model/ingest.ts';
import { type Labels, labelsToRecord } from '../../model/labels.ts';
import type { ScrapeJob } from './config/types.ts';
import { clientOf, type Fetched, fetchTarget } from './fetch_target.ts';
import { FIRST_SCRAPE_VARIANT, type ScrapeMeta, type ScrapeReport } from './meta.ts';
import { type BrokenTarget, offsetOf, type Target, targetsOf } from './targets.ts';

/** A target as the UI and the API show it. */
export interface TargetStatus {
  readonly job: string;
  readonly url: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly health: 'up' | 'down' | 'unknown';
  /** Empty when the last scrape went well. */
  readonly lastError: string;
  /** Ms since the epoch, 0 before the first scrape. */
  readonly lastScrapeMs: number;
  readonly lastDurationSeconds: number;
  readonly samples: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

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
   * new settings.
   * @param directory files that the jobs name are relative to it
   */
  apply(jobs: readonly ScrapeJob[], directory: string): Promise<void>;
  targets(): readonly TargetStatus[];
  brokenTargets(): readonly BrokenTarget[];
}

interface Running {
  target: Target;
  client: Outbound;
  directory: string;
  variant: number;
  readonly id: number;
  readonly stop: AbortController;
  timer: NodeJS.Timeout | undefined;
  inFlight: Promise<void> | undefined;
  previousLost: boolean;
  status: Pick<TargetStatus, 'health' | 'lastError' | 'lastScrapeMs' | 'lastDurationSeconds' | 'samples'>;
}

/** Samples of a scrape share the intended time when it began no later than this after it: regular times compress. */
const TOLERANCE_MS = 20;
const SHARE = 0.01;
const NOTHING = new Uint8Array(0);

function isReport(value: unknown): value is ScrapeReport {
  return typeof value === 'object' && value !== null && 'scraped' in value && 'error' in value;
}

/** Why what was scraped did not reach the log; empty when it did. */
function lostReason(outcome: Outcome): string {
  return outcome.kind === 'stored' ? '' : `${outcome.kind}: ${outcome.message}`;
}

/** Scrapes on a schedule until disposed. One scrape of a target at a time; a slow one makes the next wait for its turn. */
export function createScrapeManager(options: ScrapeManagerOptions): ScrapeManager {
  const { log, submit, tenant, tracer } = options;
  const now = options.now ?? Date.now;
  const running = new Map<string, Running>();
  let broken: readonly BrokenTarget[] = [];
  let clients: Outbound[] = [];
  let nextTarget = 1;
  let nextVariant = FIRST_SCRAPE_VARIANT;

  const scrapes = options.metrics.counters('trilith_scrapes_total', 'Scrapes by how they ended.', {
    result: ['ok', 'failed', 'lost'],
  });
  const seconds = options.metrics.histogram(
    'trilith_scrape_seconds',
    'Time until a target had answered.',
    LATENCY_BUCKETS,
  );
  const skipped = options.metrics.counter(
    'trilith_scrapes_skipped_total',
    'Turns missed because the last scrape still ran.',
  );
  options.metrics.observed('gauge', 'trilith_scrape_targets', 'Targets being scraped.', () => running.size);

  const meta = (
    entry: Running,
    kind: ScrapeMeta['kind'],
    timeMs: number,
    durationSeconds: number,
    format: ScrapeMeta['format'],
  ): ScrapeMeta => {
    const { job, labels } = entry.target;
    return {
      kind,
      target: entry.id,
      variant: entry.variant,
      labels,
      timeMs,
      durationSeconds,
      format,
      honorLabels: job.honorLabels,
      honorTimestamps: job.honorTimestamps,
      sampleLimit: job.sampleLimit,
      labelLimit: job.labelLimit,
      labelNameLengthLimit: job.labelNameLengthLimit,
      labelValueLengthLimit: job.labelValueLengthLimit,
      metricRelabel: job.metricRelabel,
      previousLost: entry.previousLost,
    };
  };

  const submitFailed = (
    entry: Running,
    kind: 'failed' | 'removed',
    timeMs: number,
    durationSeconds: number,
  ): Promise<Outcome> =>
    submit({
      door: 'scrape',
      tenant,
      encoding: 'identity',
      body: NOTHING.slice(),
      meta: meta(entry, kind, timeMs, durationSeconds, 'text'),
    });

  /** Hands over what was fetched; a body that cannot even be decompressed counts as a failed scrape. */
  const store = async (entry: Running, fetched: Fetched, timeMs: number, durationSeconds: number) => {
    let failure = fetched.kind === 'failed' ? fetched.message : '';
    if (fetched.kind === 'body') {
      const { body, encoding, format } = fetched;
      const outcome = await submit({
        door: 'scrape',
        tenant,
        encoding,
        body,
        meta: meta(entry, 'scraped', timeMs, durationSeconds, format),
      });
      const report = outcome.kind === 'stored' && isReport(outcome.report) ? outcome.report : undefined;
      if (outcome.kind !== 'undecodable' && outcome.kind !== 'too-large' && outcome.kind !== 'unsupported') {
        return { failure: report?.error ?? '', samples: report?.scraped ?? 0, lost: lostReason(outcome) };
      }
      failure = outcome.message;
    }
    return { failure, samples: 0, lost: lostReason(await submitFailed(entry, 'failed', timeMs, durationSeconds)) };
  };

  const scrape = async (entry: Running, timeMs: number): Promise<void> => {
    const { target } = entry;
    const started = performance.now();
    const fetched = await fetchTarget(target, entry.client, entry.directory, entry.stop.signal);
    const durationSeconds = (performance.now() - started) / 1000;
    if (entry.stop.signal.aborted) return;
    seconds.observe(durationSeconds);
    const { failure, samples, lost } = await store(entry, fetched, timeMs, durationSeconds);
    entry.previousLost = lost !== '';
    const lastError = failure === '' ? lost : failure;
    scrapes.with({ result: lost !== '' ? 'lost' : failure !== '' ? 'failed' : 'ok' }).inc();
    entry.status = {
      health: failure === '' ? 'up' : 'down',
      lastError,
      lastScrapeMs: timeMs,
      lastDurationSeconds: durationSeconds,
      samples,
    };
    if (lastError !== '') {
      log.limited('WARN', `scrape ${entry.id}`, 60, 'scrape failed', {
        job: target.job.name,
        url: target.url,
        reason: lastError,
      });
    }
  };

  const schedule = (entry: Running): void => {
    const { intervalMs } = entry.target;
    const offset = offsetOf(entry.target);
    const due = Math.floor((now() - offset) / intervalMs) * intervalMs + offset + intervalMs;
    entry.timer = setTimeout(() => turn(entry, due), Math.max(0, due - now()));
  };

  const turn = (entry: Running, due: number): void => {
    if (entry.stop.signal.aborted) return;
    schedule(entry);
    if (entry.inFlight !== undefined) {
      skipped.inc();
      return;
    }
    const begun = now();
    const tolerance = Math.min(TOLERANCE_MS, entry.target.intervalMs * SHARE);
    const timeMs = Math.abs(begun - due) <= tolerance ? due : begun;
    const attributes = { 'scrape.job': entry.target.job.name, 'url.full': entry.target.url };
    entry.inFlight = tracer
      .withSpan('scrape', attributes, () => scrape(entry, timeMs), { kind: 'client' })
      .catch((error: unknown) => {
        entry.previousLost = true;
        scrapes.with({ result: 'lost' }).inc();
        log.limited('ERROR', 'scrape defect', 60, 'a scrape could not be stored', { error, url: entry.target.url });
      })
      .finally(() => {
        entry.inFlight = undefined;
      });
  };

  const start = (target: Target, client: Outbound, directory: string): void => {
    const entry: Running = {
      target,
      client,
      directory,
      id: nextTarget++,
      variant: nextVariant++,
      stop: new AbortController(),
      timer: undefined,
      inFlight: undefined,
      previousLost: false,
      status: { health: 'unknown', lastError: '', lastScrapeMs: 0, lastDurationSeconds: 0, samples: 0 },
    };
    running.set(target.key, entry);
    schedule(entry);
  };

  const halt = async (entry: Running): Promise<void> => {
    clearTimeout(entry.timer);
    entry.stop.abort();
    await entry.inFlight;
  };

  const remove = async (entry: Running): Promise<void> => {
    running.delete(entry.target.key);
    await halt(entry);
    const lost = lostReason(await submitFailed(entry, 'removed', now(), 0));
    if (lost !== '') log.warn('the end of a target could not be stored', { url: entry.target.url, reason: lost });
  };

  /** The same target under new settings: its series go on, what was learnt from bytes does not. */
  const replace = (entry: Running, target: Target, client: Outbound, directory: string): void => {
    const sameTimes = entry.target.intervalMs === target.intervalMs;
    Object.assign(entry, { target, client, directory, variant: nextVariant++ });
    if (sameTimes) return;
    clearTimeout(entry.timer);
    schedule(entry);
  };

  return {
    async apply(jobs, directory) {
      const wanted = new Map<string, { target: Target; client: Outbound }>();
      const unusable: BrokenTarget[] = [];
      const fresh: Outbound[] = [];
      for (const job of jobs) {
        const client = await clientOf(job, directory);
        fresh.push(client);
        const made = targetsOf(job);
        unusable.push(...made.broken);
        for (const target of made.targets) wanted.set(target.key, { target, client });
      }
      const old = clients;
      clients = fresh;
      broken = unusable;
      await Promise.all([...running.values()].filter(({ target }) => !wanted.has(target.key)).map(remove));
      for (const [key, { target, client }] of wanted) {
        const entry = running.get(key);
        if (entry === undefined) start(target, client, directory);
        else replace(entry, target, client, directory);
      }
      await Promise.all([...running.values()].map(({ inFlight }) => inFlight));
      for (const client of old) client.close();
    },
    targets: () => [...running.values()].map(statusOf),
    brokenTargets: () => broken,
    async [Symbol.asyncDispose]() {
      await Promise.all([...running.values()].map(halt));
      running.clear();
      for (const client of clients) client.close();
    },
  };
}

function statusOf({ target, status }: { readonly target: Target; readonly status: Running['status'] }): TargetStatus {
  const labels: Labels = target.labels;
  return {
    job: target.job.name,
    url: target.url,
    labels: labelsToRecord(labels),
    intervalMs: target.intervalMs,
    timeoutMs: target.timeoutMs,
    ...status,
  };
}
