import { labelsToRecord } from '../../model/labels.ts';
import type { LogResult, Steps, Value } from '../../query/index.ts';

/** A number as Go prints it in a sample. */
export function sampleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const text = String(value);
  return text.includes('e') ? plainDecimal(text) : text;
}

/** A number in exponent form written out, as Go's 'f' format has it. */
function plainDecimal(text: string): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.slice(0, point).padEnd(point, '0')}${digits.length > point ? `.${digits.slice(point)}` : ''}`;
}

function seconds(ns: bigint): number {
  return Number(ns / 1_000_000n) / 1000;
}

/** What Grafana and logcli read of the statistics; figures we do not have are zero. */
function stats(execSeconds: number, lines: number, bytes: number, entries: number): Record<string, unknown> {
  const store = {
    totalChunksRef: 0,
    totalChunksDownloaded: 0,
    chunksDownloadTime: 0,
    chunk: {
      headChunkBytes: 0,
      headChunkLines: 0,
      decompressedBytes: bytes,
      decompressedLines: lines,
      compressedBytes: 0,
      totalDuplicates: 0,
    },
  };
  return {
    summary: {
      bytesProcessedPerSecond: execSeconds > 0 ? Math.round(bytes / execSeconds) : 0,
      linesProcessedPerSecond: execSeconds > 0 ? Math.round(lines / execSeconds) : 0,
      totalBytesProcessed: bytes,
      totalLinesProcessed: lines,
      execTime: execSeconds,
      queueTime: 0,
      subqueries: 0,
      totalEntriesReturned: entries,
      splits: 0,
      shards: 0,
    },
    querier: { store },
    ingester: { totalReached: 0, totalChunksMatched: 0, totalBatches: 0, totalLinesSent: 0, store },
  };
}

/** The `data` of query and query_range. */
export function encodeResult(result: LogResult, instant: boolean, execSeconds: number): Record<string, unknown> {
  if (result.kind === 'streams') {
    const streams = result.answer.streams.map((stream) => ({
      stream: labelsToRecord(stream.labels),
      values: stream.entries.map((entry) => [String(entry.timeNs), entry.line]),
    }));
    const entries = streams.reduce((sum, s) => sum + s.values.length, 0);
    const { linesRead, charactersRead } = result.answer;
    return { resultType: 'streams', result: streams, stats: stats(execSeconds, linesRead, charactersRead, entries) };
  }
  const { resultType, result: value } = instant
    ? encodeInstant(result.value, result.steps)
    : encodeRange(result.value, result.steps);
  return { resultType, result: value, stats: stats(execSeconds, 0, 0, 0) };
}

function encodeInstant(value: Value, steps: Steps): { resultType: string; result: unknown } {
  const time = seconds(steps.startNs);
  if (value.kind === 'scalar') return { resultType: 'scalar', result: [time, sampleText(value.value)] };
  const result = value.series
    .filter((series) => series.present[0] === 1)
    .map((series) => ({ metric: labelsToRecord(series.labels), value: [time, sampleText(series.values[0] ?? 0)] }));
  return { resultType: 'vector', result };
}

function encodeRange(value: Value, steps: Steps): { resultType: string; result: unknown } {
  const times = Array.from({ length: steps.count }, (_, i) => seconds(steps.startNs + steps.stepNs * BigInt(i)));
  if (value.kind === 'scalar') {
    const text = sampleText(value.value);
    return { resultType: 'matrix', result: [{ metric: {}, values: times.map((time) => [time, text]) }] };
  }
  const result = value.series
    .map((series) => {
      const values: [number, string][] = [];
      for (let i = 0; i < steps.count; i++) {
        if (series.present[i] === 1) values.push([times[i] ?? 0, sampleText(series.values[i] ?? 0)]);
      }
      return { metric: labelsToRecord(series.labels), values };
    })
    .filter((series) => series.values.length > 0);
  return { resultType: 'matrix', result };
}
