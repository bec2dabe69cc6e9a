import type { LogExpr } from '@trilith/lang/logql';
import type { Labels } from '../../model/labels.ts';
import { labelsFrom } from '../../model/labels.ts';
import { compilePipeline } from './pipeline.ts';
import { LabelSets } from './series.ts';
import type { LogSource } from './source.ts';

export interface LogEntry {
  readonly timeNs: bigint;
  readonly line: string;
}

/** Entries with equal labels; in the asked order. */
export interface LogStream {
  readonly labels: Labels;
  readonly entries: LogEntry[];
}

export interface LogQuery {
  readonly log: LogExpr;
  /** ns; the start included, the end not. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly direction: 'forward' | 'backward';
  /** Entries in all. */
  readonly limit: number;
  readonly signal?: AbortSignal;
}

export interface LogAnswer {
  readonly streams: readonly LogStream[];
  /** Lines looked at, and their UTF-16 length. */
  readonly linesRead: number;
  readonly charactersRead: number;
}

/** Fields every record answers to that are shown with it, when it has them. */
const SHOWN_FIELDS = ['detected_level', 'trace_id', 'span_id', 'request_id', 'user_id'] as const;

/**
 * A log query: up to `limit` entries through the pipeline, grouped by their label sets. A record that was stored twice
 * (same stream, time and line) is shown once.
 */
export async function evaluateLogs(query: LogQuery, source: LogSource): Promise<LogAnswer> {
  const pipeline = compilePipeline(query.log.stages);
  const sets = new LabelSets();
  const streams: LogStream[] = [];
  let linesRead = 0;
  let charactersRead = 0;
  let total = 0;
  let seenAt = -1n;
  const seen = new Set<string>();
  const { log, startNs, endNs, direction, limit } = query;
  const selection = { log, startNs, endNs, direction, limit, ...(query.signal ? { signal: query.signal } : {}) };
  if (limit > 0) {
    batches: for await (const batch of source.select(selection)) {
      for (let i = 0; i < batch.rows; i++) {
        const timeNs = batch.times[i] ?? 0n;
        if (timeNs !== seenAt) {
          seenAt = timeNs;
          seen.clear();
        }
        const identity = batch.identity(i);
        if (seen.has(identity)) continue;
        seen.add(identity);
        const line = batch.line(i);
        linesRead++;
        charactersRead += line.length;
        const row = pipeline.run(batch.stream(i), batch.metadata(i), line, timeNs, batch.virtual(i));
        if (row === undefined) continue;
        const labels = shownLabels(row.labels.result(), (name) => row.labels.field(name));
        const index = sets.index(labels);
        const stream = streams[index] ?? { labels, entries: [] };
        streams[index] = stream;
        stream.entries.push({ timeNs, line: row.line });
        if (++total >= limit) break batches;
      }
    }
  }
  return { streams, linesRead, charactersRead };
}

/** A label set with the fields every record answers to that it has. */
export function shownLabels(labels: Labels, field: (name: string) => string | undefined): Labels {
  const extra: [string, string][] = [];
  for (const name of SHOWN_FIELDS) {
    const value = field(name);
    if (value === undefined || value === 'unknown') continue;
    let has = false;
    for (let i = 0; i < labels.length; i += 2) has ||= labels[i] === name;
    if (!has) extra.push([name, value]);
  }
  if (extra.length === 0) return labels;
  const pairs: [string, string][] = [];
  for (let i = 0; i < labels.length; i += 2) pairs.push([labels[i] ?? '', labels[i + 1] ?? '']);
  return labelsFrom([...pairs, ...extra]);
}
