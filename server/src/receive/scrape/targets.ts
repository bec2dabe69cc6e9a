import { createHash } from 'node:crypto';
import { parseDurationMs } from '../../base/yaml_reader.ts';
import { type Labels, labelsKey } from '../../model/labels.ts';
import type { ScrapeJob } from './config/types.ts';
import type { TargetGroup } from './discovery/target_group.ts';
import { compileRelabel, type Relabel } from './relabel.ts';
import { labelsOfMap } from './series_labels.ts';

/** How a target's histograms are taken; relabelling may change what the job says. */
export interface HistogramSettings {
  readonly nativeHistograms: boolean;
  readonly alwaysClassicHistograms: boolean;
  readonly convertToNhcb: boolean;
}

/** A place to scrape, as its job's groups and relabelling make it (upstream: scrape.PopulateLabels). */
export interface Target extends HistogramSettings {
  readonly job: ScrapeJob;
  readonly url: string;
  /** What every sample gets: without the labels that begin with `__`. */
  readonly labels: Labels;
  /** Labels before relabelling. */
  readonly discovered: Labels;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Equal for the same target under changed settings. */
  readonly key: string;
}

/** A target whose labels make no address; shown instead of scraped. */
export interface BrokenTarget {
  readonly job: string;
  readonly address: string;
  readonly discovered: Labels;
  readonly reason: string;
}

export interface JobTargets {
  readonly targets: readonly Target[];
  readonly broken: readonly BrokenTarget[];
  /** Labels before relabelling of those it dropped, no more than the job keeps. */
  readonly dropped: readonly Labels[];
  readonly droppedCount: number;
}

/** The groups that `static_configs` lists. */
export function staticGroups(job: ScrapeJob): TargetGroup[] {
  return job.groups.map(({ targets, labels }, i) => ({
    source: String(i),
    targets: targets.map((address) => ({ __address__: address })),
    labels,
  }));
}

/** The targets of a job, each once. */
export function targetsOf(job: ScrapeJob, groups: readonly TargetGroup[] = staticGroups(job)): JobTargets {
  const relabel = compileRelabel(job.relabel);
  const targets = new Map<string, Target>();
  const broken: BrokenTarget[] = [];
  const dropped: Labels[] = [];
  let droppedCount = 0;
  for (const group of groups) {
    for (const own of group.targets) {
      const labels = discoveredLabels(job, own, group.labels);
      const discovered = labelsOfMap(labels);
      const made = makeTarget(job, labels, discovered, relabel);
      if (made === 'dropped') {
        droppedCount++;
        if (job.keepDroppedTargets === 0 || dropped.length < job.keepDroppedTargets) dropped.push(discovered);
      } else if (typeof made === 'string')
        broken.push({ job: job.name, address: own.__address__ ?? '', discovered, reason: made });
      else if (!targets.has(made.key)) targets.set(made.key, made);
    }
  }
  if (job.targetLimit > 0 && targets.size > job.targetLimit) {
    const reason = `target_limit exceeded (number of targets: ${targets.size}, limit: ${job.targetLimit})`;
    const refused = [...targets.values()].map(({ url, discovered }) => ({
      job: job.name,
      address: url,
      discovered,
      reason,
    }));
    return { targets: [], broken: refused, dropped, droppedCount };
  }
  return { targets: [...targets.values()], broken, dropped, droppedCount };
}

const NHCB = '__convert_classic_histograms_to_nhcb__';
const CLASSIC = '__always_scrape_classic_histograms__';
const NATIVE = '__scrape_native_histograms__';

/** Labels before relabelling: the target's own, its group's, and the job's settings where they say nothing. */
function discoveredLabels(
  job: ScrapeJob,
  own: Readonly<Record<string, string>>,
  group: Readonly<Record<string, string>>,
): Map<string, string> {
  const labels = new Map<string, string>();
  for (const [name, value] of [...Object.entries(group), ...Object.entries(own)]) labels.set(name, value);
  const defaults: [string, string][] = [
    ['job', job.name],
    ['__scheme__', job.scheme],
    ['__metrics_path__', job.metricsPath],
    ['__scrape_interval__', durationText(job.intervalMs)],
    ['__scrape_timeout__', durationText(job.timeoutMs)],
    [NHCB, String(job.convertToNhcb)],
    [CLASSIC, String(job.alwaysClassicHistograms)],
    [NATIVE, String(job.nativeHistograms)],
    ...job.params.map(([name, value]): [string, string] => [`__param_${name}`, value]),
  ];
  for (const [name, value] of defaults) if ((labels.get(name) ?? '') === '') labels.set(name, value);
  for (const [name, value] of labels) if (value === '') labels.delete(name);
  return labels;
}

