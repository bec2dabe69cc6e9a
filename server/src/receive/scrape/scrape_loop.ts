import type { HttpClient } from '../../base/http_client.ts';
import type { Outcome, Submit } from '../../model/ingest.ts';
import { type Fetched, fetchTarget } from './fetch_target.ts';
import type { ScrapeMeta, ScrapeReport } from './meta.ts';
import { offsetOf, type Target } from './targets.ts';
import type { ScrapeTelemetry } from './telemetry.ts';

/** How the last scrape of a target went. */
export interface ScrapeRun {
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
  readonly lastScrapeMs: number;
  readonly lastDurationSeconds: number;
  readonly samples: number;
}

export interface LoopOptions {
  readonly tenant: string;
  readonly submit: Submit;
  readonly telemetry: ScrapeTelemetry;
  readonly now: () => number;
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

/** Scrapes one target on its schedule. One scrape at a time; a slow one makes the next wait for its turn. */
export class ScrapeLoop {
  target: Target;
  run: ScrapeRun = { health: 'unknown', lastError: '', lastScrapeMs: 0, lastDurationSeconds: 0, samples: 0 };
  readonly #options: LoopOptions;
  readonly #id: number;
  readonly #stop = new AbortController();
  #client: HttpClient;
  #variant: number;
  #timer: NodeJS.Timeout | undefined;
  #inFlight: Promise<void> | undefined;
  #previousLost = false;

  constructor(target: Target, client: HttpClient, id: number, variant: number, options: LoopOptions) {
    this.target = target;
    this.#client = client;
    this.#id = id;
    this.#variant = variant;
    this.#options = options;
    this.#schedule();
  }

  /** Goes on with the same target under new settings: its series go on, what was learnt from bytes does not. */
  replace(target: Target, client: HttpClient, variant: number): void {
    const sameTimes = this.target.intervalMs === target.intervalMs;
    this.target = target;
    this.#client = client;
    this.#variant = variant;
    if (sameTimes) return;
    clearTimeout(this.#timer);
    this.#schedule();
  }

  /** Waits for a scrape that is under way. */
  async idle(): Promise<void> {
    await this.#inFlight;
  }

  /** Stops without ending the series, as a program that goes down does. */
  async halt(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stop.abort();
    await this.#inFlight;
  }

  /** The target is gone: its series end. */
  async end(): Promise<void> {
    await this.halt();
    const { now, telemetry } = this.#options;
    const lost = lostReason(await this.#submitEmpty('removed', now(), 0));
    if (lost !== '')
      telemetry.log.warn('the end of a target could not be stored', { url: this.target.url, reason: lost });
  }

  #meta(kind: ScrapeMeta['kind'], timeMs: number, seconds: number, format: ScrapeMeta['format']): ScrapeMeta {
    const { target } = this;
    const { job } = target;
    return {
      kind,
      target: this.#id,
      variant: this.#variant,
      labels: target.labels,
      timeMs,
      durationSeconds: seconds,
      format,
      honorLabels: job.honorLabels,
      honorTimestamps: job.honorTimestamps,
      trackTimestamps: job.trackTimestampsStaleness,
      sampleLimit: job.sampleLimit,
      labelLimit: job.labelLimit,
      labelNameLengthLimit: job.labelNameLengthLimit,
      labelValueLengthLimit: job.labelValueLengthLimit,
      legacyNames: job.legacyNames,
      metricRelabel: job.metricRelabel,
      histograms: {
        native: target.nativeHistograms,
        alwaysClassic: target.alwaysClassicHistograms,
        toNhcb: target.convertToNhcb,
        bucketLimit: job.histogramBucketLimit,
        minFactor: job.histogramMinFactor,
      },
      extra: job.extraMetrics ? { timeoutSeconds: target.timeoutMs / 1000 } : null,
      previousLost: this.#previousLost,
    };
  }

  #submitEmpty(kind: 'failed' | 'removed', timeMs: number, seconds: number): Promise<Outcome> {
    const { submit, tenant } = this.#options;
    const meta = this.#meta(kind, timeMs, seconds, 'text');
    return submit({ door: 'scrape', tenant, encoding: 'identity', body: NOTHING.slice(), meta });
  }

  /** Hands over what was fetched; a body that cannot even be decompressed counts as a failed scrape. */
  async #store(fetched: Fetched, timeMs: number, seconds: number) {
    const { submit, tenant } = this.#options;
    let failure = fetched.kind === 'failed' ? fetched.message : '';
    if (fetched.kind === 'body') {
      const { body, encoding, format } = fetched;
      const meta = this.#meta('scraped', timeMs, seconds, format);
      const outcome = await submit({ door: 'scrape', tenant, encoding, body, meta });
      const report = outcome.kind === 'stored' && isReport(outcome.report) ? outcome.report : undefined;
      if (outcome.kind !== 'undecodable' && outcome.kind !== 'too-large' && outcome.kind !== 'unsupported') {
        return { failure: report?.error ?? '', samples: report?.scraped ?? 0, lost: lostReason(outcome) };
      }
      failure = outcome.message;
    }
    return { failure, samples: 0, lost: lostReason(await this.#submitEmpty('failed', timeMs, seconds)) };
  }

  async #scrape(timeMs: number): Promise<void> {
    const { telemetry } = this.#options;
    const { target } = this;
    const started = performance.now();
    const fetched = await fetchTarget(target, this.#client, this.#stop.signal);
    const seconds = (performance.now() - started) / 1000;
    if (this.#stop.signal.aborted) return;
    telemetry.seconds.observe(seconds);
    const { failure, samples, lost } = await this.#store(fetched, timeMs, seconds);
    this.#previousLost = lost !== '';
    const lastError = failure === '' ? lost : failure;
    telemetry.scrapes.with({ result: lost !== '' ? 'lost' : failure !== '' ? 'failed' : 'ok' }).inc();
    this.run = {
      health: failure === '' ? 'up' : 'down',
      lastError,
      lastScrapeMs: timeMs,
      lastDurationSeconds: seconds,
      samples,
    };
    if (lastError !== '') {
      telemetry.log.limited('WARN', `scrape ${this.#id}`, 60, 'scrape failed', {
        job: target.job.name,
        url: target.url,
        reason: lastError,
      });
    }
  }

  #schedule(): void {
    const { now } = this.#options;
    const { intervalMs } = this.target;
    const offset = offsetOf(this.target);
    const due = Math.floor((now() - offset) / intervalMs) * intervalMs + offset + intervalMs;
    this.#timer = setTimeout(() => this.#turn(due), Math.max(0, due - now()));
  }

  #turn(due: number): void {
    if (this.#stop.signal.aborted) return;
    const { telemetry, now } = this.#options;
    this.#schedule();
    if (this.#inFlight !== undefined) {
      telemetry.skipped.inc();
      return;
    }
    const begun = now();
    const tolerance = Math.min(TOLERANCE_MS, this.target.intervalMs * SHARE);
    const timeMs = Math.abs(begun - due) <= tolerance ? due : begun;
    const attributes = { 'scrape.job': this.target.job.name, 'url.full': this.target.url };
    this.#inFlight = telemetry.tracer
      .withSpan('scrape', attributes, () => this.#scrape(timeMs), { kind: 'client' })
      .catch((error: unknown) => {
        this.#previousLost = true;
        telemetry.scrapes.with({ result: 'lost' }).inc();
        const { url } = this.target;
        telemetry.log.limited('ERROR', 'scrape defect', 60, 'a scrape could not be stored', { error, url });
      })
      .finally(() => {
        this.#inFlight = undefined;
      });
  }
}
