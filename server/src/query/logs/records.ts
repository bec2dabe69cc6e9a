import type { LogExpr } from '@trilith/lang/logql';
import type { Labels } from '../../model/labels.ts';
import type { LogqlEngine } from '../logql/engine.ts';
import { compilePipeline } from '../logql/pipeline.ts';
import { referencedNames } from '../logql/referenced_names.ts';
import { ROWS_A_LOOK } from '../logql/source.ts';
import { SEVERITY_FIELD } from '../logql/vocabulary.ts';
import { Repetitions } from './repetitions.ts';

/** One log record as the screens show it. */
export interface LogRecordView {
  /** ns since the epoch. */
  readonly timeNs: bigint;
  readonly service: string;
  /** Upper case as stored; empty when unknown. */
  readonly level: string;
  readonly body: string;
  /** Empty when the record has none. */
  readonly traceId: string;
  readonly spanId: string;
  readonly requestId: string;
  readonly userId: string;
  /** Stream labels: name, value, … */
  readonly labels: Labels;
  /** Structured metadata likewise. */
  readonly attributes: Labels;
}

export interface RecordQuery {
  readonly log: LogExpr;
  /** ns, half open. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly direction: 'forward' | 'backward';
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** Matching records in the asked order, each once. Throws LogqlError and StoreError. */
export async function readRecords(engine: LogqlEngine, query: RecordQuery): Promise<LogRecordView[]> {
  await engine.index.refresh();
  const pipeline = compilePipeline(query.log.stages);
  const records: LogRecordView[] = [];
  const repetitions = new Repetitions();
  if (query.limit <= 0) return records;
  for await (const batch of engine.source(referencedNames(query.log.stages)).select(query)) {
    const { turn } = batch;
    for (let i = 0; i < batch.rows; i++) {
      if (i % ROWS_A_LOOK === 0 && turn?.due()) await turn.pause();
      const timeNs = batch.times[i] ?? 0n;
      if (!repetitions.isNew(timeNs, batch.identity(i))) continue;
      const stream = batch.stream(i);
      const attributes = batch.metadata(i);
      const body = batch.line(i);
      const field = batch.virtual(i);
      if (pipeline.run(stream, attributes, body, timeNs, field) === undefined) continue;
      records.push({
        timeNs,
        service: field('service_name') ?? '',
        level: field(SEVERITY_FIELD) ?? '',
        body,
        traceId: field('trace_id') ?? '',
        spanId: field('span_id') ?? '',
        requestId: field('request_id') ?? '',
        userId: field('user_id') ?? '',
        labels: stream.labels,
        attributes,
      });
      if (records.length >= query.limit) return records;
    }
  }
  return records;
}

/** Parts of a range that a sample is taken from, each its newest records. */
const SAMPLED_PARTS = 4n;

/**
 * Up to `limit` matching records from all over a range: the newest of each quarter, and where one has fewer the next ones
 * (earlier in time) have more. Newest first. Throws LogqlError and StoreError.
 */
export async function sampleRecords(
  engine: LogqlEngine,
  query: Omit<RecordQuery, 'direction'>,
): Promise<LogRecordView[]> {
  const { startNs, endNs, limit } = query;
  const widthNs = (endNs - startNs + SAMPLED_PARTS - 1n) / SAMPLED_PARTS;
  const records: LogRecordView[] = [];
  for (let part = 1n; part <= SAMPLED_PARTS; part++) {
    const fromNs = endNs - widthNs * part;
    const share = Math.ceil((limit * Number(part)) / Number(SAMPLED_PARTS)) - records.length;
    const own = await readRecords(engine, {
      ...query,
      startNs: fromNs > startNs ? fromNs : startNs,
      endNs: endNs - widthNs * (part - 1n),
      direction: 'backward',
      limit: share,
    });
    records.push(...own);
  }
  return records;
}
