import type { LogContextAnswer, LogFieldsAnswer, LogHistogramAnswer, LogRecord } from '@trilith/contract';
import { type LogExpr, parse } from '@trilith/lang/logql';
import type { Route } from '../../base/http.ts';
import { labelsToRecord } from '../../model/labels.ts';
import { type LogqlEngine, type LogRecordView, logContext, logFields, logHistogram } from '../../query/index.ts';
import type { QueryRouteOptions } from './engines.ts';
import { answering, RequestError, required, timeRange, wholeNumber } from './respond.ts';

const FIELD_SAMPLE = 1_000;
const MAX_BUCKETS = 500;
const MAX_CONTEXT = 500;
const NS_PER_MS = 1_000_000n;

/** Histogram, fields and context of log queries. */
export function logRoutes({ enginesOf, costOf }: QueryRouteOptions): Route[] {
  const engineOf = (tenant: string): LogqlEngine => enginesOf(tenant).logs;
  return [
    {
      method: 'GET',
      path: '/api/logs/histogram',
      handler: answering(async (request, notes) => {
        const { fromMs, toMs } = timeRange(request);
        const buckets = Math.min(MAX_BUCKETS, Math.max(1, wholeNumber(request, 'buckets', 60)));
        const histogram = await logHistogram(engineOf(request.tenant), {
          log: logQuery(required(request, 'query')),
          startNs: BigInt(fromMs) * NS_PER_MS,
          endNs: BigInt(toMs) * NS_PER_MS,
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
        const { fromMs, toMs } = timeRange(request);
        const { sampled, fields } = await logFields(engineOf(request.tenant), {
          log: logQuery(required(request, 'query')),
          startNs: BigInt(fromMs) * NS_PER_MS,
          endNs: BigInt(toMs) * NS_PER_MS,
          sample: FIELD_SAMPLE,
          signal: request.signal,
        });
        return {
          sampled,
          fields: fields.map(({ name, origin, type, coverage, distinct, top }) => ({
            name,
            origin,
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

/** A log query of LogQL; metric queries are refused. Throws LogqlParseError, RequestError. */
function logQuery(text: string): LogExpr {
  const expr = parse(text);
  if (expr.kind !== 'log') throw new RequestError(400, 'bad_query', 'a log query is needed here, not a metric query');
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
