import { RequestError, type SpanStatus, type StageSources, stageRoutes } from '../api/trilith/index.ts';
import type { HttpRequest, Route } from '../base/http.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { MetricsRegistry } from '../base/telemetry/metrics.ts';
import { maskingRuleNames, type StageCounts, type StageSettings, StageTally } from '../ingest/index.ts';
import type { Config } from './config.ts';
import type { Queries } from './queries.ts';
import { toCall } from './query_messages.ts';

/** The stages of ingest as the main thread knows them: their settings, what they did, and how people see it. */
export interface IngestStages {
  readonly settings: () => StageSettings;
  /** Adds what was done to a request that is on disk. */
  note(counts: StageCounts): void;
  readonly routes: readonly Route[];
  /** Takes up a configuration that was read again. */
  reload(config: Config): void;
}

export interface IngestStagesOptions {
  readonly config: Config;
  readonly metrics: MetricsRegistry;
  readonly log: Logger;
  readonly queries: () => Queries | undefined;
  readonly spans: (tenant: string) => SpanStatus;
  /** Told of settings that replace those the decode worker was started with. */
  readonly onChange: (settings: StageSettings) => void;
}

export function createIngestStages({
  config,
  metrics,
  log,
  queries,
  spans,
  onChange,
}: IngestStagesOptions): IngestStages {
  let settings = settingsOf(config);
  const tally = new StageTally();
  const sources: StageSources = {
    settings: () => settings,
    counts: () => tally.counts(),
    sinceMs: Date.now(),
    spans,
    sample: (request, query, limit) => sampleLines(queries(), request, query, limit),
  };
  registerMetrics(metrics, settings, tally);
  return {
    settings: () => settings,
    note: (counts) => tally.add(counts),
    routes: stageRoutes(sources),
    reload(next) {
      const changed = settingsOf(next);
      if (JSON.stringify(changed) === JSON.stringify(settings)) return;
      settings = changed;
      onChange(settings);
      log.info('masking and noise rules were read again', {
        masking_rules: maskingRuleNames(settings.masking).filter(({ enabled }) => enabled).length,
        noise_rules: settings.noise.length,
      });
    },
  };
}

function settingsOf({ masking, noise, log_patterns: patterns, sampling }: Config): StageSettings {
  return { masking, noise, patterns, sampling };
}

/** Rules that a later configuration adds count under `other`. */
function registerMetrics(metrics: MetricsRegistry, { masking, noise }: StageSettings, tally: StageTally): void {
  const masks = maskingRuleNames(masking).map(({ name }) => name);
  metrics.observedRows(
    'counter',
    'trilith_masked_total',
    'Places masked before they were stored.',
    { rule: masks },
    () => {
      const { masked } = tally.counts();
      return masks.map(
        (rule) => [{ rule }, masked.reduce((sum, each) => sum + (each.rule === rule ? each.count : 0), 0)] as const,
      );
    },
  );
  const names = noise.map(({ name }) => name);
  for (const unit of ['lines', 'bytes'] as const) {
    metrics.observedRows(
      'counter',
      `trilith_noise_saved_${unit}_total`,
      `Log ${unit} that noise control kept from being stored.`,
      { rule: names },
      () => tally.counts().dropped.map((each) => [{ rule: each.rule }, each[unit]] as const),
    );
  }
}

const HOUR_NS = 3_600_000_000_000n;

/** The newest lines of the last hour that a query selects, asked of the query worker as a client would. */
async function sampleLines(
  queries: Queries | undefined,
  request: HttpRequest,
  query: string,
  limit: number,
): Promise<readonly string[]> {
  if (queries === undefined) throw new RequestError(503, 'store_down', 'the store is not ready');
  const endNs = BigInt(Date.now()) * 1_000_000n;
  const range = new URLSearchParams({
    query,
    limit: String(limit),
    start: String(endNs - HOUR_NS),
    end: String(endNs),
  });
  const call = { ...toCall(request, range.toString()), method: 'GET', path: '/loki/api/v1/query_range' };
  const answer = await queries.call(call, request.signal);
  const text = answer === null ? '' : Buffer.from(answer.body as Uint8Array).toString('utf8');
  if (answer?.status !== 200) throw new RequestError(400, 'bad_query', text.slice(0, 1000));
  const { data } = JSON.parse(text) as { data: { resultType: string; result: { values: [string, string][] }[] } };
  if (data.resultType !== 'streams')
    throw new RequestError(400, 'bad_query', 'a log query is needed here, not a metric query');
  return data.result.flatMap(({ values }) => values.map(([, line]) => line));
}
