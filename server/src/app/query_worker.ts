import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { elasticsearchRoutes } from '../api/elasticsearch/index.ts';
import { jaegerQueryRoutes } from '../api/jaeger/index.ts';
import { lokiRoutes } from '../api/loki/index.ts';
import { prometheusRoutes } from '../api/prometheus/index.ts';
import { tempoRoutes } from '../api/tempo/index.ts';
import { createAccounting, type TenantEngines, trilithQueryRoutes } from '../api/trilith/index.ts';
import type { Route } from '../base/http.ts';
import { createRouter } from '../base/router.ts';
import { type Answer, serveCalls } from '../base/worker_calls.ts';
import { createLogqlEngine, createTenantMetrics, metricFeatures } from '../query/index.ts';
import { boundedReader, type Connection, connectReader } from '../store/index.ts';
import { createQueryHeads } from './query_heads.ts';
import { createQueryLogs } from './query_logs.ts';
import type {
  QueryAnswer,
  QueryCall,
  QueryNotice,
  QueryWorkerData,
  RuleCall,
  RuleCallAnswer,
} from './query_messages.ts';
import { answerRules } from './query_rules.ts';
import { createQuerySpans } from './query_spans.ts';

/** A query worker: the query APIs over one read-only client. Requests run concurrently; long CPU work yields between slices. */
const { connection, querySeconds, querySamples, querySeries, queryMemoryBytes, queryRows, enableFeature, recent } =
  workerData as QueryWorkerData;
const features = metricFeatures(enableFeature);
const plainReader = connectReader(connection as Connection);
const { reader, costOf, withRequest } = createAccounting(
  boundedReader(plainReader, { maxMemoryBytes: queryMemoryBytes, maxRowsToRead: queryRows }),
);
const tenants = new Map<string, TenantEngines>();

/** What was acknowledged recently, where this process hears of all of it. */
const heads =
  recent === undefined || recent.budgetBytes === 0
    ? undefined
    : createQueryHeads({
        data: recent,
        reader: plainReader,
        onError: (error) => process.emitWarning(`recent samples: ${error instanceof Error ? error.message : error}`),
      });
const spans =
  recent === undefined || recent.spansBudgetBytes === 0
    ? undefined
    : createQuerySpans({
        budgetBytes: recent.spansBudgetBytes,
        reader: plainReader,
        onError: (error) => process.emitWarning(`recent spans: ${error instanceof Error ? error.message : error}`),
      });

const logs =
  recent === undefined || recent.logsBudgetBytes === 0
    ? undefined
    : createQueryLogs({
        budgetBytes: recent.logsBudgetBytes,
        reader: plainReader,
        onError: (error) => process.emitWarning(`recent logs: ${error instanceof Error ? error.message : error}`),
      });

function enginesOf(tenant: string): TenantEngines {
  let engines = tenants.get(tenant);
  if (engines === undefined) {
    const bounds = { maxSeconds: querySeconds };
    const ofMetrics = { ...bounds, maxSamples: querySamples, maxSeries: querySeries };
    const head = heads?.of(tenant);
    const recentSpans = spans?.of(tenant);
    const recentLogs = logs?.of(tenant);
    engines = {
      metrics: createTenantMetrics({
        reader,
        database: tenant,
        bounds: ofMetrics,
        features,
        ...(head === undefined ? {} : { head }),
      }),
      logs: createLogqlEngine({
        reader,
        database: tenant,
        bounds,
        ...(recentLogs === undefined ? {} : { recent: recentLogs }),
      }),
      traces: {
        reader,
        query: { database: tenant, ...bounds },
        ...(recentSpans === undefined ? {} : { recent: recentSpans }),
      },
    };
    tenants.set(tenant, engines);
  }
  return engines;
}

const routes: readonly Route[] = [
  ...prometheusRoutes({ metricsOf: (tenant) => enginesOf(tenant).metrics, parse: features.parse }),
  ...lokiRoutes({ engineOf: (tenant) => enginesOf(tenant).logs }),
  ...elasticsearchRoutes({
    sourceOf: (tenant) => ({ reader, index: enginesOf(tenant).logs.index, query: enginesOf(tenant).traces.query }),
  }),
  ...tempoRoutes({ storeOf: (tenant) => enginesOf(tenant).traces }),
  ...jaegerQueryRoutes({ storeOf: (tenant) => enginesOf(tenant).traces }),
  ...trilithQueryRoutes({ enginesOf, costOf }),
];
const router = createRouter(routes);

async function answer(call: QueryCall | RuleCall, signal: AbortSignal): Promise<Answer<QueryAnswer | RuleCallAnswer>> {
  if ('kind' in call) return { value: await answerRules(call, enginesOf), transfer: [] };
  const match = router.match(call.method, call.path);
  if (match === null) return { value: null, transfer: [] };
  const request = { ...call, query: new URLSearchParams(call.query), params: match.params, signal };
  const caches = !/\bno-store\b/.test(call.headers['cache-control'] ?? '');
  const response = await withRequest(caches, () => match.route.handler(request));
  const body = typeof response.body === 'object' ? portable(response.body) : (response.body ?? '');
  return {
    value: { status: response.status, headers: response.headers ?? {}, body },
    transfer: typeof body === 'object' ? [body.buffer] : [],
  };
}

/** Bytes up to this many go as a string: copying them costs less than moving a buffer, and they leave with the headers. */
const SMALL_BYTES = 16_384;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A body as it goes to the other thread: text when it is small and UTF-8, else bytes in a buffer of their own. */
function portable(bytes: Uint8Array): Uint8Array<ArrayBuffer> | string {
  if (bytes.byteLength <= SMALL_BYTES) {
    try {
      return utf8.decode(bytes);
    } catch {
      // Not text: protobuf and the like.
    }
  }
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && bytes.byteLength === buffer.byteLength) return new Uint8Array(buffer);
  return new Uint8Array(bytes);
}

serveCalls<QueryCall | RuleCall, QueryAnswer | RuleCallAnswer, QueryNotice>(
  parentPort as MessagePort,
  answer,
  (notice) => {
    // The index of a tenant nobody has asked about yet has to be fed too.
    if (notice.kind === 'sections') enginesOf(notice.tenant);
    try {
      heads?.receive(notice);
      spans?.receive(notice);
      logs?.receive(notice);
    } finally {
      if (recent !== undefined && notice.kind === 'sections') Atomics.add(recent.taken, 0, notice.kib);
    }
  },
);
