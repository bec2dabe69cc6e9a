import type { Aggregation, CalendarUnit, DateRounding, MetricName, NamedAggregation } from '../../query/index.ts';
import { type DateContext, parseDate } from './date_math.ts';
import { ElasticError, parsingError } from './errors.ts';
import { type JsonObject, list, object, onlyEntry, scalar, wholeNumber } from './json_fields.ts';
import { readQuery } from './query_dsl.ts';

const MAX_DEPTH = 8;
const MAX_AGGREGATIONS = 200;
const METRICS: ReadonlySet<string> = new Set([
  'avg',
  'min',
  'max',
  'sum',
  'value_count',
  'cardinality',
  'stats',
  'percentiles',
] satisfies MetricName[]);
const DEFAULT_PERCENTS = [1, 5, 25, 50, 75, 95, 99];
const DEFAULT_TERMS = 10;
const MAX_TERMS = 65_536;
const NS_PER_MS = 1_000_000n;

/** `aggs` of a search, one tree each. Throws ElasticError and LuceneError. */
export function readAggregations(value: unknown, context: DateContext, depth = 0): NamedAggregation[] {
  if (value === undefined || value === null) return [];
  if (depth > MAX_DEPTH) throw parsingError(`aggregations nested deeper than ${MAX_DEPTH}`);
  const entries = Object.entries(object(value, 'aggs'));
  if (entries.length > MAX_AGGREGATIONS) throw parsingError(`more than ${MAX_AGGREGATIONS} aggregations`);
  return entries.map(([name, body]) => {
    const { aggs, aggregations, meta: _, ...rest } = object(body, name);
    const [kind, parameters] = onlyEntry(rest, name);
    return {
      name,
      aggregation: readAggregation(kind, parameters, context),
      children: readAggregations(aggs ?? aggregations, context, depth + 1),
    };
  });
}

function readAggregation(kind: string, value: unknown, context: DateContext): Aggregation {
  if (METRICS.has(kind)) return readMetric(kind as MetricName, object(value, kind));
  switch (kind) {
    case 'date_histogram':
      return readDateHistogram(object(value, kind), context);
    case 'auto_date_histogram':
      throw parsingError('[auto_date_histogram] is not supported: name a fixed_interval with [date_histogram]');
    case 'histogram': {
      const body = object(value, kind);
      const interval = Number(body.interval);
      if (!(interval > 0)) throw parsingError('[interval] must be >0 for histogram aggregation');
      return { kind, field: fieldOf(body), interval, minCount: wholeNumber(body.min_doc_count, 'min_doc_count', 0) };
    }
    case 'terms':
      return readTerms(object(value, kind));
    case 'composite':
      return readComposite(object(value, kind), context);
    case 'filter':
      return { kind, condition: readQuery(value, context) };
    case 'missing':
      return {
        kind: 'filter',
        condition: {
          kind: 'not',
          part: { kind: 'field', field: fieldOf(object(value, kind)), test: { kind: 'present' } },
        },
      };
    case 'filters': {
      const { filters } = object(value, kind);
      const named = !Array.isArray(filters);
      const read = Object.entries(named ? object(filters, 'filters') : { ...filters }).map(
        ([name, one]) => [name, readQuery(one, context)] as const,
      );
      if (read.length > MAX_AGGREGATIONS) throw parsingError(`more than ${MAX_AGGREGATIONS} filters`);
      return { kind, named, filters: read };
    }
    default:
      throw parsingError(`Unknown aggregation type [${kind.slice(0, 64)}]`);
  }
}

function fieldOf(body: JsonObject): string {
  if (body.field === undefined) throw parsingError('an aggregation needs a [field]; scripts are not supported');
  return scalar(body.field, 'field');
}

function readMetric(metric: MetricName, body: JsonObject): Aggregation {
  const percents = body.percents === undefined ? DEFAULT_PERCENTS : list(body.percents).map(Number);
  if (percents.length > 100 || percents.some((percent) => !(percent >= 0 && percent <= 100)))
    throw parsingError('[percents] must be numbers from 0 to 100');
  return { kind: 'metric', metric, field: fieldOf(body), percents };
}

