import type { LogLevel } from '@trilith/contract';
import { serviceOf } from '../chart/series.ts';
import type { StreamsAnswer } from '../data/loki.ts';

/** One line of the list. */
export interface LogRow {
  /** Time and a hash of stream and line: the same record has the same id in every answer. */
  readonly id: string;
  readonly timeNs: string;
  readonly ms: number;
  readonly line: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly service: string;
  readonly level: LogLevel;
  readonly traceId: string | null;
}

const levelWords: readonly (readonly [LogLevel, RegExp])[] = [
  ['fatal', /^(?:fatal|critical|crit|emerg\w*|alert|panic)/i],
  ['error', /^err/i],
  ['warn', /^warn/i],
  ['info', /^(?:info|notice)/i],
  ['debug', /^(?:debug|dbg)/i],
  ['trace', /^(?:trace|verbose)/i],
];

/** A level in three letters, so that colour is never the only sign. */
export const levelLetters: Readonly<Record<LogLevel, string>> = {
  fatal: 'FTL',
  error: 'ERR',
  warn: 'WRN',
  info: 'INF',
  debug: 'DBG',
  trace: 'TRC',
  unknown: '·',
};

/** The level a stored severity belongs to. */
export function levelOf(text: string): LogLevel {
  return levelWords.find(([, pattern]) => pattern.test(text))?.[0] ?? 'unknown';
}

function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value >>> 0).toString(36);
}

/** The trace id of a line: from its labels, else from the JSON in it. */
function traceIdOf(labels: Readonly<Record<string, string>>, line: string): string | null {
  const own = labels.trace_id ?? labels.traceId ?? labels.traceID ?? labels.traceid;
  if (own !== undefined && /^[0-9a-f]{32}$/i.test(own)) return own.toLowerCase();
  return /"?trace_?id"?\s*[:=]\s*"?([0-9a-f]{32})\b/i.exec(line.slice(0, 20_000))?.[1]?.toLowerCase() ?? null;
}

function metadataOf(extra: unknown): Readonly<Record<string, string>> {
  if (typeof extra !== 'object' || extra === null) return {};
  const flat: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [key, value] of Object.entries(extra)) {
    if (typeof value === 'string') flat[key] = value;
    else if (typeof value === 'object' && value !== null)
      for (const [name, text] of Object.entries(value)) flat[name] = String(text);
  }
  return flat;
}

/** A streams answer as rows, newest first; equal times keep the order of the answer. */
export function rowsOf(answer: StreamsAnswer): readonly LogRow[] {
  if (answer.data.resultType !== 'streams') return [];
  const rows: LogRow[] = [];
  for (const { stream, values } of answer.data.result) {
    const streamText = JSON.stringify(stream);
    for (const [timeNs, line, extra] of values) {
      const labels = extra === undefined ? stream : { ...stream, ...metadataOf(extra) };
      rows.push({
        id: `${timeNs}-${hash(streamText + line)}`,
        timeNs,
        ms: Number(timeNs.slice(0, -6)),
        line,
        labels,
        service: serviceOf(labels) ?? '',
        level: levelOf(labels.level ?? labels.detected_level ?? labels.severity ?? ''),
        traceId: traceIdOf(labels, line),
      });
    }
  }
  return rows.sort((a, b) =>
    a.timeNs.length === b.timeNs.length
      ? a.timeNs < b.timeNs
        ? 1
        : a.timeNs > b.timeNs
          ? -1
          : 0
      : b.timeNs.length - a.timeNs.length,
  );
}

/** Pages and live lines as one list without the records that two answers share. */
export function mergeRows(parts: readonly (readonly LogRow[])[]): readonly LogRow[] {
  const seen = new Set<string>();
  const out: LogRow[] = [];
  for (const part of parts) {
    for (const row of part) {
      if (seen.has(row.id)) continue;
      seen.add(row.id);
      out.push(row);
    }
  }
  return out;
}

/**
 * Where the next older page ends (not included), after a page of `limit` lines; null when the last page was the end.
 * Lines that share the oldest time may be on both pages, so the end is one nanosecond after it, unless a whole page
 * had that one time.
 */
export function nextPageEnd(page: readonly LogRow[], limit: number): string | null {
  const oldest = page.at(-1);
  if (oldest === undefined || page.length < limit) return null;
  return page[0]?.timeNs === oldest.timeNs ? oldest.timeNs : String(BigInt(oldest.timeNs) + 1n);
}

const identity = [
  'service',
  'service_name',
  'namespace',
  'pod',
  'container',
  'app',
  'job',
  'host',
  'instance',
  'filename',
  'stream',
];

/** True for labels that may stand in a stream selector; others are fields of the event and go behind a `|`. */
export function isStreamLabel(name: string): boolean {
  return identity.includes(name);
}

/** A selector for the stream a line came from: the labels that name a place, not those that name an event. */
export function streamSelector(labels: Readonly<Record<string, string>>): string {
  const own = identity.filter((name) => labels[name] !== undefined && labels[name] !== '');
  const names = own.includes('service') ? own.filter((name) => name !== 'service_name') : own;
  return `{${names.map((name) => `${name}=${JSON.stringify(labels[name])}`).join(', ')}}`;
}
