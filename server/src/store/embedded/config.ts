import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Another launched server of the same cluster (tests of the clustered store). */
export interface ClusterNode {
  readonly host: string;
  readonly tcpPort: number;
}

export interface EngineConfig {
  /** The engine's directory: its data, and `config/` with the files written here. */
  readonly dataDir: string;
  /** Bound of all memory the engine allocates, bytes. */
  readonly memoryBytes: number;
  readonly credentials: Credentials;
  /** Servers by cluster name, one replica per shard; needs `--tcp_port` on each. */
  readonly clusters?: Readonly<Record<string, readonly ClusterNode[]>>;
}

/** What a client needs besides the address; made anew at every start and kept in memory and in 0600 files only. */
export interface Credentials {
  readonly secret: string;
  readonly writerPassword: string;
  readonly readerPassword: string;
}

/** The header every request must carry; everyone else on the machine is turned away. */
export const SECRET_HEADER = 'x-trilith-engine';
export const WRITER = 'writer';
export const READER = 'reader';
/** Marks the query that keeps the engine's process alive, so that a shutdown can find it. */
export const KEEP_ALIVE_COMMENT = 'trilith-keep-alive';

/** The only place the engine may write backups to and read them from. */
export function backupStaging(dataDir: string): string {
  return join(resolve(dataDir), 'backups');
}

export function createCredentials(): Credentials {
  const random = (): string => randomBytes(24).toString('hex');
  return { secret: random(), writerPassword: random(), readerPassword: random() };
}

/** Writes `config.xml` and `users.xml` below the data directory and returns the path of the former. */
export function writeEngineConfig(config: EngineConfig): string {
  const directory = join(config.dataDir, 'config');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const usersPath = join(directory, 'users.xml');
  const configPath = join(directory, 'config.xml');
  writeFileSync(usersPath, usersXml(config.credentials), { mode: 0o600 });
  writeFileSync(configPath, configXml(config, usersPath), { mode: 0o600 });
  return configPath;
}

const MEBIBYTE = 1024 * 1024;
/**
 * What a second thread must at least have to read. By default (163,840 rows and 240 MiB) a search through 400,000 log lines has
 * one core to itself while the other does nothing.
 */
const ROWS_OF_A_STREAM = 40_960;
const BYTES_OF_A_STREAM = 24 * MEBIBYTE;
/**
 * By default a second thread wants another GiB of free memory, which an engine as small as this never has: every query then
 * reads with one. What a query may take is bounded by the client.
 */
const FREE_MEMORY_OF_A_THREAD = 0;

/**
 * How often a table's replaced parts are looked at, seconds. By default every 30 to 300, the more rarely the less is written:
 * what a merge has replaced, and a deletion has rewritten, then lies on disk for minutes.
 */
const CLEANUP_SECONDS = 10;
const LONGEST_CLEANUP_SECONDS = 20;
/**
 * How long what a merge has replaced is kept, seconds: by default eight minutes, for machines that fail before the merged part is
 * on disk. Here it is on disk before it counts (see SETTINGS in migrate.ts), and a query that reads a part keeps it.
 */
const REPLACED_SECONDS = 5;

/**
 * From so many columns on a part's files are written from buffers that grow with what is written. By default from 500 on: below
 * that each of a part's 60 files of log lines has a mebibyte or two, 80 MiB more at most for the same processor time.
 */
const COLUMNS_OF_GROWING_BUFFERS = 1;

/** How often the engine looks at the memory its process has, ms. By default 50 or 100, which is 0.3 % of a core for an idle one. */
const MEMORY_LOOK_MS = 500;

/**
 * No system log tables, small caches and small pools: an idle engine must stay below 300 MiB, and two cores are shared
 * with the rest of the program. Values the engine checks against each other (free pool entries) are set together.
 */
