import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { LogExpr } from '@trilith/lang/logql';
import { encodeTailFrame, errorResponse, tailRequest } from '../api/loki/index.ts';
import { encodeLogTailFrame } from '../api/trilith/index.ts';
import { type Answer, serveCalls } from '../base/worker_calls.ts';
import type { Section } from '../model/section.ts';
import {
  createLiveStreams,
  createLogqlEngine,
  LiveQuery,
  type LiveStreams,
  type LogqlEngine,
  liveBatch,
  Tail,
  type TailFrame,
} from '../query/index.ts';
import { type Connection, connectReader, type LogRows, readLogSection, readSeriesSection } from '../store/index.ts';
import type { TailAnswer, TailCall, TailFormat, TailNotice, TailWorkerData } from './tail_messages.ts';

/** The tail worker: looks at accepted log records for everybody who tails, before they are in the store. */
const { connection, taken, querySeconds } = workerData as TailWorkerData;
const reader = connectReader(connection as Connection);
/** A client is sent no more frames than this a second. */
const FRAMES_PER_SECOND = 10;
/** Queries remembered for others who ask the same. */
const MOST_QUERIES = 200;
/** How often, and how long, labels of new streams are looked for in the store; a stream may also have none. */
const STREAMS_LOOK_MS = 250;
const STREAMS_WAIT_MS = 5_000;

interface Tenant {
  readonly engine: LogqlEngine;
  readonly streams: LiveStreams;
  readonly tails: Set<Tail>;
  /** By text, so that those who tail the same share it. */
  readonly queries: Map<string, LiveQuery>;
  /** Records whose streams the index does not have yet, and until when that is waited for. */
  waiting: { readonly rows: LogRows; readonly untilMs: number }[];
}

interface Open {
  readonly tail: Tail;
  readonly tenant: Tenant;
  readonly format: TailFormat;
  lastFrameMs: number;
}

const tenants = new Map<string, Tenant>();
const open = new Map<number, Open>();

function tenantOf(database: string): Tenant {
  let tenant = tenants.get(database);
  if (tenant === undefined) {
    const engine = createLogqlEngine({ reader, database, bounds: { maxSeconds: querySeconds } });
    tenant = { engine, streams: createLiveStreams(engine.index), tails: new Set(), queries: new Map(), waiting: [] };
    tenants.set(database, tenant);
  }
  return tenant;
}

function queryOf({ engine, queries }: Tenant, text: string, log: LogExpr): LiveQuery {
  let query = queries.get(text);
  if (query === undefined) {
    if (queries.size >= MOST_QUERIES) queries.clear();
    query = new LiveQuery(log, engine.index);
    queries.set(text, query);
  }
  return query;
}

function openTail(call: Extract<TailCall, { kind: 'open' }>): TailAnswer {
  try {
    const tenant = tenantOf(call.tenant);
    const parameters = new URLSearchParams(call.query);
    const { log, ...request } = tailRequest(parameters, Date.now());
    const query = queryOf(tenant, parameters.get('query') ?? '', log);
    const tail = new Tail(tenant.engine, { ...request, query, nowMs: () => performance.now() });
    tenant.tails.add(tail);
    open.set(call.id, { tail, tenant, format: call.format, lastFrameMs: Number.NEGATIVE_INFINITY });
    return { kind: 'done' };
  } catch (error) {
    const { status, body } = errorResponse(error);
    return { kind: 'refused', status, message: String(body).trim() };
  }
}

function close(id: number): void {
  const closed = open.get(id);
  if (closed === undefined) return;
  open.delete(id);
  closed.tenant.tails.delete(closed.tail);
  const { tails, streams, queries } = closed.tenant;
  if (tails.size > 0) return;
  streams.clear();
  queries.clear();
}

function encode(frame: TailFrame, format: TailFormat): Uint8Array<ArrayBuffer> {
  const text = format === 'lines' ? encodeLogTailFrame(frame) : encodeTailFrame(frame, format === 'loki-categorized');
  return new TextEncoder().encode(text);
}

async function next(of: Open, signal: AbortSignal): Promise<Answer<TailAnswer>> {
  const early = of.lastFrameMs + 1000 / FRAMES_PER_SECOND - performance.now();
  if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  const text = encode(await of.tail.frame(signal), of.format);
  of.lastFrameMs = performance.now();
  return { value: { kind: 'frame', text }, transfer: [text.buffer] };
}

async function answer(call: TailCall, signal: AbortSignal): Promise<Answer<TailAnswer>> {
  if (call.kind === 'open') return { value: openTail(call), transfer: [] };
  const of = open.get(call.id);
  if (of === undefined) return { value: { kind: 'refused', status: 410, message: 'the tail is closed' }, transfer: [] };
  if (call.kind === 'next') return next(of, signal);
  await of.tail.begin(BigInt(Date.now()) * 1_000_000n, signal);
  return { value: { kind: 'done' }, transfer: [] };
}

function take(tenant: Tenant, sections: readonly Section[]): void {
  const { streams } = tenant;
  for (const section of sections) if (section.table === 'log_streams') streams.learn(readSeriesSection(section));
  for (const section of sections) {
    if (section.table !== 'otel_logs') continue;
    const rows = readLogSection(section);
    if (streams.knows(rows.streamIds)) show(tenant, rows);
    else waitForStreams(tenant, rows);
  }
}

function show({ streams, tails }: Tenant, rows: LogRows): void {
  const live = liveBatch(rows, streams);
  for (const tail of tails) tail.take(live);
}

/** Streams that were new just before the first tail began are on their way to the store, where their labels are looked for. */
function waitForStreams(tenant: Tenant, rows: LogRows): void {
  tenant.waiting.push({ rows, untilMs: performance.now() + STREAMS_WAIT_MS });
  if (tenant.waiting.length === 1) setTimeout(() => void lookForStreams(tenant), STREAMS_LOOK_MS);
}

async function lookForStreams(tenant: Tenant): Promise<void> {
  const now = performance.now();
  // While the store does not answer nothing can be learned of streams; it is asked again.
  await tenant.engine.index.refresh().catch(() => undefined);
  const { waiting } = tenant;
  tenant.waiting = [];
  for (const one of waiting) {
    if (one.untilMs < now || tenant.streams.knows(one.rows.streamIds)) show(tenant, one.rows);
    else tenant.waiting.push(one);
  }
  if (tenant.waiting.length > 0) setTimeout(() => void lookForStreams(tenant), STREAMS_LOOK_MS);
}

serveCalls<TailCall, TailAnswer, TailNotice>(parentPort as MessagePort, answer, (notice) => {
  switch (notice.kind) {
    case 'sections':
      Atomics.add(taken, 0, notice.kib);
      take(tenantOf(notice.tenant), notice.sections);
      break;
    case 'skipped':
      for (const tail of tenantOf(notice.tenant).tails) tail.skip(notice.rows);
      break;
    case 'close':
      close(notice.id);
  }
});