/** Go's strconv.ParseBool. */
function parseBool(written: string): boolean | undefined {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(written)) return true;
  return /^(?:0|f|F|FALSE|false|False)$/.test(written) ? false : undefined;
}

/** A target, `dropped`, or why it cannot be scraped. */
function makeTarget(
  job: ScrapeJob,
  labels: Map<string, string>,
  discovered: Labels,
  relabel: Relabel,
): Target | 'dropped' | string {
  if (!relabel(labels)) return 'dropped';
  const address = labels.get('__address__') ?? '';
  if (address === '') return 'no address';
  if (address.includes('/')) return `${JSON.stringify(address)} is not a valid hostname`;
  if (/[@?#\s]/.test(address)) return `${JSON.stringify(address)} is not a valid address`;
  const scheme = labels.get('__scheme__') ?? '';
  if (scheme !== 'http' && scheme !== 'https') return `${JSON.stringify(scheme)} is not a scheme that can be scraped`;
  const url = targetUrl(job, labels, scheme, address);
  if (url === undefined) return `${JSON.stringify(address)} is not a valid address`;
  const times = readTimes(labels);
  if (typeof times === 'string') return times;
  const histograms = readHistogramSettings(labels, job);
  if (typeof histograms === 'string') return histograms;
  if ((labels.get('instance') ?? '') === '') labels.set('instance', address);
  for (const [name, value] of labels) {
    if (!value.isWellFormed()) return `invalid label value for ${JSON.stringify(name)}: ${JSON.stringify(value)}`;
    if (name.startsWith('__') || value === '') labels.delete(name);
  }
  const set = labelsOfMap(labels);
  const key = `${job.name}\u0000${url}\u0000${labelsKey(set)}`;
  return { job, url, labels: set, discovered, ...times, ...histograms, key };
}

function readTimes(labels: ReadonlyMap<string, string>): { intervalMs: number; timeoutMs: number } | string {
  const found: number[] = [];
  for (const what of ['interval', 'timeout'] as const) {
    const written = labels.get(`__scrape_${what}__`) ?? '';
    const ms = parseDurationMs(written);
    if (ms === undefined)
      return `error parsing scrape ${what}: not a valid duration string: ${JSON.stringify(written)}`;
    if (ms === 0) return `scrape ${what} cannot be 0`;
    found.push(ms);
  }
  const [intervalMs = 0, timeoutMs = 0] = found;
  if (timeoutMs <= intervalMs) return { intervalMs, timeoutMs };
  const written = `${JSON.stringify(labels.get('__scrape_timeout__'))} > ${JSON.stringify(labels.get('__scrape_interval__'))}`;
  return `scrape timeout cannot be greater than scrape interval (${written})`;
}

function readHistogramSettings(labels: ReadonlyMap<string, string>, job: ScrapeJob): HistogramSettings | string {
  const values = new Map<string, boolean>();
  for (const [label, what] of [
    [NHCB, 'convert classic histograms to nhcb'],
    [CLASSIC, 'always scrape classic histograms'],
    [NATIVE, 'scrape native histograms'],
  ] as const) {
    const written = labels.get(label) ?? '';
    if (written === '') continue;
    const value = parseBool(written);
    if (value === undefined) return `error parsing ${what}: invalid syntax ${JSON.stringify(written)}`;
    values.set(label, value);
  }
  return {
    convertToNhcb: values.get(NHCB) ?? job.convertToNhcb,
    alwaysClassicHistograms: values.get(CLASSIC) ?? job.alwaysClassicHistograms,
    nativeHistograms: values.get(NATIVE) ?? job.nativeHistograms,
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
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
];

/** A duration as Prometheus prints it (model.Duration.String): years, weeks and days only where nothing is left over. */
function durationText(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let out = '';
  for (const [unit, size] of UNITS) {
    const whole = size >= 86_400_000;
    if (rest < size || (whole && rest % size !== 0)) continue;
    out += `${Math.floor(rest / size)}${unit}`;
    rest %= size;
  }
  return out;
}

/** Where in its interval a target is scraped, ms: spread by hash, the same on every start. */
export function offsetOf(target: Target): number {
  const digest = createHash('md5').update(target.key).digest();
  return Number(digest.readBigUInt64BE(8) % BigInt(Math.max(1, Math.floor(target.intervalMs))));
}
