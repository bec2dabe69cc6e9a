import type { Problem, ProblemsAnswer, StatusAnswer, TargetsAnswer } from '@trilith/contract';
import type { HttpRequest, HttpResponse, Route } from '../../base/http.ts';
import { labelValue } from '../../model/labels.ts';
import { type ServiceFigures, services } from '../../query/index.ts';
import type { QueryRouteOptions, TenantEngines } from './engines.ts';
import { answering, timeRange } from './respond.ts';

const NS_PER_MS = 1_000_000n;
/** A service with a share of failed requests above this is a warning, above the second an error. */
const ERROR_RATIO = [0.02, 0.1] as const;
const MIN_REQUESTS = 10;
const ERROR_LOGS = 5;
/** How much slower than before counts, and from which p95 on (ms). */
const SLOWER = 2;
const SLOW_FROM_MS = 100;
const SPARKLINE_STEPS = 2;

const SEVERITY_ORDER: Readonly<Record<Problem['severity'], number>> = { error: 0, warning: 1, info: 2 };

/** Worst first; among equals what is larger. */
export function rank(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(
    (a, b) => SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] || (b.value ?? 0) - (a.value ?? 0),
  );
}

/** What spans, log records and host metrics say is wrong in a range; the program's own troubles are added by `ownProblems`. */
export function problemRoutes({ enginesOf, costOf }: QueryRouteOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/problems',
      handler: answering(async (request, notes) => {
        const engines = enginesOf(request.tenant);
        const wanted = request.query.get('service') || undefined;
        const [ofServices, ofHosts] = await Promise.all([
          serviceProblems(engines, request),
          wanted === undefined ? hostProblems(engines, request) : [],
        ]);
        const problems = [...ofServices, ...ofHosts].filter(
          ({ subject }) => wanted === undefined || subject === wanted,
        );
        return { problems: rank(problems), notes: notes() } satisfies ProblemsAnswer;
      }, costOf),
    },
  ];
}

async function serviceProblems({ traces }: TenantEngines, request: HttpRequest): Promise<Problem[]> {
  const { fromMs, toMs } = timeRange(request);
  const at = (ms: number): bigint => BigInt(Math.max(0, ms)) * NS_PER_MS;
  const length = toMs - fromMs;
  const [now, before] = await Promise.all([
    services(traces, { startNs: at(fromMs), endNs: at(toMs) }, SPARKLINE_STEPS, request.signal),
    services(traces, { startNs: at(fromMs - length), endNs: at(fromMs) }, SPARKLINE_STEPS, request.signal),
  ]);
  const earlier = new Map(before.map((figures) => [figures.name, figures]));
  const seconds = length / 1000;
  const present = new Set(now.map(({ name }) => name));
  return [
    ...now.flatMap((figures) => problemsOf(figures, earlier.get(figures.name), seconds)),
    ...before.filter(({ name }) => !present.has(name)).map(silent),
  ];
}

function problemsOf(figures: ServiceFigures, before: ServiceFigures | undefined, seconds: number): Problem[] {
  const { name, errorRatio = 0, requestRate = 0, p95Ms = 0, logErrors } = figures;
  const found: Problem[] = [];
  const base = { subject: name, sinceMs: null };
  if (errorRatio > ERROR_RATIO[0] && requestRate * seconds >= MIN_REQUESTS) {
    found.push({
      ...base,
      id: `error_ratio ${name}`,
      kind: 'error_ratio',
      severity: errorRatio > ERROR_RATIO[1] ? 'error' : 'warning',
      value: errorRatio,
      before: before?.errorRatio ?? null,
      words: `${percent(errorRatio)} of the requests of ${name} fail`,
      evidence: { screen: 'traces', service: name, status: 'error', minDuration: '' },
    });
  }
  if (logErrors >= ERROR_LOGS && logErrors > 2 * (before?.logErrors ?? 0)) {
    found.push({
      ...base,
      id: `error_logs ${name}`,
      kind: 'error_logs',
      severity: 'warning',
      value: logErrors,
      before: before?.logErrors ?? null,
      words: `${name} logged ${logErrors} errors, ${before?.logErrors ?? 0} in the time before`,
      evidence: { screen: 'logs', query: `{service_name=${JSON.stringify(name)}, level=~"ERROR|FATAL|CRITICAL"}` },
    });
  }
  if (before?.p95Ms !== undefined && p95Ms > SLOW_FROM_MS && p95Ms > SLOWER * before.p95Ms) {
    found.push({
      ...base,
      id: `slow ${name}`,
      kind: 'slow',
      severity: 'warning',
      value: p95Ms,
      before: before.p95Ms,
      words: `${name} answers in ${Math.round(p95Ms)} ms (p95), ${Math.round(before.p95Ms)} ms before`,
      evidence: { screen: 'traces', service: name, status: 'any', minDuration: `${Math.round(p95Ms)}ms` },
    });
  }
  return found;
}

