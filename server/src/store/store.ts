import { type Backups, createBackups } from './backup.ts';
import { type ClosableWriter, connectReader, connectWriter } from './client.ts';
import { createDeletions, type Deletions } from './deletions.ts';
import { backupStaging, READER, WRITER } from './embedded/config.ts';
import { type Engine, type EngineState, startEngine } from './embedded/supervisor.ts';
import { createLogDeletions, type LogDeletions } from './log_deletions.ts';
import { type Layout, migrate } from './migrate.ts';
import { createRetention, DEFAULT_RETENTION, type Retention, type RetentionDays } from './retention.ts';
import { readRows } from './rows.ts';
import { sql, trusted } from './sql.ts';
import type { Connection } from './transport.ts';
import type { StoreReader, StoreWriter } from './types.ts';

export type StoreState = EngineState;

export interface EmbeddedStoreConfig {
  readonly kind: 'embedded';
  /** The engine's directory; nothing else may be in it. */
  readonly dataDir: string;
  /** Bound of the engine's memory, bytes; default 1.2 GiB. */
  readonly memoryBytes?: number;
  readonly retention?: RetentionDays;
  readonly startTimeoutMs?: number;
  readonly onLog?: (line: string) => void;
}

export interface ClusterStoreConfig {
  readonly kind: 'cluster';
  /** HTTP addresses of every server that stores data. */
  readonly urls: readonly [string, ...string[]];
  /** The cluster's name in the servers' `remote_servers`. */
  readonly cluster: string;
  /** ReplicatedMergeTree; needs Keeper and the macros `shard` and `replica`. */
  readonly replicated?: boolean;
  readonly writer: { readonly user: string; readonly password: string };
  /** A user that may only SELECT and may set the bounds of a query (docs: profile with `changeable_in_readonly`). */
  readonly reader: { readonly user: string; readonly password: string };
  readonly retention?: RetentionDays;
  /** The header value that launched servers require (tests). */
  readonly secret?: string;
}

export type StoreConfig = EmbeddedStoreConfig | ClusterStoreConfig;

/** The store of the program: reads, writes, tenants, upkeep. Whoever opens it closes it. */
export interface Store {
  readonly reader: StoreReader;
  readonly writer: StoreWriter;
  /** What a worker thread gives to `connectReader`; stays valid when the engine restarts. */
  readonly readerConnection: Connection;
  readonly writerConnection: Connection;
  readonly retention: Retention;
  readonly backups: Backups;
  readonly deletions: Deletions;
  readonly logDeletions: LogDeletions;
  /** Creates a tenant's database or brings its tables up to date. Throws StoreError. */
  ensureDatabase(tenant: string): Promise<void>;
  /** Tenants that have a database. */
  tenants(): Promise<readonly string[]>;
  state(): StoreState;
  /** Called at every change; returns the way to stop it. */
  onStateChange(listener: (state: StoreState) => void): () => void;
  /** Process id of an embedded engine, for the program's own metrics. */
  enginePid(): number | undefined;
  close(): Promise<void>;
}

/** Opens the store; resolves when it answers. Throws EngineStartError or StoreError. */
export async function openStore(config: StoreConfig): Promise<Store> {
  return config.kind === 'embedded' ? openEmbedded(config) : openCluster(config);
}

async function openEmbedded(config: EmbeddedStoreConfig): Promise<Store> {
  const engine = await startEngine({
    dataDir: config.dataDir,
    ...(config.memoryBytes === undefined ? {} : { memoryBytes: config.memoryBytes }),
    ...(config.startTimeoutMs === undefined ? {} : { startTimeoutMs: config.startTimeoutMs }),
    ...(config.onLog === undefined ? {} : { onLog: config.onLog }),
  });
  const { secret, readerPassword, writerPassword } = engine.credentials;
  const readerConnection = { url: engine.url, secret, user: READER, password: readerPassword };
  const writerConnection = { url: engine.url, secret, user: WRITER, password: writerPassword };
  return assemble({
    readerConnection,
    writerConnection,
    servers: [writerConnection],
    layout: { kind: 'local' },
    retention: config.retention ?? DEFAULT_RETENTION,
    stagingDir: backupStaging(config.dataDir),
    lifetime: engineLifetime(engine),
  });
}

