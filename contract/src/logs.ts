import * as v from 'valibot';
import { answerNotes, attributes, count, epochMs, epochNs, ratio } from './units.ts';

/** The levels of a histogram, most severe first; `unknown` is a record without one. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'unknown'] as const;
export const logLevel = v.picklist(logLevels);
export type LogLevel = v.InferOutput<typeof logLevel>;

/**
 * `GET /api/logs/histogram?query=<LogQL log query>&from=<ms>&to=<ms>&buckets=<n>`.
 * Bucket i covers [startMs + i*stepMs, startMs + (i+1)*stepMs). CRITICAL counts as `fatal`.
 */
export const logHistogramAnswer = v.object({
  startMs: epochMs,
  stepMs: count,
  /** Only the levels that occur; each array as long as the histogram has buckets. */
  levels: v.partial(v.object(v.entriesFromList(logLevels, v.array(count)))),
  /** All matching records of the range, whatever a line limit says. */
  total: count,
  notes: answerNotes,
});
export type LogHistogramAnswer = v.InferOutput<typeof logHistogramAnswer>;

/** Where a field lives: an indexed stream label, structured metadata, or inside a JSON/logfmt line. */
const fieldOrigin = v.picklist(['label', 'metadata', 'parsed']);
/** The parser that takes a parsed field out of the line; empty for the other origins. */
const fieldParser = v.picklist(['json', 'logfmt', '']);

/** `GET /api/logs/fields?query=<LogQL log query>&from=<ms>&to=<ms>`: what the matching records carry, from a sample spread over the range. */
export const logFieldsAnswer = v.object({
  /** How many records were looked at. */
  sampled: count,
  fields: v.array(
    v.object({
      name: v.string(),
      origin: fieldOrigin,
      parser: fieldParser,
      type: v.picklist(['string', 'number', 'boolean']),
      /** Share of the sampled records that carry it. */
      coverage: ratio,
      /** Different values seen in the sample. */
      distinct: count,
      /** Up to ten, most frequent first. */
      top: v.array(v.object({ value: v.string(), count })),
    }),
  ),
  notes: answerNotes,
});
export type LogFieldsAnswer = v.InferOutput<typeof logFieldsAnswer>;
export type LogField = LogFieldsAnswer['fields'][number];

/** One log record, as the context endpoint and a trace carry it. */
export const logRecord = v.object({
  timeNs: epochNs,
  service: v.string(),
  /** Upper case as stored; empty when unknown. */
  level: v.string(),
  body: v.string(),
  traceId: v.nullable(v.string()),
  spanId: v.nullable(v.string()),
  labels: attributes,
  attributes,
});
export type LogRecord = v.InferOutput<typeof logRecord>;

/**
 * `GET /api/logs/context?labels=<LogQL stream selector>&time=<ns>&before=<n>&after=<n>`:
 * the records of the same stream around one moment. `before` oldest first and earlier than `time`;
 * `after` oldest first, at `time` or later (so it holds the anchor itself).
 */
export const logContextAnswer = v.object({
  before: v.array(logRecord),
  after: v.array(logRecord),
  notes: answerNotes,
});
export type LogContextAnswer = v.InferOutput<typeof logContextAnswer>;

/** A place in a list of lines: time (ns) and stream id (hex), as in `1790000000000000000.1f2e`. */
const logCursor = v.pipe(v.string(), v.regex(/^\d{1,20}\.[0-9a-f]{1,16}$/));

/**
 * `GET /api/logs/lines?query=<LogQL log query>&start=<ns>&end=<ns>&direction=backward|forward&limit=<n>[&after=<cursor>][&until=<cursor>]`:
 * one page of lines, in order of time and, at one time, of stream. The next page begins `after` this one's `next`; so followed,
 * pages hold every record exactly once. A page with `until` ends with the lines at that cursor: it reads a page again.
 */
