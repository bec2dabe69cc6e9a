import type { LabelMatcher, LogExpr } from '@trilith/lang/logql';
import type { Labels } from '../../model/labels.ts';
import type { LogqlEngine } from '../logql/engine.ts';
import { type LogRecordView, readRecords } from './records.ts';

/** Whose records surround a moment: one stream, everything of one trace, request or pod, or any selector. */
export type ContextOf =
  | { readonly kind: 'stream'; readonly labels: Labels }
  | { readonly kind: 'field'; readonly name: string; readonly value: string }
  | { readonly kind: 'selector'; readonly log: LogExpr };

export interface LogContext {
  /** Earlier than the moment, oldest first. */
  readonly before: readonly LogRecordView[];
  /** At the moment or later, oldest first. */
  readonly after: readonly LogRecordView[];
}

const NOWHERE = { start: 0, end: 0 };
/** How far around the moment is looked, ns. */
const REACH = 6n * 3600n * 1_000_000_000n;

/** A query for the records that carry all of these values. */
export function selectorFor(pairs: Labels): LogExpr {
  const matchers: LabelMatcher[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    matchers.push({ name: pairs[i] ?? '', operator: '=', value: pairs[i + 1] ?? '', span: NOWHERE });
  }
  return { kind: 'log', matchers, stages: [], span: NOWHERE };
}

function logOf(of: ContextOf): LogExpr {
  if (of.kind === 'selector') return of.log;
  return selectorFor(of.kind === 'stream' ? of.labels : [of.name, of.value]);
}

/** The records around a moment (ns). Throws LogqlError and StoreError. */
export async function logContext(
  engine: LogqlEngine,
  of: ContextOf,
  timeNs: bigint,
  counts: { readonly before: number; readonly after: number },
  signal?: AbortSignal,
): Promise<LogContext> {
  const log = logOf(of);
  const common = { log, ...(signal === undefined ? {} : { signal }) };
  const [before, after] = await Promise.all([
    readRecords(engine, {
      ...common,
      startNs: timeNs - REACH,
      endNs: timeNs,
      direction: 'backward',
      limit: counts.before,
    }),
    readRecords(engine, {
      ...common,
      startNs: timeNs,
      endNs: timeNs + REACH,
      direction: 'forward',
      limit: counts.after,
    }),
  ]);
  return { before: before.reverse(), after };
}

/** The newest records that carry a value under a name, newest first. Throws LogqlError and StoreError. */
export function recordsWith(
  engine: LogqlEngine,
  name: string,
  value: string,
  options: { readonly startNs: bigint; readonly endNs: bigint; readonly limit: number; readonly signal: AbortSignal },
): Promise<LogRecordView[]> {
  return readRecords(engine, { log: selectorFor([name, value]), direction: 'backward', ...options });
}

export interface TraceLogs {
  readonly records: readonly LogRecordView[];
  readonly more: boolean;
}

/** Every record of a trace across services, oldest first. Without a range the whole store is asked, by its bloom filter. */
export async function logsOfTrace(
  engine: LogqlEngine,
  traceId: string,
  options: {
    readonly startNs?: bigint;
    readonly endNs?: bigint;
    readonly limit?: number;
    readonly spanId?: string;
    readonly signal?: AbortSignal;
  } = {},
): Promise<TraceLogs> {
  const limit = options.limit ?? 1000;
  const log = selectorFor(['trace_id', traceId, ...(options.spanId === undefined ? [] : ['span_id', options.spanId])]);
  const records = await readRecords(engine, {
    log,
    startNs: options.startNs ?? 0n,
    endNs: options.endNs ?? BigInt(Date.now() + 3_600_000) * 1_000_000n,
    direction: 'forward',
    limit: limit + 1,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return { records: records.slice(0, limit), more: records.length > limit };
}