function silent(before: ServiceFigures): Problem {
  const { name } = before;
  return {
    id: `silent ${name}`,
    kind: 'silent',
    severity: 'warning',
    subject: name,
    value: null,
    before: null,
    words: `nothing has come from ${name} in this time, but did before`,
    sinceMs: before.lastSeenNs === undefined ? null : Number(before.lastSeenNs / NS_PER_MS),
    evidence: { screen: 'logs', query: `{service_name=${JSON.stringify(name)}}` },
  };
}

interface HostCheck {
  readonly kind: 'host_cpu' | 'host_memory' | 'host_disk';
  readonly query: string;
  readonly words: string;
}

/** Shares of a host's resources above which it is said. */
const HOST_CHECKS: readonly HostCheck[] = [
  {
    kind: 'host_cpu',
    query: '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])) > 0.9',
    words: 'of the processors of',
  },
  {
    kind: 'host_memory',
    query: '1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes > 0.9',
    words: 'of the memory of',
  },
  {
    kind: 'host_disk',
    query: '1 - node_filesystem_avail_bytes{fstype!~"tmpfs|overlay|squashfs"} / node_filesystem_size_bytes > 0.9',
    words: 'of a file system of',
  },
];

async function hostProblems({ metrics }: TenantEngines, request: HttpRequest): Promise<Problem[]> {
  const { toMs } = timeRange(request);
  const startMs = Math.min(toMs, Date.now());
  const found = await Promise.all(
    HOST_CHECKS.map(async ({ kind, query, words }) => {
      const result = await metrics.query({ query, startMs, endMs: startMs, stepMs: 0, signal: request.signal });
      return result.series.map((series): Problem => {
        const instance = labelValue(series.labels, 'instance');
        const place = labelValue(series.labels, 'mountpoint');
        const value = series.values[0] ?? 0;
        return {
          id: `${kind} ${instance} ${place}`,
          kind,
          severity: value > 0.97 ? 'error' : 'warning',
          subject: place === '' ? instance : `${instance} ${place}`,
          value,
          before: null,
          words: `${percent(value)} ${words} ${instance} is in use`,
          sinceMs: null,
          evidence: { screen: 'metrics', query: query.replace(/ > 0\.9$/, '') },
        };
      });
    }),
  );
  return found.flat();
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(ratio < 0.1 ? 1 : 0)} %`;
}

/** What is wrong with the program itself: targets down, records refused, the store behind, writes refused. */
export function ownProblems(status: StatusAnswer, { targets }: Pick<TargetsAnswer, 'targets'>): Problem[] {
  const problem = (
    kind: Problem['kind'],
    severity: Problem['severity'],
    subject: string,
    value: number | null,
    words: string,
  ): Problem => ({
    id: `${kind} ${subject}`,
    kind,
    severity,
    subject,
    value,
    before: null,
    words,
    sinceMs: null,
    evidence: { screen: 'data' },
  });
  const found: Problem[] = [];
  if (status.readOnly)
    found.push(problem('read_only', 'error', '', null, status.readOnlyReason ?? 'writes are refused'));
  if (status.wal.behindMs > 10_000) {
    found.push(
      problem(
        'store_behind',
        'warning',
        '',
        status.wal.behindMs,
        `the store is ${Math.round(status.wal.behindMs / 1000)} s behind what was acknowledged`,
      ),
    );
  }
  for (const target of targets) {
    if (target.health === 'down')
      found.push(
        problem(
          'target_down',
          'error',
          `${target.job} ${target.url}`,
          null,
          `${target.url} cannot be scraped: ${target.error ?? 'no answer'}`,
        ),
      );
  }
  for (const source of status.ingest) {
    const recent = source.rejected.filter(({ lastMs }) => lastMs !== null && status.nowMs - lastMs < 5 * 60_000);
    for (const { reason, count, words } of recent)
      found.push(
        problem(
          'rejects',
          'warning',
          `${source.door} ${reason}`,
          count,
          `${count} refused at ${source.door}: ${words}`,
        ),
      );
  }
  return found;
}

/** A worker's list of problems with the program's own added; any other answer is left as it is. */
export function withOwnProblems(response: HttpResponse, own: readonly Problem[]): HttpResponse {
  if (response.status !== 200 || typeof response.body !== 'string' || own.length === 0) return response;
  const answer = JSON.parse(response.body) as ProblemsAnswer;
  return {
    ...response,
    body: JSON.stringify({ ...answer, problems: rank([...own, ...answer.problems]) } satisfies ProblemsAnswer),
  };
}
