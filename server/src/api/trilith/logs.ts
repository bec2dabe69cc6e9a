import type {
  LogCompareAnswer,
  LogContextAnswer,
  LogFieldsAnswer,
  LogHistogramAnswer,
  LogRecord,
  LogValuesAnswer,
} from '@trilith/contract';
import { type LogExpr, parse } from '@trilith/lang/logql';
import type { HttpRequest, Route } from '../../base/http.ts';
import { labelsToRecord } from '../../model/labels.ts';
import {
  checkPatterns,
  compareLogs,
  type LogqlEngine,
  type LogRecordView,
  logContext,
  logFields,
  logFieldValues,
  logHistogram,
} from '../../query/index.ts';
import type { QueryRouteOptions } from './engines.ts';
import { answering, RequestError, required, timeRange, wholeNumber } from './respond.ts';

const FIELD_SAMPLE = 1_000;
const MAX_BUCKETS = 500;
const MAX_CONTEXT = 500;
const MAX_VALUES = 1_000;
const NS_PER_MS = 1_000_000n;

/** Histogram, fields and their values, comparison and context of log queries. */
export function logRoutes({ enginesOf, costOf }: QueryRouteOptions): Route[] {
  const engineOf = (tenant: string): LogqlEngine => enginesOf(tenant).logs;
  return [
    {
      method: 'GET',
      path: '/api/logs/histogram',
      handler: answering(async (request, notes) => {
        const buckets = Math.min(MAX_BUCKETS, Math.max(1, wholeNumber(request, 'buckets', 60)));
        const histogram = await logHistogram(engineOf(request.tenant), {
          log: logQuery(required(request, 'query')),
          ...rangeNs(request, 'from', 'to'),
          buckets,
          signal: request.signal,
        });
        const levels = Object.fromEntries([...histogram.levels].map(([level, counts]) => [level, [...counts]]));
        return {
          startMs: Number(histogram.startNs / NS_PER_MS),
          stepMs: Math.max(1, Math.round(Number(histogram.stepNs) / 1e6)),
          levels,
          total: histogram.total,
          notes: notes(),
        } satisfies LogHistogramAnswer;
      }, costOf),
    },
    {
      method: 'GET',
      path: '/api/logs/fields',
      handler: answering(async (request, notes) => {
        const { sampled, fields } = await logFields(engineOf(request.tenant), {
          log: logQuery(required(request, 'query')),
          ...rangeNs(request, 'from', 'to'),
          sample: FIELD_SAMPLE,
          signal: request.signal,
        });
        return {
          sampled,
          fields: fields.map(({ name, origin, parser, type, coverage, distinct, top }) => ({
            name,
            origin,
            parser,
            type,
            coverage: Math.min(1, coverage),
            distinct,
            top: [...top],
          })),
          notes: notes(),
        } satisfies LogFieldsAnswer;
      }, costOf),
    },
    {
      method: 'GET',
      path: '/api/logs/values',
      handler: answering(async (request, notes) => {
        const parser = request.query.get('parser') ?? '';
        if (parser !== '' && parser !== 'json' && parser !== 'logfmt')
          throw new RequestError(400, 'bad_request', 'parser must be json or logfmt');
        const found = await logFieldValues(engineOf(request.tenant), {
          log: logQuery(required(request, 'query')),
          field: required(request, 'field'),
          parser,
          ...rangeNs(request, 'from', 'to'),
          limit: Math.min(MAX_VALUES, Math.max(1, wholeNumber(request, 'limit', 10))),
          signal: request.signal,
        });
        return { ...found, values: [...found.values], notes: notes() } satisfies LogValuesAnswer;
      }, costOf),
    },
    {
      method: 'GET',
      path: '/api/logs/compare',
      handler: answering(async (request, notes) => {
        const { sampled, baseSampled, fields } = await compareLogs(engineOf(request.tenant), {
          log: logQuery(required(request, 'query')),
          range: rangeNs(request, 'from', 'to'),
          base: rangeNs(request, 'baseFrom', 'baseTo'),
          sample: FIELD_SAMPLE,
          signal: request.signal,
        });
        return {
          sampled,
          baseSampled,
          fields: fields.map((field) => ({
            ...field,
            difference: Math.min(1, field.difference),
            values: [...field.values],
          })),
          notes: notes(),
        } satisfies LogCompareAnswer;
      }, costOf),
    },
    {
      method: 'GET',
      path: '/api/logs/context',
      handler: answering(async (request, notes) => {
        const time = required(request, 'time');
        if (!/^\d{1,20}$/.test(time))
          throw new RequestError(400, 'bad_request', 'time must be nanoseconds since the epoch');
        const counts = {
          before: Math.min(MAX_CONTEXT, wholeNumber(request, 'before', 20)),
          after: Math.min(MAX_CONTEXT, wholeNumber(request, 'after', 20)),
        };
        const of = { kind: 'selector', log: logQuery(required(request, 'labels')) } as const;
        const { before, after } = await logContext(engineOf(request.tenant), of, BigInt(time), counts, request.signal);
        return {
          before: before.map(recordAnswer),
          after: after.map(recordAnswer),
          notes: notes(),
        } satisfies LogContextAnswer;
      }, costOf),
    },
  ];
}

/** A range of two parameters in ms. Throws RequestError. */
function rangeNs(request: HttpRequest, from: string, to: string): { readonly startNs: bigint; readonly endNs: bigint } {
  const { fromMs, toMs } = timeRange(request, from, to);
  return { startNs: BigInt(fromMs) * NS_PER_MS, endNs: BigInt(toMs) * NS_PER_MS };
}

/**
 * A log query of LogQL; metric queries are refused, and a pattern that does not compile also where no stream makes it matter.
 * Throws LogqlParseError, LogqlError, RequestError.
 */
export function logQuery(text: string): LogExpr {
  const expr = parse(text);
  if (expr.kind !== 'log') throw new RequestError(400, 'bad_query', 'a log query is needed here, not a metric query');
  checkPatterns(expr);
  return expr;
}

/** A record as the contract has it; request and user id appear among the attributes. */
export function recordAnswer(record: LogRecordView): LogRecord {
  const attributes = labelsToRecord(record.attributes);
  if (record.requestId !== '') attributes.request_id ??= record.requestId;
  if (record.userId !== '') attributes.user_id ??= record.userId;
  return {
    timeNs: String(record.timeNs),
    service: record.service,
    level: record.level,
    body: record.body,
    traceId: record.traceId === '' ? null : record.traceId,
    spanId: record.spanId === '' ? null : record.spanId,
    labels: { ...labelsToRecord(record.labels) },
    attributes: { ...attributes },
  };
}
