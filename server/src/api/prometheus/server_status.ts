import { hostname, totalmem } from 'node:os';
import { isScalar, parseDocument, stringify, visit } from 'yaml';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { BadRequest } from './errors.ts';
import type { ScrapeTargets } from './targets.ts';

/** What the status endpoints tell of the running program. */
export interface ServerStatus {
  /** Our own version. */
  readonly version: string;
  readonly startedAtMs: number;
  readonly metricsRetentionDays: number;
  /** The text of the scrape configuration in use; empty when there is none. */
  scrapeConfig(): string;
  lastReload(): { readonly ok: boolean; readonly timeMs: number };
  /** Command line of upstream by name, with the values that ours amount to. */
  flags(): Readonly<Record<string, string>>;
  /** Damaged places found in the log. */
  corruptions(): number;
  /** Segments of the log: the oldest, the newest, and how far the store has taken them. */
  replay(): { readonly min: number; readonly max: number; readonly current: number };
}

/** The version of the language and API that is spoken; clients choose features by it. */
const SPOKEN_VERSION = '3.14.0';

const success = (data: unknown): HttpResponse => jsonResponse(200, { status: 'success', data });

/** `/status/buildinfo`: the Prometheus that is spoken, and the Trilith that speaks it. */
export const buildInfo = ({ version }: ServerStatus): HttpResponse =>
  success({
    version: SPOKEN_VERSION,
    revision: `trilith-${version}`,
    branch: '',
    buildUser: '',
    buildDate: '',
    goVersion: `node ${process.version}`,
  });

/** `/status/runtimeinfo`. There are no goroutines: threads of the process stand for them. */
export const runtimeInfo = (status: ServerStatus, nowMs: number): HttpResponse => {
  const { ok, timeMs } = status.lastReload();
  return success({
    startTime: new Date(status.startedAtMs).toISOString(),
    CWD: process.cwd(),
    hostname: hostname(),
    serverTime: new Date(nowMs).toISOString(),
    reloadConfigSuccess: ok,
    lastConfigTime: new Date(timeMs).toISOString(),
    corruptionCount: status.corruptions(),
    goroutineCount: process.getActiveResourcesInfo().length,
    GOMAXPROCS: navigator.hardwareConcurrency,
    GOMEMLIMIT: Math.min(process.constrainedMemory(), totalmem()),
    GOGC: '',
    GODEBUG: '',
    storageRetention: `${status.metricsRetentionDays}d`,
  });
};

/** `/status/config`: the scrape configuration as it was read, secrets hidden. */
export const configStatus = (status: ServerStatus): HttpResponse =>
  success({ yaml: withoutSecrets(status.scrapeConfig()) });

/** `/scrape_pools/config`: the part of the configuration that makes a pool; of built-in ones what it amounts to. */
export function poolConfig({ query }: HttpRequest, status: ServerStatus, targets: ScrapeTargets): HttpResponse {
  const pool = query.get('scrapePool') ?? '';
  if (pool === '') throw new BadRequest('no scrapePool parameter provided');
  const jobs: unknown = parseDocument(withoutSecrets(status.scrapeConfig())).toJS().scrape_configs;
  const job: unknown = Array.isArray(jobs) ? jobs.find((one) => one?.job_name === pool) : undefined;
  if (job === undefined && !targets.pools().includes(pool))
    throw new BadRequest(`error retrieving scrape config: scrape pool ${JSON.stringify(pool)} not found`);
  return success({ yaml: stringify(job ?? { job_name: pool }) });
}

export const flagStatus = (status: ServerStatus): HttpResponse => success(status.flags());

/** `/status/walreplay`. */
export const replayStatus = (status: ServerStatus): HttpResponse => success(status.replay());

/** Keys whose values upstream hides (`Secret` in its configuration types). */
const SECRETS = new Set([
  'password',
  'credentials',
  'bearer_token',
  'client_secret',
  'secret_key',
  'secret_access_key',
  'api_key',
  'token',
  'key',
  'application_credential_secret',
  'service_account_key',
  'secrets',
]);

/** A configuration with its secrets replaced by `<secret>`; comments go, as in upstream's answer. */
export function withoutSecrets(source: string): string {
  if (source === '') return 'scrape_configs: []\n';
  const document = parseDocument(source);
  visit(document, {
    Pair(_, pair) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      if (SECRETS.has(key) && isScalar(pair.value)) pair.value.value = '<secret>';
      if (key === 'secrets' || key === 'proxy_connect_header') hideAll(pair.value);
    },
    Scalar(_, node) {
      if (typeof node.value === 'string') node.value = node.value.replace(/:\/\/([^/@\s:]*):[^/\s]+@/, '://$1:xxxxx@');
      delete node.comment;
      delete node.commentBefore;
    },
  });
  document.commentBefore = null;
  document.comment = null;
  return document.toString();
}

function hideAll(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  visit(node as Parameters<typeof visit>[0], {
    Scalar(key, scalar) {
      if (key !== 'key') scalar.value = '<secret>';
    },
  });
}
