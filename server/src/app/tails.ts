import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { Access } from '../access/index.ts';
import { wantsCategorized } from '../api/loki/index.ts';
import type { HttpResponse } from '../base/http.ts';
import type { IncomingUpgrade } from '../base/http_server.ts';
import type { Logger } from '../base/telemetry/log.ts';
import { WorkerCalls } from '../base/worker_calls.ts';
import type { Ingest } from '../ingest/index.ts';
import type { Section, TableName } from '../model/section.ts';
import { refusal } from './refusals.ts';
import type { TailAnswer, TailCall, TailFormat, TailNotice, TailWorkerData } from './tail_messages.ts';

export interface TailsOptions {
  readonly access: Access;
  readonly ingest: Pick<Ingest, 'flush'>;
  /** How to reach the store; undefined until it has been ready once. */
  readonly connection: () => unknown;
  readonly querySeconds: number;
  readonly log: Logger;
}

/** Everybody who tails logs: WebSockets here, what they show in a worker of its own. */
export interface Tails {
  /** How many tails are open. */
  readonly count: number;
  /** Takes the connection over, or says why not. */
  upgrade(request: IncomingUpgrade): Promise<HttpResponse | undefined>;
  /** Sections that are on disk. Costs nothing while nobody of the tenant tails. */
  take(tenant: string, sections: readonly Section[]): void;
  close(): Promise<void>;
}

/** The frames a client of the path gets. */
type FormatOf = (headers: IncomingUpgrade['headers']) => TailFormat;

const PATHS: ReadonlyMap<string, FormatOf> = new Map<string, FormatOf>([
  ['/loki/api/v1/tail', (headers) => (wantsCategorized(headers) ? 'loki-categorized' : 'loki')],
  ['/api/prom/tail', () => 'loki'],
  ['/api/logs/tail', () => 'lines'],
]);
const TABLES: ReadonlySet<TableName> = new Set(['log_streams', 'otel_logs']);
const MOST_TAILS = 100;
const MOST_TAILS_OF_TENANT = 50;
/** What the worker has not taken yet may be this much; more is not handed over, but counted. */
const MOST_WAITING_KIB = 32 * 1024;
const MOST_MESSAGE_BYTES = 4096;
const PING_EVERY_MS = 20_000;
const KIB = 1024;
/** Close codes of RFC 6455 and its registry. */
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;
const SERVICE_RESTART = 1012;

type Worker = WorkerCalls<TailCall, TailAnswer, TailNotice>;

interface OpenTail {
  readonly tenant: string;
  readonly socket: WebSocket;
  /** Whether lines of before are asked for, which have to be in the store for that. */
  readonly history: boolean;
}

