import { countLogs, type NsRange, type ServiceSpans } from '../../store/index.ts';
import { serviceSpans } from './service_spans.ts';
import type { TraceStore } from './trace.ts';

/** One service over a range; figures are undefined when nothing carries them. */
export interface ServiceFigures {
  readonly name: string;
  /** Requests per second: server and consumer spans, and roots of other kinds. */
  readonly requestRate: number | undefined;
  readonly errorRatio: number | undefined;
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  /** Log records of level ERROR and above, and all. */
  readonly logErrors: number;
  readonly logLines: number;
  /** Start of the newest request, ns; undefined for a service that only logs. */
  readonly lastSeenNs: bigint | undefined;
  /** Requests per second (log records per second without requests) in equal steps over the range. */
  readonly sparkline: readonly (number | undefined)[];
}

interface LogFigures {
  lines: number;
  errors: number;
  readonly steps: Float64Array;
}

const SEVERE = new Set(['ERROR', 'FATAL', 'CRITICAL']);

/** Every service seen in spans or logs in the range, busiest first. Throws StoreError. */
export async function services(
  store: TraceStore,
  range: NsRange,
  sparkSteps = 30,
  signal?: AbortSignal,
): Promise<ServiceFigures[]> {
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const stepNs = (range.endNs - range.startNs + BigInt(sparkSteps) - 1n) / BigInt(sparkSteps) || 1n;
  const [spans, steps, logs] = await Promise.all([
    serviceSpans(store, { ...range, byOperation: false }, options),
    serviceSpans(store, { ...range, byOperation: false, stepNs }, options),
    logsByService(store, range, stepNs, sparkSteps, signal),
  ]);
  const seconds = Number(range.endNs - range.startNs) / 1e9;
  const stepSeconds = Number(stepNs) / 1e9;
  const byService = new Map(spans.map((row) => [row.service, row]));
  const names = new Set([...byService.keys(), ...logs.keys()]);
  names.delete('');
  const figures = [...names].map((name) => {
    const row = byService.get(name);
    const log = logs.get(name);
    return {
      ...requestFigures(name, row, seconds),
      ...logFigures(log),
      sparkline: sparkline(name, row, steps, log, sparkSteps, stepSeconds),
    };
  });
  return figures.sort(
    (a, b) => (b.requestRate ?? 0) - (a.requestRate ?? 0) || b.logLines - a.logLines || (a.name < b.name ? -1 : 1),
  );
}

function requestFigures(
  name: string,
  row: ServiceSpans | undefined,
  seconds: number,
): Omit<ServiceFigures, 'logErrors' | 'logLines' | 'sparkline'> {
  return {
    name,
    requestRate: row === undefined ? undefined : row.requests / seconds,
    errorRatio: row === undefined || row.requests === 0 ? undefined : row.errors / row.requests,
    p50Ms: row?.p50Ms,
    p95Ms: row?.p95Ms,
    lastSeenNs: row?.lastNs,
  };
}

function logFigures(log: LogFigures | undefined): Pick<ServiceFigures, 'logErrors' | 'logLines'> {
  return { logErrors: log?.errors ?? 0, logLines: log?.lines ?? 0 };
}

function sparkline(
  name: string,
  row: ServiceSpans | undefined,
  steps: readonly ServiceSpans[],
  log: LogFigures | undefined,
  count: number,
  stepSeconds: number,
): (number | undefined)[] {
  const line = new Array<number | undefined>(count).fill(undefined);
  if (row !== undefined) {
    for (const step of steps)
      if (step.service === name && step.bucket < count) line[step.bucket] = step.requests / stepSeconds;
    return line;
  }
  return line.map((_, i) => (log?.steps[i] ? log.steps[i] / stepSeconds : undefined));
}

async function logsByService(
  store: TraceStore,
  range: NsRange,
  stepNs: bigint,
  steps: number,
  signal: AbortSignal | undefined,
): Promise<Map<string, LogFigures>> {
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const byService = new Map<string, LogFigures>();
  const request = {
    originNs: range.startNs - 1n,
    widthNs: stepNs,
    buckets: steps,
    predicate: { kind: 'and' as const, parts: [] },
    keys: [{ kind: 'service' as const }, { kind: 'severity' as const }],
    bytes: false,
  };
  for await (const rows of countLogs(store.reader, request, options)) {
    for (let row = 0; row < rows.rows; row++) {
      const name = rows.service(row);
      const figures = byService.get(name) ?? { lines: 0, errors: 0, steps: new Float64Array(steps) };
      byService.set(name, figures);
      const lines = rows.count(row);
      figures.lines += lines;
      if (SEVERE.has(rows.severity(row).toUpperCase())) figures.errors += lines;
      const bucket = rows.bucket(row);
      figures.steps[bucket] = (figures.steps[bucket] ?? 0) + lines;
    }
  }
  return byService;
}

export interface ServiceSteps {
  readonly stepNs: bigint;
  /** By step; a step without requests is missing. */
  readonly steps: readonly ServiceSpans[];
  /** Busiest first. */
  readonly operations: readonly ServiceSpans[];
}

/** One service over time and by operation. Throws StoreError. */
export async function serviceOverTime(
  store: TraceStore,
  service: string,
  range: NsRange,
  steps: number,
  signal?: AbortSignal,
): Promise<ServiceSteps> {
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const stepNs = (range.endNs - range.startNs + BigInt(steps) - 1n) / BigInt(steps) || 1n;
  const [overTime, operations] = await Promise.all([
    serviceSpans(store, { ...range, service, byOperation: false, stepNs }, options),
    serviceSpans(store, { ...range, service, byOperation: true }, options),
  ]);
  return { stepNs, steps: overTime, operations };
}
