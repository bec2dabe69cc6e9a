import { setTimeout as wait } from 'node:timers/promises';
import { apiError, type LogLinesAnswer, logLinesAnswer, logTailFrame } from '@trilith/contract';
import * as v from 'valibot';
import { WebSocket } from 'ws';
import { ask, CommandError, type ServerAddress } from '../http.ts';
import type { LogsOptions } from './arguments.ts';
import type { Line, Stream } from './print.ts';
import type { KnownNames } from './query.ts';

const PAGE = 2_000;
const MOST_HISTORY = 5_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** A server that takes a connection and says nothing is away. */
const HANDSHAKE_MS = 30_000;
/** Lines whose ids are remembered to know them again after a broken connection. */
const REMEMBERED = 10_000;

type Emit = (line: Line, stream: Stream) => void;

/** Pods and services with logs in the asked range. Throws CommandError. */
export async function knownNames({ server, startNs, endNs }: LogsOptions): Promise<KnownNames> {
  const range = new URLSearchParams({ start: String(startNs), end: String(endNs) });
  const values = async (label: string): Promise<readonly string[]> => {
    const answer = await ask(server, 'GET', `/loki/api/v1/label/${label}/values?${range}`);
    return v.parse(v.object({ data: v.array(v.string()) }), answer).data;
  };
  const [pods, k8sPods, services] = await Promise.all([values('pod'), values('k8s_pod_name'), values('service_name')]);
  return { pods: [...pods, ...k8sPods], services };
}

/** Lines of the past, oldest first; true when there are older ones that were not asked for. Throws CommandError. */
export async function readLines(
  options: LogsOptions,
  query: string,
  { onLine, drained }: Shown,
  signal: AbortSignal,
): Promise<boolean> {
  const { tail } = options;
  if (tail === Number.POSITIVE_INFINITY) {
    for await (const page of pages(options, query, 'forward', PAGE, signal)) {
      for (const line of page.lines) emitOf(page, line, onLine);
      await drained();
    }
    return false;
  }
  const newest: { readonly page: LogLinesAnswer; readonly line: Line }[] = [];
  for await (const page of pages(options, query, 'backward', Math.min(PAGE, tail + 1), signal)) {
    for (const line of page.lines) newest.push({ page, line });
    if (newest.length > tail) break;
  }
  for (const { page, line } of newest.slice(0, tail).reverse()) emitOf(page, line, onLine);
  return newest.length > tail;
}

function emitOf(frame: Pick<LogLinesAnswer, 'streams'>, line: Line, emit: Emit): void {
  const stream = frame.streams[line.stream];
  if (stream !== undefined) emit(line, stream);
}

async function* pages(
  { server, startNs, endNs }: LogsOptions,
  query: string,
  direction: 'forward' | 'backward',
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<LogLinesAnswer> {
  if (limit <= 0) return;
  let after = '';
  do {
    const parameters = new URLSearchParams({ query, start: String(startNs), end: String(endNs), direction });
    parameters.set('limit', String(limit));
    if (after !== '') parameters.set('after', after);
    const answer = v.safeParse(logLinesAnswer, await ask(server, 'GET', `/api/logs/lines?${parameters}`));
    if (!answer.success) throw new CommandError(`${server.url} answered with something else than log lines`);
    yield answer.output;
    after = answer.output.next ?? '';
  } while (after !== '' && !signal.aborted);
}

/** Where lines go. */
interface Shown {
  readonly onLine: Emit;
  /** Resolves when more can be shown; no more is read before. */
  readonly drained: () => Promise<void>;
}

export interface Followed extends Shown {
  /** Lines that were left out because they came too fast. */
  readonly onDropped: (count: number) => void;
  readonly onInterrupted: (message: string) => void;
}

/**
 * Follows until the signal: a broken connection is made again where it broke, which is said once for each time it broke.
 * Throws CommandError when the server refuses.
 */
export async function follow(
  options: LogsOptions,
  query: string,
  { onLine, onDropped, onInterrupted, drained }: Followed,
  signal: AbortSignal,
): Promise<void> {
  const seen = new Set<string>();
  let startNs = options.startNs;
  let history = Math.min(MOST_HISTORY, options.tail);
  let pauseMs = FIRST_WAIT_MS;
  let wasOpen = false;
  let isTold = false;
  const opened = (): void => {
    wasOpen = true;
    isTold = false;
  };
  const take = (text: string): void => {
    const frame = v.parse(logTailFrame, JSON.parse(text));
    pauseMs = FIRST_WAIT_MS;
    history = MOST_HISTORY;
    if (frame.dropped > 0) onDropped(frame.dropped);
    for (const line of frame.lines) {
      if (seen.has(line.id)) continue;
      seen.add(line.id);
      if (seen.size > REMEMBERED) seen.delete(seen.values().next().value ?? '');
      if (BigInt(line.timeNs) > startNs) startNs = BigInt(line.timeNs);
      emitOf(frame, line, onLine);
    }
  };
  while (!signal.aborted) {
    const parameters = new URLSearchParams({ query, start: String(startNs), limit: String(history) });
    const path = `/api/logs/tail?${parameters}`;
    await connection(options.server, path, { opened, take, drained }, signal);
    if (signal.aborted) return;
    const { url } = options.server;
    if (!isTold)
      onInterrupted(
        wasOpen ? `the connection to ${url} was lost; trying again` : `${url} does not answer; trying again`,
      );
    isTold = true;
    await wait(pauseMs, undefined, { signal }).catch(() => undefined);
    pauseMs = Math.min(LONGEST_WAIT_MS, pauseMs * 2);
  }
}

/** What becomes of a connection and of its frames. */
interface Received {
  readonly opened: () => void;
  readonly take: (text: string) => void;
  readonly drained: () => Promise<void>;
}

/** One connection, to its end. Throws CommandError when it is refused for good. */
function connection(
  { url, key }: ServerAddress,
  path: string,
  { opened, take, drained }: Received,
  signal: AbortSignal,
): Promise<void> {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return new Promise((resolve, reject) => {
    const socket = new WebSocket((url + path).replace(/^http/, 'ws'), {
      headers,
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_MS,
    });
    socket.on('open', opened);
    const stop = (): void => socket.close();
    signal.addEventListener('abort', stop, { once: true });
    socket.on('message', (data: Buffer) => {
      try {
        take(data.toString());
        // The server keeps what waits within bounds, and counts what it leaves out then.
        socket.pause();
        void drained().then(() => socket.resume());
      } catch (error) {
        reject(error);
        socket.close();
      }
    });
    socket.on('unexpected-response', (_, response) => {
      const status = response.statusCode ?? 0;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        if (status === 429 || status >= 500) resolve();
        else reject(new CommandError(refusalText(Buffer.concat(chunks).toString(), status)));
      });
    });
    // The close that follows says the same.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
  });
}

function refusalText(body: string, status: number): string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    // Not ours: a proxy's page. The status says enough.
    json = undefined;
  }
  const answer = v.safeParse(apiError, json);
  return answer.success ? answer.output.error.message : `the server answered ${status}`;
}
