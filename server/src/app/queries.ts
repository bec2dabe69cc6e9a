import { totalmem } from 'node:os';
import type { Telemetry } from '../base/telemetry/telemetry.ts';
import { WorkerCalls } from '../base/worker_calls.ts';
import type { Ingest } from '../ingest/index.ts';
import type { Section } from '../model/section.ts';
import type { Store } from '../store/index.ts';
import type { Config } from './config.ts';
import type {
  QueryAnswer,
  QueryCall,
  QueryNotice,
  QueryWorkerData,
  RecentSamplesData,
  RuleCall,
  RuleCallAnswer,
} from './query_messages.ts';
import { createRecentSamples, defaultRecentBytes } from './recent_samples.ts';

/** The query worker, and what it is told of. */
export interface Queries extends AsyncDisposable {
  call(call: QueryCall, signal: AbortSignal): Promise<QueryAnswer>;
  /** Asks for rules: many queries at once, beside those of people. */
  ask(call: RuleCall): Promise<RuleCallAnswer>;
  /** Whether queries see samples as soon as they are acknowledged. */
  readonly seesRecent: boolean;
  /** Sections that are on disk and not answered yet; a query asked after this sees them. */
  take(tenant: string, sections: readonly Section[]): void;
  /** What is in the store has changed by another way than `take`, as by a delete: memory is filled anew. */
  invalidate(): void;
}

export interface QueriesOptions {
  readonly store: Store;
  readonly config: Config;
  readonly telemetry: Telemetry;
  readonly ingest: Pick<Ingest, 'flush' | 'status'>;
}

const MIB = 1024 * 1024;
/** What is recent takes no more than this where nothing is said. */
const MOST_SAMPLES_MIB = 768;
const MOST_SPANS_MIB = 256;
const MOST_LOGS_MIB = 256;

const bytesOf = (setting: number | 'auto', mostMib: number): number =>
  setting === 'auto' ? defaultRecentBytes(totalmem(), mostMib) : setting * MIB;

/** Starts the query worker. With a cluster others may write too, so nothing is answered from memory. */
export function startQueries({ store, config, telemetry: { log }, ingest }: QueriesOptions): Queries {
  const budgetBytes = bytesOf(config.recent_samples_mib, MOST_SAMPLES_MIB);
  const spansBudgetBytes = bytesOf(config.recent_spans_mib, MOST_SPANS_MIB);
  const logsBudgetBytes = bytesOf(config.recent_logs_mib, MOST_LOGS_MIB);
  const data: RecentSamplesData | undefined =
    budgetBytes + spansBudgetBytes + logsBudgetBytes === 0 || config.clickhouse !== undefined
      ? undefined
      : { budgetBytes, spansBudgetBytes, logsBudgetBytes, taken: new Int32Array(new SharedArrayBuffer(4)) };
  const recent =
    data === undefined
      ? undefined
      : createRecentSamples({
          ingest,
          data,
          nowMs: Date.now,
          onOverflow: () =>
            log.limited(
              'WARN',
              'recent-samples',
              60,
              'the query worker is behind; recent samples, spans and log records are filled anew',
              {},
            ),
        });
  const workerData: QueryWorkerData = {
    connection: store.readerConnection,
    querySeconds: config.limits.query_seconds,
    querySamples: config.limits.query_samples,
    querySeries: config.limits.query_series,
    queryMemoryBytes: config.limits.query_memory_mib * MIB,
    queryRows: config.limits.query_rows,
    enableFeature: config.enable_feature,
    recent: data,
  };
  const worker = new WorkerCalls<QueryCall | RuleCall, QueryAnswer | RuleCallAnswer, QueryNotice>({
    script: new URL('./query_worker.ts', import.meta.url),
    name: 'query',
    workerData,
    maxOldGenerationMib: 2048,
    onLost: (error) => {
      log.error('the query worker died and was replaced', { error });
      recent?.attach(worker);
    },
  });
  recent?.attach(worker);
  return {
    async call(call, signal) {
      const answer = await worker.call(call, [], signal);
      if (answer !== null && 'kind' in answer) throw new Error('a request was answered as a rule');
      return answer;
    },
    async ask(call) {
      const answer = await worker.call(call);
      if (answer === null || !('kind' in answer)) throw new Error('a rule was answered as a request');
      return answer;
    },
    seesRecent: recent !== undefined && budgetBytes > 0,
    take: (tenant, sections) => recent?.take(tenant, sections),
    invalidate: () => recent?.invalidate(),
    async [Symbol.asyncDispose]() {
      recent?.stop();
      await worker[Symbol.asyncDispose]();
    },
  };
}