export function createTails(options: TailsOptions): Tails {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE_BYTES, perMessageDeflate: false });
  const taken = new Int32Array(new SharedArrayBuffer(4));
  const open = new Map<number, OpenTail>();
  const perTenant = new Map<string, number>();
  let worker: Worker | undefined;
  let sentKib = 0;
  let lastId = 0;

  const startWorker = (connection: unknown): Worker =>
    new WorkerCalls({
      script: new URL('./tail_worker.ts', import.meta.url),
      name: 'tail',
      workerData: { connection, taken, querySeconds: options.querySeconds } satisfies TailWorkerData,
      maxOldGenerationMib: 512,
      onLost: (error) => {
        sentKib = Atomics.load(taken, 0);
        options.log.error('the tail worker died and was replaced; clients connect again', { error });
        for (const { socket } of open.values()) socket.close(SERVICE_RESTART, 'the tail was interrupted');
      },
    });
  const release = (tenant: string): void => {
    const left = (perTenant.get(tenant) ?? 1) - 1;
    if (left === 0) perTenant.delete(tenant);
    else perTenant.set(tenant, left);
  };

  /** Frame after frame, each when the one before has gone out: a slow client's lines wait in the worker, within bounds. */
  const run = async (calls: Worker, id: number, tail: OpenTail, gone: AbortSignal): Promise<void> => {
    // Without history there is nothing to wait for.
    if (tail.history) await options.ingest.flush();
    await calls.call({ kind: 'begin', id }, [], gone);
    while (!gone.aborted) {
      const answer = await calls.call({ kind: 'next', id }, [], gone);
      if (answer.kind !== 'frame') return;
      await new Promise<void>((resolve) => tail.socket.send(answer.text, { binary: false }, () => resolve()));
    }
  };

  const serve = (calls: Worker, id: number, tail: OpenTail): void => {
    const { socket } = tail;
    open.set(id, tail);
    const gone = new AbortController();
    let alive = true;
    const ping = setInterval(() => {
      if (!alive) socket.terminate();
      alive = false;
      socket.ping();
    }, PING_EVERY_MS);
    socket.on('pong', () => {
      alive = true;
    });
    // The close that follows is all there is to do.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearInterval(ping);
      open.delete(id);
      release(tail.tenant);
      calls.notify({ kind: 'close', id });
      gone.abort(new Error('the client left'));
    });
    run(calls, id, tail, gone.signal).catch((error: unknown) => {
      if (gone.signal.aborted) return;
      options.log.limited('WARN', 'tail', 10, 'a tail ended with an error', { error });
      socket.close(INTERNAL_ERROR, String(error instanceof Error ? error.message : error).slice(0, 100));
    });
  };

  const refused = (request: IncomingUpgrade, status: number, message: string, retryAfterSeconds?: number) =>
    refusal(request.path, status, message, retryAfterSeconds, request.headers);

  return {
    get count() {
      return open.size;
    },
    async upgrade(request) {
      const format = PATHS.get(request.path)?.(request.headers);
      if (format === undefined) return refused(request, 404, `no such endpoint: ${request.path}`);
      // A browser lets any page open a WebSocket to anywhere, so it has to be one of ours.
      if (!isSameOrigin(request.headers)) return refused(request, 403, 'a page of another origin may not tail logs');
      const principal = options.access.authenticate(request.headers);
      if (principal === null) return refused(request, 401, 'a key is required');
      if (!options.access.allows(principal, 'read'))
        return refused(request, 403, `the key ${principal.name} may not read`);
      const connection = options.connection();
      if (connection === undefined) return refused(request, 503, 'the store is starting', 1);
      const { tenant } = principal;
      const count = perTenant.get(tenant) ?? 0;
      if (count >= MOST_TAILS_OF_TENANT || open.size >= MOST_TAILS) {
        const most = Math.min(MOST_TAILS_OF_TENANT, count);
        return refused(
          request,
          429,
          `max concurrent tail requests limit exceeded, count > limit (${most + 1} > ${most})`,
          10,
        );
      }
      worker ??= startWorker(connection);
      const calls = worker;
      const id = ++lastId;
      // From here on what is accepted is handed over, so that nothing falls between history and the present.
      perTenant.set(tenant, count + 1);
      const query = request.query.toString();
      const opened = await calls.call({ kind: 'open', id, tenant, query, format }).catch((error: unknown) => {
        release(tenant);
        throw error;
      });
      if (opened.kind === 'refused' || request.signal.aborted) {
        release(tenant);
        calls.notify({ kind: 'close', id });
        return opened.kind === 'refused' ? refused(request, opened.status, opened.message) : undefined;
      }
      sockets.handleUpgrade(request.incoming, request.socket, request.head, (socket) =>
        serve(calls, id, { tenant, socket, history: request.query.get('limit') !== '0' }),
      );
      return undefined;
    },
    take(tenant, sections) {
      if (worker === undefined || !perTenant.has(tenant)) return;
      const wanted = sections.filter(({ table }) => TABLES.has(table));
      if (wanted.length === 0) return;
      if (((sentKib - Atomics.load(taken, 0)) | 0) > MOST_WAITING_KIB) {
        const rows = wanted.reduce((sum, section) => sum + (section.table === 'otel_logs' ? section.rows : 0), 0);
        worker.notify({ kind: 'skipped', tenant, rows });
        return;
      }
      const copies = wanted.map((section) => ({ ...section, block: section.block.slice() }));
      const kib = Math.ceil(copies.reduce((sum, { block }) => sum + block.length, 0) / KIB);
      sentKib = (sentKib + kib) | 0;
      worker.notify(
        { kind: 'sections', tenant, sections: copies, kib },
        copies.map(({ block }) => block.buffer),
      );
    },
    async close() {
      for (const { socket } of open.values()) socket.close(GOING_AWAY, 'the server is stopping');
      sockets.close();
      await worker?.[Symbol.asyncDispose]();
      for (const { socket } of open.values()) socket.terminate();
    },
  };
}

/** Whether the page that asks, if it is a page, came from this very address. */
function isSameOrigin({ origin, host }: Readonly<Record<string, string>>): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
