import { MessageChannel } from 'node:worker_threads';
import type { LogLevel } from '../base/telemetry/log.ts';
import type { Telemetry } from '../base/telemetry/telemetry.ts';
import { serveCalls, WorkerCalls, WorkerLost } from '../base/worker_calls.ts';
import type { Ingest } from '../ingest/index.ts';
import type { LedgerRecorder } from '../ledger/index.ts';
import type { Submit } from '../model/ingest.ts';
import { type HistoryOptions, openRecords, type Records, StateUnavailable } from '../state/index.ts';
import { type Connection, sloFactSection } from '../store/index.ts';
import type {
  AlertsAnswer,
  AlertsCall,
  AlertsConfig,
  AlertsNotice,
  AlertsReport,
  AlertsRequest,
  AlertsWorkerData,
  RecordsKind,
} from './alerts_messages.ts';
import type { Config } from './config.ts';
import type { OwnAnswer } from './own_answers.ts';
import type { Queries } from './queries.ts';
import type { QueryAnswer, QueryCall } from './query_messages.ts';

export interface AlertsOptions {
  readonly config: AlertsConfig & Pick<Config, 'external_url'>;
  readonly submit: Submit;
  readonly ingest: Pick<Ingest, 'append' | 'flush'>;
  readonly history: HistoryOptions;
  /** Undefined until the store has been ready once. */
  readonly queries: () => Pick<Queries, 'ask' | 'seesRecent'> | undefined;
  /** Asks endpoints of this program. */
  readonly answer: OwnAnswer;
  /** Flushed when this side is closed. */
  readonly ledger: Pick<LedgerRecorder, 'note' | 'flush'>;
  readonly telemetry: Telemetry;
  readonly level: LogLevel;
  readonly version: string;
}

/** Rules and alerting: a thread of its own, this side of it. */
export interface Alerts extends AsyncDisposable {
  /** Null where the thread has no such route. */
  call(call: QueryCall, signal: AbortSignal): Promise<QueryAnswer>;
  /** The store can be asked, over the read-only user's connection: evaluation begins. */
  begin(connection: Connection): void;
  /** Where people reach the program, when that was not configured. */
  listening(url: string): void;
  /** Takes files up anew; rejects when one cannot be used, and then nothing of it has changed. */
  reload(config: AlertsConfig): Promise<void>;
  /** Its metrics in the text format; empty while it is being replaced. */
  metrics(): Promise<string>;
}

/** How long what an earlier run left in the log may take to be stored before rules are evaluated without it. */
const MOST_WAITED_MS = 60_000;

/** Starts the alerts worker and answers what it asks for: evaluation, storage, records. */
export function startAlerts(options: AlertsOptions): Alerts {
  const { log } = options.telemetry;
  const records = new Map<string, Records<unknown>>();
  const recordsOf = (of: RecordsKind): Records<unknown> => {
    let found = records.get(of.name);
    if (found === undefined) {
      found = openRecords({ name: of.name, most: of.most, parse: (json) => json }, options.history);
      records.set(of.name, found);
    }
    return found;
  };
  const answer = async (request: AlertsRequest): Promise<{ value: AlertsAnswer; transfer: [] }> => {
    try {
      return { value: await answerTo(request, options, recordsOf), transfer: [] };
    } catch (error) {
      if (!(error instanceof StateUnavailable || error instanceof WorkerLost)) throw error;
      return { value: { kind: 'unavailable', message: error.message }, transfer: [] };
    }
  };
  const hear = (report: AlertsReport): void => {
    if (report.kind === 'note') options.ledger.note(report.tenant, report.events);
    else {
      const { level, message, fields } = report.record;
      log[LOG_METHODS[level]](message, fields);
    }
  };
  let config = alertsConfig(options.config);
  let externalUrl = options.config.external_url?.replace(/\/+$/, '') ?? '';
  let readable: Connection | undefined;
  const worker: WorkerCalls<AlertsCall, QueryAnswer | string, AlertsNotice> = new WorkerCalls({
    script: new URL('./alerts_worker.ts', import.meta.url),
    name: 'alerts',
    get workerData(): AlertsWorkerData {
      return { config, externalUrl, level: options.level, version: options.version };
    },
    maxOldGenerationMib: 1024,
    onLost: (error) => {
      log.error('the alerts worker died and was replaced', { error });
      connect();
    },
  });
  const connect = (): void => {
    const { port1, port2 } = new MessageChannel();
    serveCalls<AlertsRequest, AlertsAnswer, AlertsReport>(port1, answer, hear);
    port1.unref();
    worker.notify({ kind: 'connect', port: port2 }, [port2]);
    if (readable !== undefined) worker.notify({ kind: 'ready', connection: readable });
  };
  connect();
  return {
    async call(call, signal) {
      const response = await worker.call({ kind: 'http', ...call }, [], signal);
      return typeof response === 'string' ? null : response;
    },
    begin(connection) {
      // Before samples of the last run are in the store, rules would take them for gone.
      const waited = new Promise((resolve) => setTimeout(resolve, MOST_WAITED_MS).unref());
      void Promise.race([options.ingest.flush(), waited]).then(() => {
        readable = connection;
        worker.notify({ kind: 'ready', connection });
      });
    },
    listening(url) {
      if (externalUrl !== '') return;
      externalUrl = url;
      worker.notify({ kind: 'listening', externalUrl });
    },
    async reload(next) {
      config = alertsConfig(next);
      await worker.call({ kind: 'reload', config });
    },
    async metrics() {
      try {
        const text = await worker.call({ kind: 'metrics' });
        return typeof text === 'string' ? text : '';
      } catch (error) {
        if (error instanceof WorkerLost) return '';
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]();
      await options.ledger.flush();
    },
  };
}

