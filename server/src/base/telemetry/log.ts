import { inspect } from 'node:util';

/** The program's own log: JSON lines, one object each, safe to print on a terminal. */
export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL';
export type LogFields = Readonly<Record<string, unknown>>;

export interface LogRecord {
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly message: string;
  /** Already plain: strings, numbers, booleans, null, arrays and objects of these. */
  readonly fields: Readonly<Record<string, LogValue>>;
  readonly traceId: string;
  readonly spanId: string;
}

export type LogValue = string | number | boolean | null | readonly LogValue[] | { readonly [name: string]: LogValue };
export type LogSink = (record: LogRecord) => void;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  fatal(message: string, fields?: LogFields): void;
  /**
   * For failures that repeat: at most one line per `seconds` and `key`; the next line says how many were `suppressed`.
   * Keys are few and fixed (a place in the program), never outside data.
   */
  limited(level: LogLevel, key: string, seconds: number, message: string, fields?: LogFields): void;
  /** The same log with these fields on every line. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly service: string;
  /** Lines below it are not made. */
  readonly level: LogLevel;
  /** Where lines go, each ending in a newline. */
  readonly write: (line: string) => void;
  /** Told of every line written, e.g. to store it. Must not throw and must not log. */
  readonly sinks?: readonly LogSink[];
  readonly now?: () => number;
  /** The active span, or undefined. */
  readonly activeSpan?: () => { readonly traceId: string; readonly spanId: string } | undefined;
}

const RANK: Readonly<Record<LogLevel, number>> = { DEBUG: 0, INFO: 1, WARN: 2, ERROR: 3, FATAL: 4 };
const MAX_TEXT = 16_384;
const MAX_DEPTH = 5;
const MAX_ITEMS = 64;
const MAX_LIMITED_KEYS = 1024;

/** C1, DEL, line and paragraph separators, bidirectional controls: what JSON leaves bare but a terminal obeys. */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function escapeUnsafe(json: string): string {
  return json.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function bounded(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length} characters)`;
}

function errorValue(error: Error, depth: number): LogValue {
  const value: Record<string, LogValue> = { type: error.name, message: bounded(error.message) };
  if (error.stack !== undefined) value.stack = bounded(error.stack);
  if ('code' in error && typeof error.code !== 'object') value.code = plain(error.code, depth + 1);
  if (error.cause !== undefined) value.cause = plain(error.cause, depth + 1);
  return value;
}

/** Anything as plain JSON data of bounded depth and size; secrets keep themselves hidden by their toJSON. */
function plain(value: unknown, depth = 0): LogValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return bounded(value);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object') return bounded(String(value));
  if (depth >= MAX_DEPTH) return bounded(inspect(value, { depth: 0 }));
  if (value instanceof Error) return errorValue(value, depth);
  if ('toJSON' in value && typeof value.toJSON === 'function') return plain(value.toJSON(), depth + 1);
  if (ArrayBuffer.isView(value)) return `<${value.byteLength} bytes>`;
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => plain(item, depth + 1));
  const object: Record<string, LogValue> = Object.create(null);
  for (const [name, item] of Object.entries(value).slice(0, MAX_ITEMS)) object[name] = plain(item, depth + 1);
  return object;
}

/** One line of the log, without the newline. */
function formatRecord(service: string, record: LogRecord): string {
  const line: Record<string, LogValue> = Object.create(null);
  Object.assign(line, record.fields);
  line.time = new Date(record.timeMs).toISOString();
  line.level = record.level;
  line.msg = record.message;
  line.service = service;
  if (record.traceId !== '') {
    line.trace_id = record.traceId;
    line.span_id = record.spanId;
  }
  const { time, level, msg, ...rest } = line;
  return escapeUnsafe(JSON.stringify({ time, level, msg, ...rest }));
}

interface Limit {
  nextMs: number;
  suppressed: number;
}

/** A logger; nothing global. */
export function createLogger(options: LoggerOptions): Logger {
  const now = options.now ?? Date.now;
  const limits = new Map<string, Limit>();

  const emit = (base: LogFields, level: LogLevel, message: string, fields: LogFields | undefined): void => {
    if (RANK[level] < RANK[options.level]) return;
    const span = options.activeSpan?.();
    const values: Record<string, LogValue> = Object.create(null);
    for (const [name, value] of Object.entries({ ...base, ...fields })) {
      if (value !== undefined) values[name] = plain(value, 1);
    }
    const record: LogRecord = {
      timeMs: now(),
      level,
      message: bounded(message),
      fields: values,
      traceId: span?.traceId ?? '',
      spanId: span?.spanId ?? '',
    };
    options.write(`${formatRecord(options.service, record)}\n`);
    for (const sink of options.sinks ?? []) sink(record);
  };

  const limited = (
    base: LogFields,
    level: LogLevel,
    key: string,
    seconds: number,
    message: string,
    fields?: LogFields,
  ) => {
    const time = now();
    const limit = limits.get(key);
    if (limit !== undefined && time < limit.nextMs) {
      limit.suppressed++;
      return;
    }
    if (limits.size >= MAX_LIMITED_KEYS) limits.clear();
    limits.set(key, { nextMs: time + seconds * 1000, suppressed: 0 });
    emit(base, level, message, limit?.suppressed ? { ...fields, suppressed: limit.suppressed } : fields);
  };

  const loggerWith = (base: LogFields): Logger => ({
    debug: (message, fields) => emit(base, 'DEBUG', message, fields),
    info: (message, fields) => emit(base, 'INFO', message, fields),
    warn: (message, fields) => emit(base, 'WARN', message, fields),
    error: (message, fields) => emit(base, 'ERROR', message, fields),
    fatal: (message, fields) => emit(base, 'FATAL', message, fields),
    limited: (level, key, seconds, message, fields) => limited(base, level, key, seconds, message, fields),
    child: (fields) => loggerWith({ ...base, ...fields }),
  });
  return loggerWith({});
}