async function openCluster(config: ClusterStoreConfig): Promise<Store> {
  const [url, ...others] = config.urls;
  const secret = config.secret === undefined ? {} : { secret: config.secret };
  const writerConnection = { url, others, ...secret, ...config.writer };
  const watched = watchCluster(writerConnection);
  return assemble({
    readerConnection: { url, others, ...secret, ...config.reader },
    writerConnection,
    servers: config.urls.map((server) => ({ url: server, ...secret, ...config.writer })),
    layout: { kind: 'cluster', cluster: config.cluster, replicated: config.replicated === true },
    retention: config.retention ?? DEFAULT_RETENTION,
    stagingDir: undefined,
    lifetime: await watched,
  });
}

interface Lifetime {
  state(): StoreState;
  onStateChange(listener: (state: StoreState) => void): () => void;
  enginePid(): number | undefined;
  close(): Promise<void>;
}

interface Parts {
  readonly readerConnection: Connection;
  readonly writerConnection: Connection;
  readonly servers: readonly Connection[];
  readonly layout: Layout;
  readonly retention: RetentionDays;
  readonly stagingDir: string | undefined;
  readonly lifetime: Lifetime;
}

function assemble(parts: Parts): Store {
  const reader = connectReader(parts.readerConnection);
  const writer = connectWriter(parts.writerConnection, { placesTraceIds: parts.layout.kind === 'local' });
  const servers = parts.servers.map((server) => connectWriter(server));
  const { lifetime } = parts;
  const tenants = async (): Promise<readonly string[]> => {
    // Two of our tables: on a cluster of others a table of the first name may be somebody else's.
    const statement = trusted(
      "SELECT database FROM system.tables WHERE name IN ('schema_version', 'log_streams') GROUP BY database HAVING uniqExact(name) = 2 ORDER BY 1",
    );
    const { blocks } = await writer.collect(statement, { database: 'system' });
    return readRows(blocks).map(([name]) => String(name));
  };
  return {
    reader,
    writer,
    readerConnection: parts.readerConnection,
    writerConnection: parts.writerConnection,
    retention: createRetention(servers, parts.retention),
    backups: createBackups(servers, parts.stagingDir, tenants),
    deletions: createDeletions(servers, reader, writer, parts.layout),
    logDeletions: createLogDeletions(servers, reader, writer, parts.layout),
    ensureDatabase: (tenant) => migrate(servers, tenant, parts.layout),
    tenants,
    state: () => lifetime.state(),
    onStateChange: (listener) => lifetime.onStateChange(listener),
    enginePid: () => lifetime.enginePid(),
    async close() {
      // Connections first: the engine waits for them when it ends.
      for (const client of [reader, writer, ...servers]) client.close();
      await lifetime.close();
    },
  };
}

function engineLifetime(engine: Engine): Lifetime {
  return {
    state: () => engine.state(),
    onStateChange: (listener) => engine.onState(listener),
    enginePid: () => engine.pid(),
    close: () => engine.stop(),
  };
}

const CLUSTER_CHECK_MS = 2000;

/** A cluster is not ours to supervise: it is asked now and then whether it answers. */
async function watchCluster(connection: Connection): Promise<Lifetime> {
  const client = connectWriter({ ...connection, connections: 1 });
  const listeners = new Set<(state: StoreState) => void>();
  let state: StoreState = 'starting';
  const check = async (): Promise<void> => {
    const next = await answers(client);
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener(state);
  };
  await check();
  let checking = false;
  const timer = setInterval(() => {
    if (checking) return;
    checking = true;
    void check().finally(() => {
      checking = false;
    });
  }, CLUSTER_CHECK_MS);
  timer.unref();
  return {
    state: () => state,
    onStateChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    enginePid: () => undefined,
    async close() {
      clearInterval(timer);
      client.close();
    },
  };
}

async function answers(client: ClosableWriter): Promise<StoreState> {
  try {
    await client.collect(sql`SELECT 1`, { database: 'system', maxSeconds: 5 });
    return 'ready';
  } catch {
    // Any failure means the same here; whoever reads or writes gets the reason.
    return 'down';
  }
}
