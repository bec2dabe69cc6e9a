import type { Change, LogRecord, TraceContextAnswer } from '@trilith/contract';
import type { HttpRequest, HttpResponse, Route } from '../../base/http.ts';
import { labelsToRecord } from '../../model/labels.ts';
import {
  canonicalTraceId,
  contextLogs,
  failuresOf,
  firingAlerts,
  measuredSubjects,
  missingKeys,
  rangeOf,
  summarize,
  traceById,
  traceExemplars,
} from '../../query/index.ts';
import type { Changes } from '../../state/index.ts';
import type { QueryRouteOptions } from './engines.ts';
import { recordAnswer } from './logs.ts';
import { answering, describeFailure, RequestError } from './respond.ts';

const NS_PER_MS = 1_000_000n;
/** Metrics, changes and alerts are told of this long before and after the trace. */
const AROUND_MS = 15 * 60_000;
/** No part of the answer may take longer; the others are answered all the same. */
const PART_MS = 5_000;

/** An answer of the query worker, which knows no change markers. */
type WithoutChanges = Omit<TraceContextAnswer, 'changes'>;
interface Part<T> {
  readonly value: T | null;
  readonly failure: { readonly code: string; readonly message: string } | null;
}

/** Which answers {@link withChanges} completes. */
export const TRACE_CONTEXT_PATH = /^\/api\/traces\/[0-9a-fA-F]{1,32}\/everything$/;

/** `GET /api/traces/:id/everything`: all that is known of a trace or one of its spans, but for changes, which live in another thread. */
export function traceContextRoutes({ enginesOf, costOf }: QueryRouteOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/traces/:id/everything',
      handler: answering(async (request, notes) => {
        const { traces, logs, metrics } = enginesOf(request.tenant);
        const { traceId, spanId } = asked(request);
        const trace = await traceById(traces, traceId, request.signal);
        const spans = spanId === null ? trace.spans : trace.spans.filter((span) => span.spanId === spanId);
        if (spans.length === 0)
          throw new RequestError(404, 'not_found', `no span has the trace id ${traceId}${ofSpan(spanId)}`);
        const range = rangeOf(spans);
        const around = {
          fromMs: Number(range.startNs / NS_PER_MS) - AROUND_MS,
          toMs: Number(range.endNs / NS_PER_MS) + AROUND_MS,
        };
        const signal = AbortSignal.any([request.signal, AbortSignal.timeout(PART_MS)]);
        const part = <T>(run: () => Promise<T>): Promise<Part<T>> => partOf(run, request.signal, signal);
        const [lines, exemplars, subjects] = await Promise.all([
          part(() => contextLogs(logs, { traceId, spans, spanId: spanId ?? undefined, signal })),
          part(() => traceExemplars(traces, metrics, { traceId, spanId: spanId ?? undefined, ...around, signal })),
          part(() => measuredSubjects(metrics, spans, around)),
        ]);
        const places = new Set([
          ...spans.map(({ service }) => service),
          ...(subjects.value ?? []).flatMap(({ name, attributes }) => [name, ...attributes.map(([, value]) => value)]),
        ]);
        const endMs = Number(range.endNs / NS_PER_MS);
        const alerts = await part(() => firingAlerts(metrics, places, endMs, signal));
        const { rootServiceName, rootTraceName, services, errors } = summarize(traceId, spans);
        const said = notes();
        const parts = [lines, exemplars, subjects, alerts];
        return {
          traceId,
          spanId,
          ...around,
          startMs: Number(range.startNs / 1000n) / 1000,
          durationMs: Number(range.endNs - range.startNs) / 1e6,
          rootService: rootServiceName,
          rootOperation: rootTraceName,
          spans: spans.length,
          errors,
          services: [...services],
          logs: mapped(lines, (found) => ({
            lines: found.lines.map(({ record, join }): LogRecord & { join: typeof join } => ({
              ...recordAnswer(record),
              join,
            })),
            more: found.more,
          })),
          exemplars: mapped(exemplars, (rows) => [...rows]),
          subjects: mapped(subjects, (found) =>
            found.map(({ attributes, tried, panels, ...subject }) => ({
              ...subject,
              attributes: Object.fromEntries(attributes),
              tried: [...tried],
              panels: [...panels],
            })),
          ),
          failures: failuresOf(spans).map(({ timeNs, span, type, message }) => ({
            timeNs: String(timeNs),
            spanId: span.spanId,
            service: span.service,
            operation: span.name,
            type,
            message,
          })),
          alerts: mapped(alerts, (found) =>
            found.map(({ name, labels }) => ({ name, labels: { ...labelsToRecord(labels) } })),
          ),
          missing: missingKeys({
            spans,
            logs: lines.value?.services,
            subjects: subjects.value ?? undefined,
            exemplars: exemplars.value?.length,
          }),
          notes: {
            ...said,
            partial: trace.truncated || parts.some(({ failure }) => failure !== null),
            warnings: trace.truncated ? [`Only the first ${trace.spans.length} spans are looked at.`] : [],
          },
        } satisfies WithoutChanges;
      }, costOf),
    },
  ];
}

/** Throws RequestError. */
function asked(request: HttpRequest): { readonly traceId: string; readonly spanId: string | null } {
  const traceId = canonicalTraceId(request.params.id ?? '');
  if (traceId === undefined) throw new RequestError(400, 'bad_request', 'a trace id is up to 32 hexadecimal digits');
  const span = (request.query.get('span') ?? '').toLowerCase();
  if (span !== '' && !/^[0-9a-f]{16}$/.test(span))
    throw new RequestError(400, 'bad_request', 'span must be 16 hexadecimal digits');
  return { traceId, spanId: span === '' ? null : span };
}

const ofSpan = (spanId: string | null): string => (spanId === null ? '' : ` and the span id ${spanId}`);

/** Runs one part of the answer; what it throws becomes its reason. A request nobody waits for any more ends as a whole. */
async function partOf<T>(run: () => Promise<T>, request: AbortSignal, limit: AbortSignal): Promise<Part<T>> {
  try {
    return { value: await run(), failure: null };
  } catch (error) {
    const described = describeFailure(error);
    if (request.aborted || described === undefined) throw error;
    if (limit.aborted)
      return { value: null, failure: { code: 'timeout', message: `not found within ${PART_MS / 1000} s` } };
    return { value: null, failure: { code: described.code, message: described.message } };
  }
}

function mapped<T, U>({ value, failure }: Part<T>, encode: (value: T) => U): Part<U> {
  return { value: value === null ? null : encode(value), failure };
}

/** A worker's answer with the change markers of its services and range. */
export async function withChanges(changes: Changes, tenant: string, response: HttpResponse): Promise<HttpResponse> {
  if (response.status !== 200 || response.body === undefined) return response;
  const text = typeof response.body === 'string' ? response.body : new TextDecoder().decode(response.body);
  const answer = JSON.parse(text) as WithoutChanges;
  const { fromMs, toMs } = answer;
  const found = await partOf<Change[]>(
    async () => {
      const services = new Set(answer.services.map(({ name }) => name));
      const all = await changes.within(tenant, { fromMs, toMs, service: undefined });
      return all.filter(({ service }) => service === '' || services.has(service));
    },
    NEVER,
    NEVER,
  );
  return { ...response, body: JSON.stringify({ ...answer, changes: found } satisfies TraceContextAnswer) };
}

const NEVER = new AbortController().signal;