/** Only what the worker may know: no keys and no passwords of others. */
const alertsConfig = ({
  prometheus_config,
  rules,
  alerting,
  on_call,
  slo,
  drills,
  runbooks,
  data,
  enable_feature,
}: AlertsConfig): AlertsConfig => ({
  ...(prometheus_config === undefined ? {} : { prometheus_config }),
  rules,
  alerting,
  on_call,
  slo,
  drills,
  runbooks,
  data,
  enable_feature,
});

const LOG_METHODS = { DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error', FATAL: 'error' } as const;

async function answerTo(
  request: AlertsRequest,
  { queries, submit, ingest, ledger, answer }: AlertsOptions,
  recordsOf: (of: RecordsKind) => Records<unknown>,
): Promise<AlertsAnswer> {
  const unavailable: AlertsAnswer = { kind: 'unavailable', message: 'the store is starting' };
  switch (request.kind) {
    case 'evaluate':
    case 'last-samples':
    case 'range':
      return (await queries()?.ask(request)) ?? unavailable;
    case 'append': {
      const { tenant, body } = request;
      // Changes of state are in the ledger as soon as the samples that say the same are stored.
      const [outcome] = await Promise.all([
        submit({ door: 'remote-write-1', tenant, encoding: 'identity', body, neverRetried: true }),
        ledger.flush(),
      ]);
      if (outcome.kind !== 'stored') return { kind: 'unavailable', message: outcome.message };
      // Where queries do not see what is in the log, they see it when it is in the store.
      if (queries()?.seesRecent !== true) await ingest.flush();
      const [refused] = outcome.rejections;
      return refused === undefined ? { kind: 'done' } : { kind: 'unavailable', message: refused.message };
    }
    case 'get': {
      const { tenant, path, query } = request;
      const got = await answer({ method: 'GET', headers: {}, body: new Uint8Array(0), tenant, path, query });
      if (got === null) return unavailable;
      return { kind: 'got', status: got.status, body: Buffer.from(got.body).toString('utf8') };
    }
    case 'keep-facts':
      await ingest.append(request.tenant, [sloFactSection(request.facts, Date.now())]);
      return { kind: 'done' };
    case 'flush-ledger':
      await ledger.flush();
      await ingest.flush();
      return { kind: 'done' };
    case 'records':
      return { kind: 'records', bodies: await recordsOf(request.of).all(request.tenant) };
    case 'put-record':
      // What led to it was noted before, and is in the ledger with it: a decision to notify, an attempt, a silence.
      await Promise.all([
        recordsOf(request.of).put(request.tenant, request.id, request.body, request.author),
        ledger.flush(),
      ]);
      return { kind: 'done' };
  }
}
