import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createAccess } from '../access/index.ts';
import { lokiDeletionRoutes } from '../api/loki/index.ts';
import { prometheusServerRoutes, withExternalLabels } from '../api/prometheus/index.ts';
import { type StatusSources, statusRoutes } from '../api/trilith/index.ts';
import { BufferPool } from '../base/buffer_pool.ts';
import type { Route } from '../base/http.ts';
import { registerProcessMetrics } from '../base/telemetry/process_metrics.ts';
import { createTelemetry } from '../base/telemetry/telemetry.ts';
import { createNodeExporter } from '../exporters/node/index.ts';
import { Admission, openIngest } from '../ingest/index.ts';
import { metricFeatures } from '../query/index.ts';
import { GITLAB_WEBHOOK_PATH } from '../receive/ci/index.ts';
import { elasticsearchRoutes } from '../receive/elasticsearch/index.ts';
import { fluentHttpRoutes } from '../receive/fluent/index.ts';
import { jaegerRoutes, jaegerSamplingRoutes } from '../receive/jaeger/index.ts';
import { lokiRoutes } from '../receive/loki/index.ts';
import { otlpRoutes } from '../receive/otlp/index.ts';
import { remoteWriteRoutes } from '../receive/remote_write/index.ts';
import { zipkinRoutes } from '../receive/zipkin/index.ts';
import { openStore, pauseMerges, resumeMerges, type Store } from '../store/index.ts';
import { startAlertLedger } from './alert_ledger.ts';
import { type Alerts, startAlerts } from './alerts.ts';
import { amendments } from './amendments.ts';
import { createAnswer } from './answer.ts';
import { createBatchStore, createTenantDatabases } from './batch_store.ts';
import { startChanges } from './changes.ts';
import { startCi } from './ci.ts';
import { type Config, ConfigError, isLoopback, splitAddress } from './config.ts';
import { claimDataDirectory } from './data_lock.ts';
import { startDecoder } from './decoder.ts';
import { createGrpc } from './grpc.ts';
import { importRoutes } from './import_routes.ts';
import { createIngestHealth } from './ingest_health.ts';
import { ingestLimits } from './ingest_limits.ts';
import { createIngestStages } from './ingest_stages.ts';
import { openJaegerAgent } from './jaeger_agent.ts';
import { openListeners } from './listeners.ts';
import { type LogDeletion, openLogDeletion } from './log_deletion.ts';
import { openLogListeners } from './log_listeners.ts';
import { maintenanceRoutes } from './maintenance.ts';
import { createBusyShare, createMergeGovernor, type MergeGovernor } from './merge_governor.ts';
import { otlpSettingsOf } from './otlp_settings.ts';
import { ownAnswers } from './own_answers.ts';
import { registerOwnMetrics } from './own_metrics.ts';
import { createPipeline } from './pipeline.ts';
import { PROBE_PATHS, plainRoute, probeRoutes } from './probes.ts';
import { prometheusServer } from './prometheus_server.ts';
import { type Queries, startQueries } from './queries.ts';
import { createQueryQueue } from './query_queue.ts';
import { type Scraping, startScraping } from './scraping.ts';
import { createSelfKey } from './self_key.ts';
import { startSelfMonitoring } from './self_monitoring.ts';
import { createSeriesDeletion, resumeDeletions, type SeriesDeletion } from './series_deletion.ts';
import { createSpanMetrics } from './span_metrics.ts';
import { createStaticFiles } from './static_files.ts';
import { storeConfig } from './store_config.ts';
import { createTails } from './tails.ts';

