import type { MaskingAnswer, MaskingTestAnswer, NoiseAnswer, SamplingAnswer } from '@trilith/contract';
import * as v from 'valibot';
import { type HttpRequest, jsonResponse, type Route } from '../../base/http.ts';
import {
  HEAD_RULE,
  MaskingRuleError,
  maskerOf,
  maskingRuleNames,
  type SpanMetricsReport,
  type StageCounts,
  type StageSettings,
  TEST_RULE,
} from '../../ingest/index.ts';
import { answering, RequestError } from './respond.ts';

/** What became of a tenant's spans. */
export interface SpanStatus {
  readonly metricsEnabled: boolean;
  readonly metrics: SpanMetricsReport | undefined;
  readonly held: { readonly requests: number; readonly bytes: number; readonly early: number } | undefined;
}

/** What the stages of ingest are told to do, and what they did. */
export interface StageSources {
  readonly settings: () => StageSettings;
  readonly counts: () => StageCounts;
  readonly sinceMs: number;
  /** What a tenant's spans are made of and what of them waits; undefined: none came. */
  readonly spans: (tenant: string) => SpanStatus;
  /** The bodies of the newest lines that a LogQL query selects. Rejects with RequestError. */
  readonly sample: (request: HttpRequest, query: string, limit: number) => Promise<readonly string[]>;
}

const LONGEST_TEXT = 64 * 1024;
const MOST_LINES = 200;

const testRequest = v.strictObject({
  text: v.optional(v.pipe(v.string(), v.maxLength(LONGEST_TEXT))),
  query: v.optional(v.pipe(v.string(), v.maxLength(10_000))),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_LINES)), 50),
  rule: v.optional(
    v.strictObject({
      pattern: v.pipe(v.string(), v.minLength(1), v.maxLength(1000)),
      replacement: v.optional(v.pipe(v.string(), v.maxLength(200)), '***'),
      contains: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
    }),
  ),
});

const withoutCost = <T>(run: (cost: { rows: number; bytes: number }) => T): T => run({ rows: 0, bytes: 0 });

/** `GET /api/masking`, `POST /api/masking/test`, `GET /api/noise`, `GET /api/sampling`. */
export function stageRoutes(sources: StageSources): Route[] {
  return [
    { method: 'GET', path: '/api/masking', handler: () => jsonResponse(200, maskingOf(sources)) },
    { method: 'GET', path: '/api/noise', handler: () => jsonResponse(200, noiseOf(sources)) },
    {
      method: 'GET',
      path: '/api/sampling',
      handler: ({ tenant }) => jsonResponse(200, samplingOf(sources, tenant)),
    },
    {
      method: 'POST',
      path: '/api/masking/test',
      handler: answering((request) => testMasking(sources, request), withoutCost),
    },
  ];
}

function maskingOf({ settings, counts, sinceMs }: StageSources): MaskingAnswer {
  const { masking } = settings();
  const masked = counts().masked;
  return {
    enabled: masking.enabled,
    sinceMs,
    rules: maskingRuleNames(masking).map((rule) => {
      const services = masked
        .filter((each) => each.rule === rule.name)
        .map(({ service, count }) => ({ service, count }))
        .sort((a, b) => b.count - a.count);
      return { ...rule, count: services.reduce((sum, { count }) => sum + count, 0), services };
    }),
  };
}

function noiseOf({ settings, counts, sinceMs }: StageSources): NoiseAnswer {
  const dropped = new Map(counts().dropped.map((each) => [each.rule, each]));
  return {
    sinceMs,
    rules: settings().noise.map((rule) => ({
      name: rule.name,
      action: rule.action,
      services: [...rule.services],
      levels: [...rule.levels],
      contains: rule.contains ?? null,
      pattern: rule.pattern ?? null,
      keep: rule.keep ?? null,
      linesPerSecond: rule.lines_per_second ?? null,
      savedLines: dropped.get(rule.name)?.lines ?? 0,
      savedBytes: dropped.get(rule.name)?.bytes ?? 0,
    })),
  };
}

function samplingOf({ settings, counts, sinceMs, spans }: StageSources, tenant: string): SamplingAnswer {
  const { sampling } = settings();
  const { metricsEnabled, metrics, held } = spans(tenant);
  const sampled = new Map(counts().sampled.map((each) => [each.rule, each]));
  const head = { name: HEAD_RULE, keep: sampling.head, services: [], status: undefined, slower_than_ms: undefined };
  return {
    sinceMs,
    trial: sampling.trial,
    waitSeconds: sampling.wait_seconds,
    rules: [{ ...head, attributes: undefined }, ...sampling.rules].map((rule) => ({
      name: rule.name,
      keep: rule.keep,
      services: [...rule.services],
      status: rule.status ?? null,
      slowerThanMs: rule.slower_than_ms ?? null,
      attributes: { ...rule.attributes },
      spans: sampled.get(rule.name)?.spans ?? 0,
      keptSpans: sampled.get(rule.name)?.kept ?? 0,
    })),
    unmatchedSpans: sampled.get('')?.spans ?? 0,
    heldRequests: held?.requests ?? 0,
    heldBytes: held?.bytes ?? 0,
    decidedEarly: held?.early ?? 0,
    spanMetrics: {
      enabled: metricsEnabled,
      keys: metrics?.keys ?? 0,
      limit: metrics?.limit ?? 0,
      overflowed: metrics?.overflowed ?? 0,
      waiting: metrics?.waiting ?? 0,
      alone: metrics?.alone ?? 0,
      refused: metrics?.refused ?? 0,
    },
  };
}

/** What masking would make of a text or of stored lines. Nothing of it is kept. Throws RequestError. */
async function testMasking({ settings, sample }: StageSources, request: HttpRequest): Promise<MaskingTestAnswer> {
  const asked = parseTest(request);
  const { masking } = settings();
  const rule = asked.rule === undefined ? [] : [{ ...asked.rule, name: TEST_RULE }];
  let masker: ReturnType<typeof maskerOf>;
  try {
    masker = maskerOf({ ...masking, enabled: true, patterns: [...masking.patterns, ...rule] });
  } catch (error) {
    if (error instanceof MaskingRuleError) throw new RequestError(400, 'bad_request', error.message, { cause: error });
    throw error;
  }
  const lines =
    asked.query === undefined ? (asked.text ?? '').split('\n') : await sample(request, asked.query, asked.limit);
  return {
    lines: lines.slice(0, MOST_LINES).map((line) => {
      const rules = new Set<string>();
      const masked = masker?.text(line, (name) => rules.add(name)) ?? line;
      return { masked, rules: [...rules] };
    }),
  };
}

function parseTest({ body }: HttpRequest): v.InferOutput<typeof testRequest> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch (error) {
    throw new RequestError(400, 'bad_request', 'the body must be JSON', { cause: error });
  }
  const result = v.safeParse(testRequest, value);
  if (!result.success) {
    const issue = result.issues[0];
    throw new RequestError(400, 'bad_request', `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`);
  }
  if ((result.output.text === undefined) === (result.output.query === undefined))
    throw new RequestError(400, 'bad_request', 'exactly one of text and query is needed');
  return result.output;
}
