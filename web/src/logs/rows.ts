import type { LogLevel, LogLinesAnswer } from '@trilith/contract';
import { fieldsOf } from './lineView.ts';

/** One line of the list. */
export interface LogRow {
  /** The same for the same record in every answer. */
  readonly id: string;
  /** Where it stands among all lines, as the API takes it. */
  readonly cursor: string;
  readonly timeNs: string;
  readonly ms: number;
  readonly line: string;
  /** Labels of its stream. */
  readonly labels: Readonly<Record<string, string>>;
  /** Structured metadata. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What stages of the query added. */
  readonly parsed: Readonly<Record<string, string>>;
  readonly service: string;
  readonly level: LogLevel;
  readonly traceId: string | null;
  readonly spanId: string | null;
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

/** The trace id of a line: the record's own, else the one in the text. */
function traceIdOf(own: string | null, line: string): string | null {
  return own ?? /"?trace_?id"?\s*[:=]\s*"?([0-9a-f]{32})\b/i.exec(line.slice(0, 20_000))?.[1]?.toLowerCase() ?? null;
}

/** The lines of an answer as rows, in its order. */
export function rowsOf({ streams, lines }: Pick<LogLinesAnswer, 'streams' | 'lines'>): readonly LogRow[] {
  return lines.map((line) => {
    const stream = streams[line.stream];
    const { detected_level: _, ...metadata } = line.metadata;
    return {
      id: line.id,
      cursor: line.id.slice(0, line.id.lastIndexOf('.')),
      timeNs: line.timeNs,
      ms: Number(line.timeNs.slice(0, -6)),
      line: line.line,
      labels: stream?.labels ?? {},
      metadata,
      parsed: line.parsed,
      service: stream?.service ?? '',
      level: levelOf(line.level),
      traceId: traceIdOf(line.traceId, line.line),
      spanId: line.spanId,
    };
  });
}

/** The value of a field by name: what the query took out, metadata, stream labels, then the JSON in the line. */
export function fieldOf(row: LogRow, name: string): string {
  if (name === 'level') return row.level === 'unknown' ? '' : row.level;
  if (name === 'service') return row.service;
  return row.parsed[name] ?? row.metadata[name] ?? row.labels[name] ?? fromLine(row.line, name);
}

/** The value of a field inside a JSON line, without parsing lines that cannot hold it. */
function fromLine(line: string, name: string): string {
  const last = name.split('_').at(-1) ?? name;
  if (!line.includes(last)) return '';
  return fieldsOf(line).find(([field]) => field === name)?.[1] ?? '';
}
