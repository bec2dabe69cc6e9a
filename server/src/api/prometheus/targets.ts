import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { BadRequest } from './errors.ts';

type LabelMap = Readonly<Record<string, string>>;

/** A target that is scraped, with upstream's words for it. */
export interface ActiveTarget {
  readonly pool: string;
  /** Before relabelling. */
  readonly discoveredLabels: LabelMap;
  readonly labels: LabelMap;
  readonly url: string;
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
  /** Ms since the epoch, 0 before the first scrape. */
  readonly lastScrapeMs: number;
  readonly lastDurationSeconds: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** A target that relabelling dropped. */
export interface DroppedTarget {
  readonly pool: string;
  readonly discoveredLabels: LabelMap;
}

/** One rule of a pool's relabelling and what it leaves of a label set. */
export interface RelabelStep {
  readonly rule: unknown;
  readonly output: LabelMap;
  readonly keep: boolean;
}

/** What the scraper says of itself. */
export interface ScrapeTargets {
  /** Names of jobs, also of those without targets. */
  pools(): readonly string[];
  active(): readonly ActiveTarget[];
  dropped(): readonly DroppedTarget[];
  /** By pool, also those that are no longer listed one by one. */
  droppedCounts(): Readonly<Record<string, number>>;
  /** Undefined for a pool there is none of. */
  relabelSteps(pool: string, labels: LabelMap): readonly RelabelStep[] | undefined;
}

const success = (data: unknown): HttpResponse => jsonResponse(200, { status: 'success', data });

/** `/scrape_pools`. */
export const scrapePools = (targets: ScrapeTargets): HttpResponse =>
  success({ scrapePools: [...targets.pools()].sort() });

/** `/targets`, filtered by `scrapePool` and `state`. */
export function targetList({ query }: HttpRequest, targets: ScrapeTargets): HttpResponse {
  const pool = query.get('scrapePool') ?? '';
  const state = (query.get('state') ?? '').toLowerCase();
  const shows = (kind: string): boolean => state === '' || state === 'any' || state === kind;
  const wanted = <T extends { readonly pool: string }>(list: readonly T[]): T[] =>
    list
      .filter((one) => pool === '' || one.pool === pool)
      .sort((a, b) => (a.pool < b.pool ? -1 : a.pool > b.pool ? 1 : 0));
  const active = shows('active') ? wanted(targets.active()) : [];
  const dropped = shows('dropped') ? wanted(targets.dropped()) : [];
  return success({
    activeTargets: active.map((target) => ({
      discoveredLabels: target.discoveredLabels,
      labels: target.labels,
      scrapePool: target.pool,
      scrapeUrl: target.url,
      globalUrl: target.url,
      lastError: target.lastError,
      // Go's zero time: never scraped.
      lastScrape: target.lastScrapeMs === 0 ? '0001-01-01T00:00:00Z' : new Date(target.lastScrapeMs).toISOString(),
      lastScrapeDuration: target.lastDurationSeconds,
      health: target.health,
      scrapeInterval: durationText(target.intervalMs),
      scrapeTimeout: durationText(target.timeoutMs),
    })),
    droppedTargets: dropped.map(({ discoveredLabels, pool: scrapePool }) => ({ discoveredLabels, scrapePool })),
    droppedTargetCounts: shows('dropped') ? targets.droppedCounts() : {},
  });
}

/** `/targets/relabel_steps`: what each rule of a pool makes of the labels given as JSON. Throws BadRequest. */
export function relabelSteps({ query }: HttpRequest, targets: ScrapeTargets): HttpResponse {
  const pool = query.get('scrapePool') ?? '';
  if (pool === '') throw new BadRequest('no scrapePool parameter provided');
  const text = query.get('labels') ?? '';
  if (text === '') throw new BadRequest('no labels parameter provided');
  const steps = targets.relabelSteps(pool, labelsOf(text));
  if (steps === undefined)
    throw new BadRequest(`error retrieving scrape config: scrape pool ${JSON.stringify(pool)} not found`);
  return success({ steps });
}

function labelsOf(text: string): LabelMap {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new BadRequest(`error parsing labels: ${(error as Error).message}`, { cause: error });
  }
  const labels: Record<string, string> = Object.create(null);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new BadRequest('error parsing labels: an object is expected');
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value !== 'string')
      throw new BadRequest(`error parsing labels: ${JSON.stringify(name)} is not a string`);
    labels[name] = value;
  }
  return labels;
}

const UNITS: readonly (readonly [string, number])[] = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
];

/** A duration as the configuration writes it: `1m30s`. */
function durationText(ms: number): string {
  let rest = Math.round(ms);
  let text = '';
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === '' ? '0s' : text;
}
