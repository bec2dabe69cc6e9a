import type { ResolveAnswer } from '@trilith/contract';
import type { Route } from '../../base/http.ts';
import { recordsWith, spanVocabulary, traceSummaries } from '../../query/index.ts';
import type { QueryRouteOptions, TenantEngines } from './engines.ts';
import { answering, required } from './respond.ts';

const NS_PER_MS = 1_000_000n;
const DAY_MS = 86_400_000;
const MAX_TEXT = 20_000;
const MAX_IDS = 5;
const MAX_LINES = 100;
/** One word with a digit: what ids of requests and users look like, and names of services rarely. */
const REQUEST_ID = /^(?=.*\d)[\w.:@-]{4,128}$/;
const MAX_PLACES = 10;
/** 32 hexadecimal digits that stand alone: a trace id, also inside a traceparent, a URL or a line of JSON. */
const TRACE_ID = /(?<![0-9a-fA-F])[0-9a-fA-F]{32}(?![0-9a-fA-F])/g;
/** 16 digits alone may be a short trace id. */
const SHORT_ID = /^[0-9a-fA-F]{16}$/;

/** `GET /api/resolve?text=`: where pasted text leads. */
export function resolveRoutes({ enginesOf, costOf }: QueryRouteOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/resolve',
      handler: answering(async (request) => {
        const text = required(request, 'text').slice(0, MAX_TEXT).trim();
        const engines = enginesOf(request.tenant);
        const ids = traceIdsIn(text);
        const places = await Promise.all([
          traces(engines, ids, request.signal),
          ids.length > 0 ? [] : requests(engines, text, request.signal),
          ids.length > 0 ? [] : names(engines, text, request.signal),
        ]);
        return { places: places.flat().slice(0, MAX_PLACES) } satisfies ResolveAnswer;
      }, costOf),
    },
  ];
}

/** Distinct trace ids in a text, in order, lower case. */
export function traceIdsIn(text: string): string[] {
  const found = [...text.matchAll(TRACE_ID)].map(([id]) => id.toLowerCase());
  if (found.length === 0 && SHORT_ID.test(text)) found.push(text.toLowerCase().padStart(32, '0'));
  return [...new Set(found)].slice(0, MAX_IDS);
}

async function traces(
  { traces: store }: TenantEngines,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ResolveAnswer['places']> {
  const known = new Map((await traceSummaries(store, ids, signal)).map((summary) => [summary.traceId, summary]));
  return ids.map((traceId) => {
    const summary = known.get(traceId);
    return {
      kind: 'trace' as const,
      traceId,
      fromMs: summary === undefined ? null : Number(summary.startNs / NS_PER_MS),
      toMs: summary === undefined ? null : Number((summary.startNs + summary.durationNs) / NS_PER_MS) + 1,
      spans: summary?.spans ?? null,
    };
  });
}

/** Lines that carry the text as the id of a request or of a user, when it may be one. */
async function requests({ logs }: TenantEngines, text: string, signal: AbortSignal): Promise<ResolveAnswer['places']> {
  if (!REQUEST_ID.test(text)) return [];
  const endNs = BigInt(Date.now()) * NS_PER_MS;
  const range = { startNs: endNs - BigInt(DAY_MS) * NS_PER_MS, endNs };
  const fields = ['request_id', 'user_id'] as const;
  const found = await Promise.all(
    fields.map(async (field) => {
      const records = await recordsWith(logs, field, text, { ...range, limit: MAX_LINES, signal });
      const [newest] = records;
      const oldest = records.at(-1);
      if (newest === undefined || oldest === undefined) return [];
      const fromMs = Number(oldest.timeNs / NS_PER_MS);
      const toMs = Number(newest.timeNs / NS_PER_MS) + 1;
      return [{ kind: 'request' as const, field, value: text, lines: records.length, fromMs, toMs }];
    }),
  );
  return found.flat();
}

async function names(
  { traces: store, metrics }: TenantEngines,
  text: string,
  signal: AbortSignal,
): Promise<ResolveAnswer['places']> {
  const nowMs = Date.now();
  const range = { startNs: BigInt(nowMs - DAY_MS) * NS_PER_MS, endNs: BigInt(nowMs) * NS_PER_MS };
  const wanted = text.toLowerCase();
  const matches = (name: string): boolean => name.toLowerCase().includes(wanted);
  const [services, metricNames] = await Promise.all([
    spanVocabulary(store, { kind: 'services' }, range, 500, signal),
    metrics.labelValues('__name__', [], { fromMs: nowMs - DAY_MS, toMs: nowMs }),
  ]);
  const found = [...metricNames.keys()].filter(matches).slice(0, MAX_PLACES);
  const help = found.length === 0 ? [] : await metrics.metadata(undefined, 10_000);
  const helpOf = new Map(help.map((row) => [row.metric, row.help]));
  return [
    ...services.filter(matches).map((name) => ({ kind: 'service' as const, name })),
    ...found.map((name) => ({ kind: 'metric' as const, name, help: helpOf.get(name) ?? '' })),
  ];
}
