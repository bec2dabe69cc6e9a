import type { LogExpr } from '@trilith/lang/logql';
import { compilePipeline } from './pipeline.ts';
import { repetitionTest } from './repetitions.ts';
import { type LogSource, ROWS_A_LOOK } from './source.ts';
import { type LogStream, StreamGroups } from './stream_groups.ts';

export interface LogQuery {
  readonly log: LogExpr;
  /** ns; the start included, the end not. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly direction: 'forward' | 'backward';
  /** Entries in all. */
  readonly limit: number;
  /** Entries nearer than this to the one before are left out, ns; 0 (default): none. */
  readonly intervalNs?: bigint;
  /** Whether streams are told apart by stream labels only, and entries carry the other labels themselves. */
  readonly byOrigin?: boolean;
  readonly signal?: AbortSignal;
}

export interface LogAnswer {
  readonly streams: readonly LogStream[];
  /** Lines looked at, and their UTF-16 length. */
  readonly linesRead: number;
  readonly charactersRead: number;
}

/**
 * A log query: up to `limit` entries through the pipeline, grouped by their label sets. A record that was stored twice
 * (same stream, time and line) is shown once.
 */
export async function evaluateLogs(query: LogQuery, source: LogSource): Promise<LogAnswer> {
  const pipeline = compilePipeline(query.log.stages);
  const streams = new StreamGroups(query.byOrigin === true);
  let linesRead = 0;
  let charactersRead = 0;
  let total = 0;
  let keptAt: bigint | undefined;
  const isRepetition = repetitionTest();
  const { log, startNs, endNs, direction, limit, intervalNs = 0n } = query;
  const asked = { log, startNs, endNs, direction, ...(query.signal ? { signal: query.signal } : {}) };
  if (limit > 0) {
    batches: for await (const batch of source.select(intervalNs > 0n ? asked : { ...asked, limit })) {
      const { turn } = batch;
      for (let i = 0; i < batch.rows; i++) {
        if (i % ROWS_A_LOOK === 0 && turn?.due()) await turn.pause();
        const timeNs = batch.times[i] ?? 0n;
        if (isRepetition(batch, i)) continue;
        const line = batch.line(i);
        linesRead++;
        charactersRead += line.length;
        const row = pipeline.run(batch.stream(i), batch.metadata(i), line, timeNs, batch.virtual(i));
        if (row === undefined || tooNear(timeNs, keptAt, intervalNs)) continue;
        keptAt = timeNs;
        streams.add(row);
        if (++total >= limit) break batches;
      }
    }
  }
  return { streams: streams.list, linesRead, charactersRead };
}

/** Loki's `interval` looks at all streams together. */
function tooNear(timeNs: bigint, keptAt: bigint | undefined, intervalNs: bigint): boolean {
  if (intervalNs === 0n || keptAt === undefined) return false;
  return (timeNs > keptAt ? timeNs - keptAt : keptAt - timeNs) < intervalNs;
}
