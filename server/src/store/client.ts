import type { IncomingMessage } from 'node:http';
import type { Block } from './native/columns.ts';
import { requestBody } from './parameters.ts';
import { blocks, costOf, drain } from './response.ts';
import type { Sql } from './sql.ts';
import { placingInsert } from './trace_places.ts';
import { type Connection, createTransport, type Transport } from './transport.ts';
import { type QueryOptions, StoreError, type StoreReader, type StoreWriter } from './types.ts';

/** Bounds of a query that asks for none (research: time, memory, rows read, result). */
const DEFAULT_BOUNDS = {
  maxSeconds: 30,
  maxMemoryBytes: 512 * 1024 * 1024,
  maxRowsToRead: 500_000_000,
  maxResultBytes: 64 * 1024 * 1024,
} as const;

/** What the engine may take beyond the bound before the connection is given up, ms. */
const GRACE_MS = 15_000;
const COMMAND_SECONDS = 600;
const INSERT_SECONDS = 120;
/** Blocks below this become one part: the loader's batches are far smaller. */
const ONE_PART_ROWS = 1_000_000_000;
const ONE_PART_BYTES = 1_000_000_000_000;
/**
 * Merges build these indexes anew, so that building them at insert is in vain for all but the last parts: for a line 0.3 µs or more.
 * Parts without them are scanned: answers are the same. The index over words of lines is built at once: in a merge it
 * takes as much longer as it saves.
 */
export const INDEXES_BUILT_BY_MERGES: ReadonlyMap<string, readonly string[]> = new Map([
  ['otel_logs', ['trace_ids', 'request_id', 'user_id']],
  ['otel_traces', ['attribute_blooms']],
]);

export interface ClosableReader extends StoreReader {
  close(): void;
}
export interface ClosableWriter extends StoreWriter {
  close(): void;
}

/** A client that reads, as the user of the connection. Safe to create in any thread. */
export function connectReader(connection: Connection): ClosableReader {
  return readerOn(createTransport(connection));
}

export interface WriterOptions {
  /** Store trace ids that stand in their log line as references to it. Not where other programs read the table. */
  readonly placesTraceIds?: boolean;
}

/** A client that reads, writes and changes schema. */
export function connectWriter(connection: Connection, { placesTraceIds = false }: WriterOptions = {}): ClosableWriter {
  const transport = createTransport(connection);
  return {
    ...readerOn(transport),
    command: (statement, options) => command(transport, statement, options),
    insert: (table, columns, chunks, options) =>
      insert(
        transport,
        table,
        placesTraceIds && table === 'otel_logs' ? placingInsert(columns) : plainInsert(table, columns),
        chunks,
        options,
      ),
  };
}

function readerOn(transport: Transport): ClosableReader {
  return {
    async *query(statement, options) {
      const response = await ask(transport, statement, options, false);
      yield* blocks(response, options.signal);
    },
    async collect(statement, options) {
      const response = await ask(transport, statement, options, true);
      const collected: Block[] = [];
      for await (const block of blocks(response, options.signal)) collected.push(block);
      return { blocks: collected, cost: costOf(response) };
    },
    close: () => transport.close(),
  };
}