function readTerms(body: JsonObject): Aggregation {
  const order = list(body.order).flatMap((one) =>
    Object.entries(object(one, 'order')).map(([by, direction]) => ({
      by: by === '_term' ? '_key' : by,
      descending: String(direction).toLowerCase() !== 'asc',
    })),
  );
  const size = wholeNumber(body.size, 'size', DEFAULT_TERMS, 1);
  if (size > MAX_TERMS) throw new ElasticError(400, 'illegal_argument_exception', `[size] is above ${MAX_TERMS}`);
  return {
    kind: 'terms',
    field: fieldOf(body),
    size,
    minCount: wholeNumber(body.min_doc_count, 'min_doc_count', 1),
    missing: body.missing === undefined ? undefined : scalar(body.missing, 'missing'),
    // Elasticsearch's own order, and its order among equals.
    order: [...(order.length === 0 ? [{ by: '_count', descending: true }] : order), { by: '_key', descending: false }],
  };
}

function readComposite(body: JsonObject, context: DateContext): Aggregation {
  const sources = list(body.sources).map((one) => {
    const [name, source] = onlyEntry(one, 'sources');
    const [kind, parameters] = onlyEntry(source, name);
    if (kind !== 'terms' && kind !== 'date_histogram')
      throw parsingError(`[composite] sources of [terms] and [date_histogram] are supported, not [${kind}]`);
    const options = object(parameters, kind);
    return {
      name,
      field: fieldOf(options),
      rounding: kind === 'terms' ? undefined : readRounding(options, context),
      descending: String(options.order ?? 'asc').toLowerCase() === 'desc',
    };
  });
  if (sources.length === 0 || sources.length > 16) throw parsingError('[composite] needs 1 to 16 sources');
  const after = body.after === undefined ? undefined : Object.entries(object(body.after, 'after'));
  return {
    kind: 'composite',
    sources,
    size: Math.min(MAX_TERMS, wholeNumber(body.size, 'size', DEFAULT_TERMS, 1)),
    after: after === undefined ? undefined : new Map(after.map(([name, value]) => [name, scalar(value, 'after')])),
  };
}

function readDateHistogram(body: JsonObject, context: DateContext): Aggregation {
  const field = fieldOf(body);
  if (field !== '@timestamp' && field !== 'timestamp')
    throw parsingError(`[date_histogram] is of [@timestamp], not of [${field.slice(0, 64)}]`);
  const bounds = body.extended_bounds ?? body.hard_bounds;
  const timeOf = (value: unknown): number => Number(parseDate(scalar(value, 'bounds'), false, context) / NS_PER_MS);
  const limits = bounds === undefined ? undefined : object(bounds, 'extended_bounds');
  return {
    kind: 'date_histogram',
    rounding: readRounding(body, context),
    minCount: wholeNumber(body.min_doc_count, 'min_doc_count', 0),
    bounds: limits === undefined ? undefined : { minMs: timeOf(limits.min), maxMs: timeOf(limits.max) },
    format: body.format === undefined ? undefined : scalar(body.format, 'format'),
    descending: Object.values(object(body.order ?? {}, 'order'))[0] === 'desc',
  };
}

const CALENDAR: Readonly<Record<string, CalendarUnit>> = {
  '1m': 'minute',
  '1h': 'hour',
  '1d': 'day',
  '1w': 'week',
  '1M': 'month',
  '1q': 'quarter',
  '1y': 'year',
  minute: 'minute',
  hour: 'hour',
  day: 'day',
  week: 'week',
  month: 'month',
  quarter: 'quarter',
  year: 'year',
};
const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function readRounding(body: JsonObject, { timeZone }: DateContext): DateRounding {
  const zone = body.time_zone === undefined ? timeZone : scalar(body.time_zone, 'time_zone');
  const offsetMs = body.offset === undefined ? 0 : durationMs(scalar(body.offset, 'offset'));
  const { calendar_interval, fixed_interval, interval } = body;
  // `interval` is Elasticsearch 7's, calendar or fixed by what it says.
  const name = calendar_interval ?? interval;
  const unit = name === undefined ? undefined : CALENDAR[scalar(name, 'calendar_interval')];
  if (unit !== undefined) return { unit, intervalMs: 0, offsetMs, timeZone: zone };
  if (calendar_interval !== undefined)
    throw parsingError(
      `The supplied interval [${String(calendar_interval).slice(0, 32)}] could not be parsed as a calendar interval.`,
    );
  const intervalMs = durationMs(scalar(fixed_interval ?? interval, 'fixed_interval'));
  if (intervalMs <= 0) throw parsingError('[fixed_interval] must be above zero');
  return { unit: 'fixed', intervalMs, offsetMs, timeZone: zone };
}

function durationMs(text: string): number {
  const parts = /^([+-]?\d{1,9})(ms|s|m|h|d)$/.exec(text);
  if (parts === null) throw parsingError(`failed to parse [${text.slice(0, 32)}] as a time value`);
  return Number(parts[1]) * (MS[parts[2] ?? 'ms'] ?? 1);
}