export const logLinesAnswer = v.object({
  /** The streams of these lines; a line names its own by place in this list. */
  streams: v.array(v.object({ service: v.string(), labels: attributes })),
  lines: v.array(
    v.object({
      /** The line's cursor, a dot and a hash: the same for the same record in every answer. */
      id: v.string(),
      timeNs: epochNs,
      stream: count,
      /** Upper case as stored; empty when unknown. */
      level: v.string(),
      line: v.string(),
      traceId: v.nullable(v.string()),
      spanId: v.nullable(v.string()),
      /** Structured metadata, and what the query's stages added. */
      metadata: attributes,
      parsed: attributes,
    }),
  ),
  /** Null when there are no more lines in this direction. */
  next: v.nullable(logCursor),
  notes: answerNotes,
});
export type LogLinesAnswer = v.InferOutput<typeof logLinesAnswer>;

/**
 * WebSocket `/api/logs/tail?query=<LogQL log query>[&start=<ns>][&limit=<n>][&delay_for=<seconds>]`: first the newest `limit` lines
 * since `start`, oldest first, then lines as they are accepted. One message is one frame. After a broken connection ask again
 * with the last line's time as `start`: lines that were shown before have the same `id`.
 */
export const logTailFrame = v.object({
  ...v.pick(logLinesAnswer, ['streams', 'lines']).entries,
  /** Matching lines left out since the frame before, because they come faster than they can be shown. */
  dropped: count,
});
export type LogTailFrame = v.InferOutput<typeof logTailFrame>;

/**
 * `GET /api/logs/values?query=<LogQL log query>&field=<name>[&parser=json|logfmt]&from=<ms>&to=<ms>[&limit=<n>]`:
 * the most frequent values of a field over the whole range.
 */
export const logValuesAnswer = v.object({
  values: v.array(v.object({ value: v.string(), count })),
  /** Different values, lines that carry the field, and lines that were counted. */
  distinct: count,
  carrying: count,
  counted: count,
  /** False when only the newest `counted` lines of the range were counted. */
  exact: v.boolean(),
  notes: answerNotes,
});
export type LogValuesAnswer = v.InferOutput<typeof logValuesAnswer>;

/**
 * `GET /api/logs/compare?query=<LogQL log query>&from=<ms>&to=<ms>&baseFrom=<ms>&baseTo=<ms>`: fields whose values are spread
 * otherwise than in the base range, the most different first, from samples of both.
 */
export const logCompareAnswer = v.object({
  sampled: count,
  baseSampled: count,
  fields: v.array(
    v.object({
      name: v.string(),
      origin: fieldOrigin,
      parser: fieldParser,
      /** Half the sum of the differences of shares: 0 when spread alike, 1 when no value is common. */
      difference: ratio,
      /** Values whose share changed most; the empty value stands for lines without the field. */
      values: v.array(v.object({ value: v.string(), share: ratio, baseShare: ratio })),
    }),
  ),
  notes: answerNotes,
});
export type LogCompareAnswer = v.InferOutput<typeof logCompareAnswer>;

/**
 * `GET /api/logs/patterns?query=<LogQL log query>&from=<ms>&to=<ms>&buckets=<n>`: the patterns of the lines a query selects.
 * Patterns are counted in steps of ten seconds: `fromMs` and `toMs` are the range rounded outwards to them.
 */
export const logPatternsAnswer = v.object({
  fromMs: epochMs,
  toMs: epochMs,
  stepMs: count,
  /** All lines of the range. */
  total: count,
  /** Only the newest lines were looked at; `notes` says how many. */
  sampled: v.boolean(),
  /** The most lines first; those that are gone last. */
  patterns: v.array(
    v.object({
      /** `<_>` stands for what varies. */
      pattern: v.string(),
      service: v.string(),
      /** Upper case as stored; empty when unknown. */
      level: v.string(),
      count,
      /** Lines in the period of equal length before; null when that was not counted. */
      previousCount: v.nullable(count),
      /** Against the period before; `steady` too when there is nothing to compare with. */
      state: v.picklist(['new', 'gone', 'rising', 'steady']),
      /** Lines in each step from `fromMs` on. */
      counts: v.array(count),
      /** A log query that selects the lines of the pattern. */
      filter: v.string(),
    }),
  ),
  notes: answerNotes,
});
export type LogPatternsAnswer = v.InferOutput<typeof logPatternsAnswer>;
export type LogPattern = LogPatternsAnswer['patterns'][number];