const FILE_FUNCTION = /\bfile[`"]?(\s|\/\*[\s\S]*?\*\/|--[^\n]*\n)*\(/i;

/**
 * The reader's grants refuse every table function that leaves the store, but the engine has no grant for the scalar
 * function `file(path)`, which reads any file. No statement of ours uses it.
 */
function refuseFileFunction(statement: Sql): void {
  if (FILE_FUNCTION.test(statement.text)) throw new StoreError('rejected', 0, 'file() is not allowed');
}

/**
 * `whole` lets the engine finish before it answers: then the summary header has the whole cost, and an error comes as a
 * status. The result's bound keeps what it holds back in memory.
 */
async function ask(
  transport: Transport,
  statement: Sql,
  options: QueryOptions,
  whole: boolean,
): Promise<IncomingMessage> {
  refuseFileFunction(statement);
  const seconds = options.maxSeconds ?? DEFAULT_BOUNDS.maxSeconds;
  const resultBytes = options.maxResultBytes ?? DEFAULT_BOUNDS.maxResultBytes;
  const parameters = new Map([
    ['database', options.database],
    ['default_format', 'Native'],
    ['max_execution_time', String(seconds)],
    ['max_memory_usage', String(options.maxMemoryBytes ?? DEFAULT_BOUNDS.maxMemoryBytes)],
    ['max_rows_to_read', String(options.maxRowsToRead ?? DEFAULT_BOUNDS.maxRowsToRead)],
    ['max_result_bytes', String(resultBytes)],
    ['cancel_http_readonly_queries_on_client_close', '1'],
  ]);
  if (options.maxResultRows !== undefined) parameters.set('max_result_rows', String(options.maxResultRows));
  if (options.maxThreads !== undefined) parameters.set('max_threads', String(options.maxThreads));
  if (options.maxBlockRows !== undefined) parameters.set('max_block_size', String(options.maxBlockRows));
  if (options.caches === false) parameters.set('use_query_condition_cache', '0');
  if (whole) {
    parameters.set('wait_end_of_query', '1');
    parameters.set('buffer_size', String(Math.ceil(resultBytes * 1.5)));
  }
  const request = requestBody(statement);
  for (const [name, value] of request.parameters) parameters.set(name, value);
  return transport.send({
    parameters,
    body: [request.body],
    ...(request.contentType === undefined ? {} : { contentType: request.contentType }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    use: 'read',
    idleMs: seconds * 1000 + GRACE_MS,
  });
}

async function command(transport: Transport, statement: Sql, options: QueryOptions): Promise<void> {
  const seconds = options.maxSeconds ?? COMMAND_SECONDS;
  const request = requestBody(statement);
  const parameters = new Map([
    ['database', options.database],
    ['max_execution_time', String(seconds)],
    ['distributed_foreground_insert', '1'],
    ['wait_end_of_query', '1'],
    ...request.parameters,
  ]);
  if (options.maxMemoryBytes !== undefined) parameters.set('max_memory_usage', String(options.maxMemoryBytes));
  const response = await transport.send({
    parameters,
    body: [request.body],
    ...(request.contentType === undefined ? {} : { contentType: request.contentType }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    use: 'write',
    idleMs: seconds * 1000 + GRACE_MS,
  });
  await drain(response);
}

function plainInsert(table: string, columns: readonly string[]): string {
  const names = [table, ...columns].map(quoted);
  return `INSERT INTO ${names[0]} (${names.slice(1).join(', ')}) FORMAT Native`;
}

async function insert(
  transport: Transport,
  table: string,
  statement: string,
  chunks: readonly Uint8Array[],
  options: QueryOptions,
): Promise<void> {
  const seconds = options.maxSeconds ?? INSERT_SECONDS;
  const parameters = new Map([
    ['database', options.database],
    ['query', statement],
    ['async_insert', '0'],
    // What is worked out of a block by several takes 0.4 µs a log line more, and is not done sooner.
    ['max_threads', '1'],
    ['max_insert_threads', '1'],
    ['max_insert_block_size', String(ONE_PART_ROWS)],
    ['min_insert_block_size_rows', String(ONE_PART_ROWS)],
    ['min_insert_block_size_bytes', String(ONE_PART_BYTES)],
    ['distributed_foreground_insert', '1'],
    ['wait_end_of_query', '1'],
  ]);
  const late = INDEXES_BUILT_BY_MERGES.get(table);
  if (late !== undefined) parameters.set('exclude_materialize_skip_indexes_on_insert', late.join(', '));
  if (options.queryId !== undefined) parameters.set('query_id', options.queryId);
  if (options.maxMemoryBytes !== undefined) parameters.set('max_memory_usage', String(options.maxMemoryBytes));
  const response = await transport.send({
    parameters,
    body: chunks,
    contentType: 'application/octet-stream',
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    use: 'write',
    idleMs: seconds * 1000,
  });
  await drain(response);
}

/** Nested columns have a dot in their name; backticks keep it part of the name. */
function quoted(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(name)) throw new StoreError('rejected', 0, `not a name: ${name}`);
  return `\`${name}\``;
}
