import { labelsToRecord } from '../../model/labels.ts';
import type { LogEntry, LogResult, LogStream, Steps, Value } from '../../query/index.ts';
import { executionStatistics } from './execution_statistics.ts';

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

function toSeconds(ns: bigint): number {
  return Number(ns / 1_000_000n) / 1000;
}

/** The encoding flag by which a client asks for the labels of entries by origin (pkg/util/httpreq/encoding_flags.go). */
const CATEGORIZE = 'categorize-labels';

/** Whether a request asks for entries that carry their structured metadata and parsed labels themselves. */
export function wantsCategorized(headers: Readonly<Record<string, string>>): boolean {
  const flags = headers['x-loki-response-encoding-flags'] ?? '';
  return flags.split(',').some((flag) => flag.trim() === CATEGORIZE);
}

/** What an answer whose labels are told apart by origin says of itself. */
export const CATEGORIZED = { encodingFlags: [CATEGORIZE] } as const;

/** A stream as query, query_range and tail show it. */
export function encodeStream({ labels, entries }: LogStream): Record<string, unknown> {
  return { stream: labelsToRecord(labels), values: entries.map(encodeEntry) };
}

function encodeEntry({ timeNs, line, metadata, parsed }: LogEntry): readonly unknown[] {
  if (metadata === undefined || parsed === undefined) return [String(timeNs), line];
  return [
    String(timeNs),
    line,
    {
      ...(metadata.length === 0 ? {} : { structuredMetadata: labelsToRecord(metadata) }),
      ...(parsed.length === 0 ? {} : { parsed: labelsToRecord(parsed) }),
    },
  ];
}

/** The `data` of query and query_range; `categorized` as the query was made. */
export function encodeResult(
  result: LogResult,
  {
    instant,
    categorized,
    seconds,
  }: { readonly instant: boolean; readonly categorized: boolean; readonly seconds: number },
): Record<string, unknown> {
  const flags = categorized ? CATEGORIZED : {};
  if (result.kind === 'streams') {
    const { streams, linesRead: lines, charactersRead: bytes } = result.answer;
    const entries = streams.reduce((sum, stream) => sum + stream.entries.length, 0);
    const stats = executionStatistics({ seconds, lines, bytes, entries });
    return { resultType: 'streams', ...flags, result: streams.map(encodeStream), stats };
  }
  const { resultType, result: value } = instant
    ? encodeInstant(result.value, result.steps)
    : encodeRange(result.value, result.steps);
  const stats = executionStatistics({ seconds, lines: 0, bytes: 0, entries: 0 });
  return { resultType, ...flags, result: value, stats };
}

function encodeInstant(value: Value, steps: Steps): { resultType: string; result: unknown } {
  const time = toSeconds(steps.startNs);
  if (value.kind === 'scalar') return { resultType: 'scalar', result: [time, sampleText(value.value)] };
  const result = value.series
    .filter((series) => series.present[0] === 1)
    .map((series) => ({ metric: labelsToRecord(series.labels), value: [time, sampleText(series.values[0] ?? 0)] }));
  return { resultType: 'vector', result };
}

function encodeRange(value: Value, steps: Steps): { resultType: string; result: unknown } {
  const times = Array.from({ length: steps.count }, (_, i) => toSeconds(steps.startNs + steps.stepNs * BigInt(i)));
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