/** A running system. Whoever started it closes it. */
export interface System {
  /** Where the UI and every API are. */
  readonly url: string;
  /** Resolves when the store has answered for the first time. */
  readonly ready: Promise<void>;
  /** Resolves with an exit code when the system must not go on (a poisoned log). */
  readonly fatal: Promise<number>;
  /** Reads `prometheus.yml`, masking and noise rules again; broken ones change nothing. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

const DECODE_QUEUE_BYTES = 64 * 1024 * 1024;
/** Bodies that are read and being decoded, again and again. */
const KEPT_BODY_BYTES = 16 * 1024 * 1024;
const RETENTION_EVERY_MS = 10 * 60_000;
const QUERY_WAIT_MS = 10_000;

/** Starts everything. Receivers take and acknowledge data before the store is up. Rejects with ConfigError. */
export async function startSystem(config: Config, version: string, reread = (): Config => config): Promise<System> {
  const { host } = splitAddress(config.listen);
  if (!isLoopback(host) && config.auth.keys.length === 0) {
    throw new ConfigError(
      `refusing to listen on ${config.listen} without authentication: add auth.keys to trilith.yaml (docs/access.md), or listen on 127.0.0.1`,
    );
  }
  const startedAtMs = Date.now();
  const releaseLock = claimDataDirectory(config.data);
  const level = config.log_level.toUpperCase() as 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  const telemetry = createTelemetry({ version, level });
  const { log, metrics } = telemetry;
  const stopProcessMetrics = registerProcessMetrics(metrics, version);
  const fatal = Promise.withResolvers<number>();
  const limits = ingestLimits(config);

  const selfKey = config.auth.keys.length === 0 ? null : createSelfKey();
  // With a log or a cluster there is a past: lines of that time may come again.
  let storedUntilMs = config.clickhouse === undefined && !existsSync(join(config.data, 'wal')) ? 0 : startedAtMs;
  const access = createAccess(selfKey === null ? config.auth.keys : [...config.auth.keys, selfKey.record]);
  let store: Store | undefined;
  const database = createTenantDatabases(() => store);
  const storeOpened = Promise.withResolvers<void>();
  const ingest = await openIngest({
    dataDirectory: config.data,
    store: createBatchStore(() => store, database, storeOpened.promise),
    log: log.child({ part: 'ingest' }),
    limits: limits.log,
    onPoison: () => fatal.resolve(70),
    onSpent: (buffers) => decoder.notify({ kind: 'spent', buffers }, buffers),
  });
  const stages = createIngestStages({
    config,
    metrics,
    log,
    queries: () => queries,
    spans: (tenant) => spans.status(tenant),
    onChange: (settings) => decoder.notify({ kind: 'stages', settings }),
  });
  const decoder = startDecoder(limits, config.span_metrics, stages.settings, log, () => {
    storedUntilMs = Date.now();
  });
  const health = createIngestHealth();
  const bodies = new BufferPool({ keptBytes: KEPT_BODY_BYTES });
  let queries: Queries | undefined;
  const tails = createTails({
    access,
    ingest,
    connection: () => store?.readerConnection,
    querySeconds: config.limits.query_seconds,
    log,
  });
  metrics.observed('gauge', 'trilith_log_tails', 'Clients that tail logs.', () => tails.count);
  const submit = createPipeline({
    decoder,
    ingest,
    admission: new Admission(limits),
    maxQueuedBytes: DECODE_QUEUE_BYTES,
    now: Date.now,
    storedUntilMs: () => storedUntilMs,
    onStored: (tenant, sections) => {
      queries?.take(tenant, sections);
      tails.take(tenant, sections);
      spans.take(tenant, sections);
    },
    onStages: stages.note,
    onSpent: (buffer) => bodies.give(buffer),
    onOutcome: (submission, outcome) => health.note(submission.door, outcome, Date.now()),
    onError: (error, submission) =>
      log.limited('ERROR', 'pipeline', 10, 'a request could not be stored', { door: submission.door, error }),
  });
  const spans = createSpanMetrics({ config, submit, ingest, store: () => store, metrics, log });
  const queue = createQueryQueue({
    atOnce: config.limits.queries_at_once,
    atOncePerTenant: config.limits.queries_at_once_per_tenant,
    waiting: config.limits.queries_waiting,
    waitMs: QUERY_WAIT_MS,
  });
  registerOwnMetrics(metrics, { ingest, health, queue, store: () => store });

  let retention: NodeJS.Timeout | undefined;
  let governor: MergeGovernor | undefined;
  let restarts = 0;
  let deletion: SeriesDeletion | undefined;
  let logDeletion: LogDeletion | undefined;
  const ready = openStore(storeConfig(config, (line) => log.debug('engine', { line }))).then(async (opened) => {
    store = opened;
    // All of them before the first query: a tenant that sends nothing is asked for its data as well.
    for (const tenant of new Set(['trilith', ...(await opened.tenants())])) await database(tenant);
    storeOpened.resolve();
    opened.onStateChange((state) => {
      log.warn('the store changed its state', { state });
      if (state !== 'ready') return;
      restarts++;
      ingest.engineRestarted();
    });
    queries = startQueries({ store: opened, config, telemetry, ingest });
    deletion = createSeriesDeletion({
      deletions: opened.deletions,
      queries,
      ingest,
      rowsDeleted: (tenant) => decoder.notify({ kind: 'deleted', tenant }),
      nowMs: Date.now,
    });
    resumeDeletions(opened, deletion, log);
    logDeletion = openLogDeletion(opened, {
      queries,
      ingest,
      rowsDeleted: (tenant) => decoder.notify({ kind: 'deleted', tenant }),
      log,
    });
    const round = (): void => {
      opened.retention.run().then(
        (result) => {
          log.debug('retention', { result });
          // Memory is filled again with what there is: records that come rarely may have been in it for as long.
          if (result.kind === 'done' && result.dropped.length > 0) queries?.invalidate();
        },
        (error: unknown) => log.limited('ERROR', 'retention', 3600, 'retention failed; it is tried again', { error }),
      );
    };
    round();
    retention = setInterval(round, RETENTION_EVERY_MS);
    // A cluster is its owner's: its merges are none of our business.
    if (config.clickhouse === undefined)
      governor = createMergeGovernor({
        behindMs: () => ingest.status().oldestUnloadedMs,
        takenBytes: () => ingest.status().appendedBytes,
        busyShare: createBusyShare(),
        pause: () => pauseMerges(opened.writer),
        resume: () => resumeMerges(opened.writer),
        now: () => performance.now(),
        onError: (error) => log.limited('WARN', 'merges', 60, 'merging could not be paused or resumed', { error }),
      });
    alerts.begin(opened.readerConnection);
    log.info('ready', { milliseconds: Date.now() - startedAtMs });
  });
  ready.catch((error: unknown) => {
    log.fatal('the store did not start', { error });
    fatal.resolve(1);
  });

  const looks = setInterval(() => governor?.look(), 1_000);
  const exporter = createNodeExporter();
  let scraping: Scraping | undefined;
  const isReady = (): boolean => queries !== undefined && store?.state() === 'ready';
  const reloadRules = async (): Promise<void> => {
    const next = reread();
    stages.reload(next);
    await alerts.reload(next);
  };
  const statusSources: StatusSources = {
    version,
    startedAtMs,
    ingest: () => ingest.status(),
    sources: () => health.sources(Date.now()),
    store: () => ({
      state: store?.state() ?? 'starting',
      mode: config.clickhouse === undefined ? 'embedded' : 'cluster',
      restarts,
    }),
    targets: () => scraping?.targets() ?? [],
    notScraped: () => scraping?.notScraped() ?? { dropped: [], broken: [] },
    doors: () => ({
      main: url,
      otlpHttp: listeners.find(({ role }) => role === 'otlp')?.url ?? null,
      otlpGrpc: grpc.url(),
    }),
    retentionDays: {
      metrics: config.retention.metrics_days,
      logs: config.retention.logs_days,
      traces: config.retention.traces_days,
    },
  };
  const changes = startChanges(ingest, () => store);
  const alerts: Alerts = startAlerts({
    config,
    submit,
    ingest,
    history: changes.history,
    queries: () => queries,
    answer: ownAnswers(changes.reads, () => queries),
    ledger: startAlertLedger(ingest, metrics, log),
    telemetry,
    level,
    version,
  });
  const ci = startCi({ config, submit, kept: changes, log: log.child({ part: 'ci' }) });
  ready.then(ci.resume, () => undefined);
  ready.then(spans.start, () => undefined);
  const systemRoutes: Route[] = [
    ...probeRoutes(isReady),
    plainRoute('/metrics', async () => ({ status: 200, text: metrics.render() + (await alerts.metrics()) })),
    plainRoute('/metrics/node', async () => ({ status: 200, text: await exporter.collect() })),
    ...statusRoutes(statusSources),
    ...stages.routes,
    ...prometheusServerRoutes(
      prometheusServer({
        config,
        version,
        startedAtMs,
        metrics,
        ingest: () => ingest.status(),
        scraping: () => scraping,
        reloadRules,
        queries: () => queries,
        deletion: () => (isReady() ? deletion : undefined),
      }),
    ),
    ...lokiDeletionRoutes(() => (isReady() ? logDeletion : undefined)),
    ...maintenanceRoutes(() => store, ingest),
    ...changes.reads,
    ...ci.routes,
    ...jaegerSamplingRoutes(),
    ...importRoutes(submit, config.retention.metrics_days),
  ];
  const otlpSettings = otlpSettingsOf(
    () => scraping?.configText(),
    metricFeatures(config.enable_feature).typeAndUnitLabels,
  );
  const answer = createAnswer({
    access,
    ingestRoutes: [
      ...remoteWriteRoutes(submit),
      ...lokiRoutes(submit),
      ...fluentHttpRoutes(submit),
      ...otlpRoutes(submit, otlpSettings),
      ...zipkinRoutes(submit),
      ...jaegerRoutes(submit),
      ...elasticsearchRoutes({ submit, flush: () => ingest.flush() }),
      ...changes.writes,
    ],
    systemRoutes,
    openPaths: new Set([GITLAB_WEBHOOK_PATH, ...PROBE_PATHS]),
    query: () =>
      isReady()
        ? (call, signal) =>
            (queries as Queries).call(withExternalLabels(call, scraping?.externalLabels() ?? {}), signal)
        : undefined,
    queue,
    alerts,
    amend: amendments(changes.changes, statusSources),
    staticFiles: createStaticFiles(join(import.meta.dirname, '../../../web/dist')),
    telemetry,
  });
  const grpc = createGrpc({
    config,
    maxBytes: limits.bodyBytes,
    submit,
    access,
    settings: otlpSettings,
    answer,
    telemetry,
  });
  const handlers = { answer, upgrade: tails.upgrade, http2: grpc.serve };
  const listeners = await openListeners(config, handlers, limits, telemetry, (bytes) => bodies.take(bytes));
  const url = listeners[0]?.url ?? '';
  alerts.listening(url);
  await grpc.open();
  const agent = await openJaegerAgent(config, submit, telemetry);
  const logListeners = await openLogListeners({ config, submit, limits, telemetry });
  log.info('listening', { url, data: config.data, version });

  const self = config.self_monitoring ? startSelfMonitoring(telemetry, submit) : undefined;
  scraping = await startScraping({ config, submit, telemetry, url, ownKey: selfKey?.key ?? null });

  return {
    url,
    ready,
    fatal: fatal.promise,
    // A configuration that cannot be used is logged where it is read.
    async reload() {
      await reloadRules().catch((error: unknown) =>
        log.error('the configuration cannot be used; what was read before stays', { error }),
      );
      await scraping?.reload().catch(() => undefined);
    },
    async close() {
      log.info('stopping');
      clearInterval(retention);
      clearInterval(looks);
      ci.stop();
      await scraping?.stop();
      await self?.stop();
      await tails.close();
      await grpc.close();
      await agent.close();
      await Promise.all([...listeners.map(({ listener }) => listener), logListeners].map((open) => open.close(2_000)));
      await governor?.release();
      await spans.close();
      await alerts[Symbol.asyncDispose]();
      await ingest.close(5_000);
      await queries?.[Symbol.asyncDispose]();
      await decoder[Symbol.asyncDispose]();
      await store?.close();
      stopProcessMetrics();
      releaseLock();
    },
  };
}
