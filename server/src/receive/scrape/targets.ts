import { createHash } from 'node:crypto';
import { type Labels, labelsKey } from '../../model/labels.ts';
import type { ScrapeJob } from './config/types.ts';
import { compileRelabel } from './relabel.ts';
import { labelsOfMap } from './series_labels.ts';

/** A place to scrape, as its job's groups and relabelling make it (upstream: scrape.PopulateLabels). */
export interface Target {
  readonly job: ScrapeJob;
  readonly url: string;
  /** What every sample gets: without the labels that begin with `__`. */
  readonly labels: Labels;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Equal for the same target under changed settings. */
  readonly key: string;
}

/** A target whose labels make no address; shown instead of scraped. */
export interface BrokenTarget {
  readonly job: string;
  readonly address: string;
  readonly reason: string;
}

export interface JobTargets {
  readonly targets: readonly Target[];
  readonly broken: readonly BrokenTarget[];
  readonly dropped: number;
}

/** The targets of a job, each once. */
export function targetsOf(job: ScrapeJob): JobTargets {
  const relabel = compileRelabel(job.relabel);
  const targets = new Map<string, Target>();
  const broken: BrokenTarget[] = [];
  let dropped = 0;
  for (const group of job.groups) {
    for (const address of group.targets) {
      const labels = discovered(job, address, group.labels);
      if (!relabel(labels)) {
        dropped++;
        continue;
      }
      const made = makeTarget(job, labels);
      if (typeof made === 'string') broken.push({ job: job.name, address, reason: made });
      else targets.set(made.key, made);
    }
  }
  if (job.targetLimit > 0 && targets.size > job.targetLimit) {
    const reason = `target_limit exceeded (number of targets: ${targets.size}, limit: ${job.targetLimit})`;
    return {
      targets: [],
      broken: [...targets.values()].map(({ url }) => ({ job: job.name, address: url, reason })),
      dropped,
    };
  }
  return { targets: [...targets.values()], broken, dropped };
}

function discovered(job: ScrapeJob, address: string, own: Readonly<Record<string, string>>): Map<string, string> {
  const labels = new Map<string, string>();
  for (const [name, value] of Object.entries(own)) labels.set(name, value);
  labels.set('__address__', address);
  const defaults: [string, string][] = [
    ['job', job.name],
    ['__scheme__', job.scheme],
    ['__metrics_path__', job.metricsPath],
    ['__scrape_interval__', `${job.intervalMs}ms`],
    ['__scrape_timeout__', `${job.timeoutMs}ms`],
  ];
  for (const [name, value] of defaults) if (!labels.has(name)) labels.set(name, value);
  for (const [name, value] of job.params) if (!labels.has(`__param_${name}`)) labels.set(`__param_${name}`, value);
  return labels;
}

function makeTarget(job: ScrapeJob, labels: Map<string, string>): Target | string {
  const address = labels.get('__address__') ?? '';
  if (address === '') return 'no address';
  if (/[/@?#\s]/.test(address)) return `${JSON.stringify(address)} is not a valid address`;
  const scheme = labels.get('__scheme__') ?? '';
  if (scheme !== 'http' && scheme !== 'https') return `${JSON.stringify(scheme)} is not a scheme that can be scraped`;
  const url = targetUrl(job, labels, scheme, address);
  if (url === undefined) return `${JSON.stringify(address)} is not a valid address`;
  const intervalMs = milliseconds(labels.get('__scrape_interval__')) ?? job.intervalMs;
  const timeoutMs = milliseconds(labels.get('__scrape_timeout__')) ?? job.timeoutMs;
  if (!labels.has('instance')) labels.set('instance', address);
  for (const name of [...labels.keys()]) if (name.startsWith('__')) labels.delete(name);
  for (const [name, value] of labels) if (value === '') labels.delete(name);
  const set = labelsOfMap(labels);
  return {
    job,
    url,
    labels: set,
    intervalMs,
    timeoutMs: Math.min(timeoutMs, intervalMs),
    key: `${job.name}\u0000${url}\u0000${labelsKey(set)}`,
  };
}

function targetUrl(
  job: ScrapeJob,
  labels: ReadonlyMap<string, string>,
  scheme: string,
  address: string,
): string | undefined {
  const path = labels.get('__metrics_path__') ?? '/';
  if (!URL.canParse(`${scheme}://${address}`)) return undefined;
  const url = new URL(`${scheme}://${address}`);
  url.pathname = path;
  const params = new URLSearchParams();
  for (const [name, value] of job.params) params.append(name, value);
  for (const [label, value] of labels) {
    if (!label.startsWith('__param_')) continue;
    // Relabelling may change the first value of a parameter, or add one.
    const name = label.slice('__param_'.length);
    const rest = params.getAll(name).slice(1);
    params.delete(name);
    for (const item of [value, ...rest]) params.append(name, item);
  }
  for (const [name, value] of params) url.searchParams.append(name, value);
  return url.href;
}

const UNITS: readonly (readonly [string, number])[] = [
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
];

/** A duration of one unit, as relabelling of `__scrape_interval__` writes it. */
function milliseconds(text: string | undefined): number | undefined {
  const match = /^(\d+)(ms|s|m|h)$/.exec(text ?? '');
  const unit = UNITS.find(([name]) => name === match?.[2])?.[1];
  const value = unit === undefined ? 0 : Number(match?.[1]) * unit;
  return value > 0 ? value : undefined;
}

/** Where in its interval a target is scraped, ms: spread by hash, the same on every start. */
export function offsetOf(target: Target): number {
  const digest = createHash('md5').update(target.key).digest();
  return Number(digest.readBigUInt64BE(8) % BigInt(Math.max(1, Math.floor(target.intervalMs))));
}