function configXml(config: EngineConfig, usersPath: string): string {
  const mebibytes = (count: number): number => count * MEBIBYTE;
  return `<clickhouse>
  <logger><level>warning</level><console>1</console></logger>
  <users_config>${xml(usersPath)}</users_config>
  <max_server_memory_usage>${config.memoryBytes}</max_server_memory_usage>
  <max_server_memory_usage_to_ram_ratio>0.9</max_server_memory_usage_to_ram_ratio>
  <mark_cache_size>${mebibytes(32)}</mark_cache_size>
  <index_mark_cache_size>${mebibytes(8)}</index_mark_cache_size>
  <primary_index_cache_size>${mebibytes(16)}</primary_index_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <index_uncompressed_cache_size>0</index_uncompressed_cache_size>
  <mmap_cache_size>0</mmap_cache_size>
  <compiled_expression_cache_size>${mebibytes(8)}</compiled_expression_cache_size>
  <query_condition_cache_size>${mebibytes(8)}</query_condition_cache_size>
  <text_index_tokens_cache_size>${mebibytes(16)}</text_index_tokens_cache_size>
  <text_index_header_cache_size>${mebibytes(16)}</text_index_header_cache_size>
  <text_index_postings_cache_size>${mebibytes(16)}</text_index_postings_cache_size>
  <vector_similarity_index_cache_size>0</vector_similarity_index_cache_size>
  <memory_worker_period_ms>${MEMORY_LOOK_MS}</memory_worker_period_ms>
  <max_concurrent_queries>64</max_concurrent_queries>
  <max_connections>256</max_connections>
  <max_thread_pool_size>256</max_thread_pool_size>
  <max_thread_pool_free_size>4</max_thread_pool_free_size>
  <background_pool_size>1</background_pool_size>
  <background_merges_mutations_concurrency_ratio>2</background_merges_mutations_concurrency_ratio>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <background_common_pool_size>2</background_common_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_buffer_flush_schedule_pool_size>1</background_buffer_flush_schedule_pool_size>
  <background_message_broker_schedule_pool_size>1</background_message_broker_schedule_pool_size>
  <background_distributed_schedule_pool_size>2</background_distributed_schedule_pool_size>
  <tables_loader_background_pool_size>2</tables_loader_background_pool_size>
  <asynchronous_metrics_update_period_s>60</asynchronous_metrics_update_period_s>
  <asynchronous_metrics_enable_heavy_metrics>0</asynchronous_metrics_enable_heavy_metrics>
  <async_insert_threads>1</async_insert_threads>
  <keep_alive_timeout>120</keep_alive_timeout>
  <http_max_chunk_size>${mebibytes(256)}</http_max_chunk_size>
  <disable_internal_dns_cache>1</disable_internal_dns_cache>
  <merge_tree>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>2</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
    <max_suspicious_broken_parts>1000000</max_suspicious_broken_parts>
    <max_suspicious_broken_parts_bytes>1099511627776</max_suspicious_broken_parts_bytes>
    <old_parts_lifetime>${REPLACED_SECONDS}</old_parts_lifetime>
    <cleanup_delay_period>${CLEANUP_SECONDS}</cleanup_delay_period>
    <max_cleanup_delay_period>${LONGEST_CLEANUP_SECONDS}</max_cleanup_delay_period>
    <cleanup_delay_period_random_add>1</cleanup_delay_period_random_add>
    <min_columns_to_activate_adaptive_write_buffer>${COLUMNS_OF_GROWING_BUFFERS}</min_columns_to_activate_adaptive_write_buffer>
  </merge_tree>
  <backups>
    <allowed_path>${xml(backupStaging(config.dataDir))}</allowed_path>
  </backups>
  <http_handlers>
    <rule>
      <headers><${SECRET_HEADER}>${xml(config.credentials.secret)}</${SECRET_HEADER}></headers>
      <handler><type>dynamic_query_handler</type><query_param_name>query</query_param_name></handler>
    </rule>
    <rule>
      <handler><type>static</type><status>403</status><response_content>forbidden</response_content></handler>
    </rule>
  </http_handlers>
${remoteServers(config)}</clickhouse>
`;
}

/**
 * Three users. `default` has no password, because the launcher runs as it, and may do nothing but keep the process
 * alive. `writer` does what the program does. `reader` may only select: files, URLs, other servers and every change are
 * refused by its grants, and of the settings it may set the bounds of a query, nothing else.
 */
function usersXml(credentials: Credentials): string {
  const local = '<networks><ip>127.0.0.1</ip><ip>::1</ip></networks><quota>default</quota>';
  const changeable = READER_SETTINGS.map((name) => `<${name}><changeable_in_readonly/></${name}>`).join('\n        ');
  return `<clickhouse>
  <profiles>
    <default>
      <async_insert>0</async_insert>
      <max_threads>2</max_threads>
      <max_threads_min_free_memory_per_thread>${FREE_MEMORY_OF_A_THREAD}</max_threads_min_free_memory_per_thread>
      <merge_tree_min_rows_for_concurrent_read>${ROWS_OF_A_STREAM}</merge_tree_min_rows_for_concurrent_read>
      <merge_tree_min_bytes_for_concurrent_read>${BYTES_OF_A_STREAM}</merge_tree_min_bytes_for_concurrent_read>
      <max_insert_threads>1</max_insert_threads>
      <http_max_field_value_size>67108864</http_max_field_value_size>
      <allow_introspection_functions>0</allow_introspection_functions>
      <log_queries>0</log_queries>
    </default>
    <reader>
      <readonly>1</readonly>
      <constraints>
        ${changeable}
      </constraints>
    </reader>
  </profiles>
  <quotas><default></default></quotas>
  <users>
    <default>
      <password></password>${local}<profile>default</profile>
      <grants><query>GRANT SYSTEM LISTEN ON *.*</query><query>GRANT SELECT ON system.numbers</query></grants>
    </default>
    <${WRITER}>
      <password_sha256_hex>${sha256(credentials.writerPassword)}</password_sha256_hex>${local}<profile>default</profile>
    </${WRITER}>
    <${READER}>
      <password_sha256_hex>${sha256(credentials.readerPassword)}</password_sha256_hex>${local}<profile>reader</profile>
      <grants><query>GRANT SELECT, SHOW ON *.*</query></grants>
    </${READER}>
  </users>
</clickhouse>
`;
}

/** Settings our client sends with every read; the reader may change these and no others. */
const READER_SETTINGS = [
  'max_execution_time',
  'max_memory_usage',
  'max_rows_to_read',
  'max_result_rows',
  'max_result_bytes',
  'max_threads',
  'max_block_size',
  'use_query_condition_cache',
  'max_query_size',
  'cancel_http_readonly_queries_on_client_close',
  'use_text_index_postings_cache',
] as const;

function remoteServers(config: EngineConfig): string {
  const clusters = Object.entries(config.clusters ?? {});
  if (clusters.length === 0) return '';
  const shard = (node: ClusterNode): string =>
    `<shard><replica><host>${xml(node.host)}</host><port>${node.tcpPort}</port><user>${WRITER}</user>` +
    `<password>${xml(config.credentials.writerPassword)}</password></replica></shard>`;
  const body = clusters.map(([name, nodes]) => `    <${name}>${nodes.map(shard).join('')}</${name}>`).join('\n');
  return `  <remote_servers>\n${body}\n  </remote_servers>\n`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
