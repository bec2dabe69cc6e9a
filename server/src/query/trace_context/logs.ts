import type { StoredSpan } from '../../store/index.ts';
import type { LogqlEngine } from '../logql/engine.ts';
import { logsOfTrace, selectorFor } from '../logs/context.ts';
import { type LogRecordView, readRecords } from '../logs/records.ts';
import { attributeOf } from './span_attributes.ts';

/** By what a record belongs to the trace, the surest first. */
export type LogJoin = 'span' | 'trace' | 'request' | 'service';

export interface JoinedRecord {
  readonly record: LogRecordView;
  readonly join: LogJoin;
}

/** What the lines of one service carry. */
export interface ServiceLogs {
  /** Lines that name the trace, and of these those that name one of its spans. */
  readonly named: number;
  readonly withSpan: number;
  /** Lines of the service at that time or near it, where none name the trace. */
  readonly near: number;
}

export interface ContextLogs {
  /** Oldest first. */
  readonly lines: readonly JoinedRecord[];
  readonly more: boolean;
  readonly services: ReadonlyMap<string, ServiceLogs>;
}

export interface ContextLogsRequest {
  readonly traceId: string;
  /** The spans asked about: all of the trace, or the one. */
  readonly spans: readonly StoredSpan[];
  readonly spanId: string | undefined;
  readonly signal: AbortSignal;
}

const MOST_LINES = 500;
/** Records may carry a trace id a little before its first or after its last span. */
const MARGIN_NS = 60_000_000_000n;
/** Clocks of spans and of lines differ a little, and both are rounded. */
const SLACK_NS = 5_000_000n;
/** How far one looks whether a service logs at all. */
const NEAR_NS = 300_000_000_000n;
const MOST_SERVICES = 10;
const LINES_OF_SERVICE = 20;
const REQUEST_NAMES = [
  'request_id',
  'request.id',
  'http.request.id',
  'http.request.header.x-request-id',
  'x_request_id',
];

/**
 * The log lines of a trace or of one span: by span and trace id; for services that have none, by the request's id, else by
 * service, pod and time. Throws LogqlError and StoreError.
 */
export async function contextLogs(engine: LogqlEngine, request: ContextLogsRequest): Promise<ContextLogs> {
  const { spans } = request;
  const { records, known, more } = await namedRecords(engine, request);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const lines: JoinedRecord[] = records.map((record) => ({ record, join: ids.has(record.spanId) ? 'span' : 'trace' }));
  const byService = Map.groupBy(spans, ({ service }) => service);
  const services = new Map<string, ServiceLogs>();
  const silent: (readonly [string, readonly StoredSpan[]])[] = [];
  for (const [service, own] of byService) {
    const named = known.filter((record) => record.service === service);
    const withSpan = named.filter(({ spanId }) => spanId !== '').length;
    services.set(service, { named: named.length, withSpan, near: 0 });
    if (named.length === 0 && service !== '') silent.push([service, own]);
  }
  await Promise.all(
    silent.slice(0, MOST_SERVICES).map(async ([service, own]) => {
      const { records: found, near, join } = await unnamedRecords(engine, service, own, request.signal);
      services.set(service, { named: 0, withSpan: 0, near });
      lines.push(...found.map((record) => ({ record, join })));
    }),
  );
  lines.sort((a, b) => (a.record.timeNs < b.record.timeNs ? -1 : a.record.timeNs > b.record.timeNs ? 1 : 0));
  return { lines: lines.slice(0, MOST_LINES), more: more || lines.length > MOST_LINES, services };
}

interface NamedRecords {
  /** Those to show. */
  readonly records: readonly LogRecordView[];
  /** Those that tell what the lines of a service carry; of one span they may lie outside its time. */
  readonly known: readonly LogRecordView[];
  readonly more: boolean;
}

/** Records that carry the trace's id; of one span those with its id, else those of its service while it ran. */
async function namedRecords(
  engine: LogqlEngine,
  { traceId, spans, spanId, signal }: ContextLogsRequest,
): Promise<NamedRecords> {
  const { startNs, endNs } = rangeOf(spans);
  const wide = { startNs: startNs - MARGIN_NS, endNs: endNs + MARGIN_NS, limit: MOST_LINES, signal };
  const { records: own, more } = await logsOfTrace(engine, traceId, spanId === undefined ? wide : { ...wide, spanId });
  if (spanId === undefined || own.length > 0) return { records: own, known: own, more };
  const all = await logsOfTrace(engine, traceId, wide);
  const known = all.records.filter(({ service }) => service === spans[0]?.service);
  const records = known.filter(({ timeNs }) => timeNs >= startNs - SLACK_NS && timeNs <= endNs + SLACK_NS);
  return { records, known, more: all.more };
}

/** Records of a service that do not name the trace. */
async function unnamedRecords(
  engine: LogqlEngine,
  service: string,
  spans: readonly StoredSpan[],
  signal: AbortSignal,
): Promise<{ readonly records: readonly LogRecordView[]; readonly near: number; readonly join: LogJoin }> {
  const { startNs, endNs } = rangeOf(spans);
  const read = (pairs: readonly string[], fromNs: bigint, toNs: bigint, limit: number) =>
    readRecords(engine, {
      log: selectorFor(['service_name', service, ...pairs]),
      startNs: fromNs,
      endNs: toNs,
      direction: 'forward',
      limit,
      signal,
    });
  const requestId = spans.map((span) => attributeOf(span, ...REQUEST_NAMES)).find((id) => id !== '');
  if (requestId !== undefined) {
    const found = await read(['request_id', requestId], startNs - MARGIN_NS, endNs + MARGIN_NS, LINES_OF_SERVICE);
    if (found.length > 0) return { records: found, near: found.length, join: 'request' };
  }
  const pods = new Set(spans.map((span) => attributeOf(span, 'k8s.pod.name')).filter((pod) => pod !== ''));
  const during = await read([], startNs - SLACK_NS, endNs + SLACK_NS, LINES_OF_SERVICE * 5);
  // Lines that name another trace are another request's.
  const records = during.filter((record) => record.traceId === '' && ofPods(record, pods)).slice(0, LINES_OF_SERVICE);
  if (records.length > 0) return { records, near: records.length, join: 'service' };
  const near = await read([], startNs - NEAR_NS, endNs + NEAR_NS, 1);
  return { records: [], near: near.length, join: 'service' };
}

/** Whether a record comes from one of these pods, as far as both say. */
function ofPods({ labels, attributes }: LogRecordView, pods: ReadonlySet<string>): boolean {
  if (pods.size === 0) return true;
  for (const pairs of [labels, attributes]) {
    for (let i = 0; i < pairs.length; i += 2)
      if (pairs[i] === 'pod' || pairs[i] === 'k8s_pod_name') return pods.has(pairs[i + 1] ?? '');
  }
  return true;
}

/** From the start of the earliest of these spans to the end of the last, ns; there is at least one. */
export function rangeOf(spans: readonly StoredSpan[]): { readonly startNs: bigint; readonly endNs: bigint } {
  let startNs = spans[0]?.startNs ?? 0n;
  let endNs = startNs;
  for (const span of spans) {
    const end = span.startNs + span.durationNs;
    if (span.startNs < startNs) startNs = span.startNs;
    if (end > endNs) endNs = end;
  }
  return { startNs, endNs };
}
