import type { MessagePort } from 'node:worker_threads';
import { type Batches, createBatches } from '../base/batches.ts';
import { callsOver, type PortCalls } from '../base/port_calls.ts';
import type { LogRecord } from '../base/telemetry/log.ts';
import type { NoteAlertEvents } from '../model/alert_event.ts';
import type { SloFact } from '../model/slo_fact.ts';
import type { RangeQuery, RangeSeries, RecordedSample, RuleAnswer, RulePorts } from '../rules/index.ts';
import { type Records, type StateKind, StateUnavailable } from '../state/index.ts';
import type { AlertsAnswer, AlertsReport, AlertsRequest } from './alerts_messages.ts';
import type { TimedRuleQuery } from './query_messages.ts';
import { recordedRequest } from './recorded_request.ts';
import { remoteRecords } from './remote_records.ts';

/** The main thread as the alerts worker sees it. */
export interface MainThread extends Pick<RulePorts, 'evaluate' | 'append' | 'lastSamples'> {
  /** Everything before waits for it. */
  connect(port: MessagePort): void;
  /** Rejects when the query fails. */
  range(tenant: string, query: RangeQuery): Promise<readonly RangeSeries[]>;
  /** GET of one of this program's endpoints as JSON; rejects where it has no answer. */
  get(tenant: string, path: string, query: Readonly<Record<string, string>>): Promise<unknown>;
  /** Records kept by the main thread's history; this thread is the only one that changes them. */
  records<Body>(kind: StateKind<Body>): Records<Body>;
  readonly note: NoteAlertEvents;
  /** What objectives counted. Resolves when it is durable. */
  keepFacts(tenant: string, facts: readonly SloFact[]): Promise<void>;
  /** Resolves when every event noted before can be read. */
  flushLedger(): Promise<void>;
  log(record: LogRecord): void;
}

/** Messages of queries under way at once, and queries in one: what comes meanwhile goes with the next. */
const EVALUATIONS_AT_ONCE = 2;
const MOST_QUERIES = 1_000;
/** Samples in one request, well below what one may hold. */
const MOST_SAMPLES = 20_000;

export function createMainThread(): MainThread {
  const connected = Promise.withResolvers<PortCalls<AlertsRequest, AlertsAnswer, AlertsReport>>();
  const ask = async (request: AlertsRequest): Promise<AlertsAnswer> => {
    const answer = await (await connected.promise).call(request);
    if (answer.kind === 'unavailable') throw new StateUnavailable(answer.message);
    return answer;
  };
  const tell = (report: AlertsReport): void => void connected.promise.then((calls) => calls.notify(report));
  const evaluations = createBatches<TimedRuleQuery, RuleAnswer>({
    atOnce: EVALUATIONS_AT_ONCE,
    most: MOST_QUERIES,
    run: async (queries) => {
      const answer = await ask({ kind: 'evaluate', queries });
      return answer.kind === 'evaluated' ? answer.answers : [];
    },
  });
  const appends = new Map<string, Batches<RecordedSample, void>>();
  const appendsOf = (tenant: string): Batches<RecordedSample, void> => {
    let batches = appends.get(tenant);
    if (batches === undefined) {
      batches = createBatches({
        atOnce: 1,
        most: MOST_SAMPLES,
        run: async (samples) => {
          await ask({ kind: 'append', tenant, body: recordedRequest(samples) });
          return [];
        },
      });
      appends.set(tenant, batches);
    }
    return batches;
  };
  return {
    connect: (port) => connected.resolve(callsOver(port)),
    evaluate: (tenant, queries, timeMs) => evaluations(queries.map((query) => ({ ...query, tenant, timeMs }))),
    async append(tenant, samples) {
      const parts: Promise<unknown>[] = [];
      for (let from = 0; from < samples.length; from += MOST_SAMPLES)
        parts.push(appendsOf(tenant)(samples.slice(from, from + MOST_SAMPLES)));
      await Promise.all(parts);
    },
    async lastSamples(tenant, matchers, range) {
      const answer = await ask({ kind: 'last-samples', tenant, matchers, ...range });
      return answer.kind === 'last-samples' ? answer.samples : [];
    },
    async range(tenant, query) {
      const answer = await ask({ kind: 'range', tenant, ...query });
      if (answer.kind !== 'range') return [];
      if (answer.error !== '') throw new Error(answer.error);
      return answer.series;
    },
    async get(tenant, path, query) {
      const answer = await ask({ kind: 'get', tenant, path, query: new URLSearchParams(query).toString() });
      if (answer.kind !== 'got') throw new Error(`${path} was not answered`);
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.body.slice(0, 200)}`);
      return JSON.parse(answer.body) as unknown;
    },
    records: (kind) => remoteRecords(kind, ask),
    note: (tenant, events) => tell({ kind: 'note', tenant, events }),
    keepFacts: async (tenant, facts) => void (await ask({ kind: 'keep-facts', tenant, facts })),
    flushLedger: async () => void (await ask({ kind: 'flush-ledger' })),
    log: (record) => tell({ kind: 'log', record }),
  };
}
