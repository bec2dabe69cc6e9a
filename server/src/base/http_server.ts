import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { HttpRequest, HttpResponse } from './http.ts';
import { divertHttp2 } from './http2_preface.ts';

const gzipAsync = promisify(gzip);

/** Bounds of one listener; defaults as in the limits table of the reliability programme. */
export interface HttpLimits {
  readonly bodyBytes: number;
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly headerMs: number;
  readonly bodyMs: number;
  readonly minBytesPerSecond: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  bodyBytes: 16 * 1024 * 1024,
  connections: 2_000,
  connectionsPerAddress: 200,
  headerMs: 10_000,
  bodyMs: 30_000,
  minBytesPerSecond: 1024,
};

/** A request before its tenant is known: what the listener hands to the application. */
export type IncomingHttp = Omit<HttpRequest, 'tenant' | 'params'> & {
  readonly remoteAddress: string;
  /** What `query` is parsed from when it is first asked for. */
  readonly queryText: string;
};

/** A request to go on in another protocol (WebSocket), with the connection it came by. */
export interface IncomingUpgrade extends IncomingHttp {
  readonly incoming: IncomingMessage;
  readonly socket: Duplex;
  /** The first bytes of the other protocol, if they have come. */
  readonly head: Buffer;
}

export interface HttpListener {
  readonly host: string;
  readonly port: number;
  /** Stops accepting, lets running requests finish until the deadline, then closes their sockets. */
  close(deadlineMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly limits?: Partial<HttpLimits>;
  /** Memory of exactly so many bytes, at the beginning of a buffer of its own, for a request's body; default: new memory. */
  readonly takeBody?: (bytes: number) => Uint8Array<ArrayBuffer>;
  /** Answers every request; a rejection becomes a plain 500 and is reported to `onError`. */
  readonly answer: (request: IncomingHttp) => Promise<HttpResponse>;
  /** Takes over the connection, which is then its to close, or answers with a refusal. Without it no upgrade is offered. */
  readonly upgrade?: (request: IncomingUpgrade) => Promise<HttpResponse | undefined>;
  /** Takes over connections that begin with HTTP/2's preface. Without it they are refused as malformed. */
  readonly http2?: (connection: Socket) => void;
  /** Answers when the body is refused before the application sees it (413, 408, 400), in the protocol's own shape. */
  readonly refuse: (
    path: string,
    headers: Readonly<Record<string, string>>,
    status: number,
    message: string,
  ) => HttpResponse;
  readonly onError: (error: unknown, path: string) => void;
}

/** Thrown while a body is read; `status` is what the client gets. */
class BodyError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const COMPRESS_ABOVE_BYTES = 1024;
/** A refused body is read to its end if that is not further away than this many of the largest bodies. */
const DRAIN_BODIES = 8;
const COMPRESSIBLE = /^(application\/json|text\/|application\/javascript|image\/svg)/;

/** Opens an HTTP/1.1 listener with every bound of `HttpLimits` in force. Rejects when the address cannot be had. */
export async function listen(options: ListenOptions): Promise<HttpListener> {
  const limits: HttpLimits = { ...DEFAULT_HTTP_LIMITS, ...options.limits };
  const server = createServer(
    {
      headersTimeout: limits.headerMs,
      requestTimeout: limits.bodyMs + limits.headerMs,
      connectionsCheckingInterval: 2_000,
      keepAliveTimeout: 65_000,
      maxHeaderSize: 32 * 1024,
    },
    (request, response) => {
      void serve(request, response, limits, options);
    },
  );
  boundConnections(server, limits);
  const { upgrade, http2 } = options;
  if (http2 !== undefined) divertHttp2(server, http2, limits.headerMs);
  if (upgrade !== undefined) {
    server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
      void serveUpgrade({ incoming, socket, head }, upgrade, options);
    });
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => options.onError(error, ''));
  const address = server.address() as AddressInfo;
  return { host: options.host, port: address.port, close: (deadlineMs) => closeServer(server, deadlineMs) };
}

function boundConnections(server: Server, limits: HttpLimits): void {
  server.maxConnections = limits.connections;
  const perAddress = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (perAddress.get(address) ?? 0) + 1;
    if (count > limits.connectionsPerAddress) {
      socket.destroy();
      return;
    }
    perAddress.set(address, count);
    socket.once('close', () => {
      const left = (perAddress.get(address) ?? 1) - 1;
      if (left === 0) perAddress.delete(address);
      else perAddress.set(address, left);
    });
  });
}

async function closeServer(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), deadlineMs);
  await closed;
  clearTimeout(timer);
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  limits: HttpLimits,
  options: ListenOptions,
): Promise<void> {
  const target = parseTarget(incoming.url ?? '/');
  const headers = flatHeaders(incoming);
  try {
    if (target === null) {
      await send(outgoing, headers, options.refuse(incoming.url ?? '/', headers, 400, 'malformed request target'));
      return;
    }
    const cancel = new AbortController();
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) cancel.abort(new Error('client closed the connection'));
    });
    const body = await readBody(incoming, limits, options.takeBody ?? newBody);
    const queryText = isForm(headers) ? `${target.query}&${new TextDecoder().decode(body)}` : target.query;
    let query: URLSearchParams | undefined;
    const response = await options.answer({
      method: incoming.method ?? 'GET',
      path: target.path,
      queryText,
      get query() {
        query ??= new URLSearchParams(queryText);
        return query;
      },
      headers,
      body,
      signal: cancel.signal,
      remoteAddress: incoming.socket.remoteAddress ?? '',
    });
    await send(outgoing, headers, response);
  } catch (error) {
    const path = target?.path ?? '';
    if (error instanceof BodyError) {
      if (error.status === 408) {
        // The rest may never come: the answer is the last thing on this connection.
        outgoing.setHeader('connection', 'close');
        outgoing.once('finish', () => incoming.destroy());
      } else drain(incoming, limits);
      await send(outgoing, headers, options.refuse(path, headers, error.status, error.message));
      return;
    }
    options.onError(error, path);
    if (!outgoing.headersSent) await send(outgoing, headers, options.refuse(path, headers, 500, 'internal error'));
    else outgoing.destroy();
  }
}

async function serveUpgrade(
  connection: Pick<IncomingUpgrade, 'incoming' | 'socket' | 'head'>,
  upgrade: NonNullable<ListenOptions['upgrade']>,
  options: ListenOptions,
): Promise<void> {
  const { incoming, socket } = connection;
  const headers = flatHeaders(incoming);
  const path = incoming.url ?? '/';
  // A connection that breaks is closed, which is all there is to know of it.
  socket.on('error', () => socket.destroy());
  const gone = new AbortController();
  socket.once('close', () => gone.abort(new Error('client closed the connection')));
  try {
    const target = parseTarget(path);
    const refusal =
      target === null
        ? options.refuse(path, headers, 400, 'malformed request target')
        : await upgrade({
            ...connection,
            method: incoming.method ?? 'GET',
            path: target.path,
            query: new URLSearchParams(target.query),
            queryText: target.query,
            headers,
            body: new Uint8Array(0),
            signal: gone.signal,
            remoteAddress: incoming.socket.remoteAddress ?? '',
          });
    if (refusal !== undefined) sendRaw(socket, refusal);
  } catch (error) {
    options.onError(error, path);
    sendRaw(socket, options.refuse(path, headers, 500, 'internal error'));
  }
}

/** An answer on a connection that the HTTP server has let go of; the last thing on it. */
function sendRaw(socket: Duplex, { status, headers = {}, body = '' }: HttpResponse): void {
  const bytes = Buffer.from(body);
  const all = { ...headers, connection: 'close', 'content-length': String(bytes.length) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`);
  socket.end(bytes);
}

/** Splits and decodes the request target. A percent sign that survives decoding (double encoding) is refused. */
function parseTarget(url: string): { readonly path: string; readonly query: string } | null {
  const mark = url.indexOf('?');
  const rawPath = mark < 0 ? url : url.slice(0, mark);
  if (/%25/i.test(rawPath) && !/\/(values|label)\b/.test(rawPath)) return null;
  try {
    return { path: decodeURI(rawPath), query: mark < 0 ? '' : url.slice(mark + 1) };
  } catch {
    // decodeURI throws only on malformed percent encoding; null is answered with 400.
    return null;
  }
}

function flatHeaders(incoming: IncomingMessage): Readonly<Record<string, string>> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

function isForm(headers: Readonly<Record<string, string>>): boolean {
  return (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
}

function newBody(bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

/** Reads a body of bounded size, time and minimum rate. */
async function readBody(
  incoming: IncomingMessage,
  limits: HttpLimits,
  takeBody: (bytes: number) => Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(incoming.headers['content-length'] ?? 0);
  if (declared > limits.bodyBytes) {
    throw new BodyError(413, `request body of ${declared} bytes is larger than the limit of ${limits.bodyBytes} bytes`);
  }
  if (declared === 0 && incoming.headers['transfer-encoding'] === undefined) return new Uint8Array(0);
  let received = 0;
  const started = performance.now();
  const tooSlow = Promise.withResolvers<never>();
  // Nobody may be waiting any more when it is too late.
  tooSlow.promise.catch(() => undefined);
  const watch = setInterval(() => {
    const seconds = (performance.now() - started) / 1000;
    if (seconds > limits.bodyMs / 1000 || (seconds > 5 && received / seconds < limits.minBytesPerSecond)) {
      tooSlow.reject(new BodyError(408, 'request body came too slowly'));
    }
  }, 2_000);
  const chunks: Uint8Array[] = [];
  try {
    const parts: AsyncIterator<Uint8Array> = incoming.iterator({ destroyOnReturn: false });
    for (;;) {
      const { done, value: chunk } = await Promise.race([parts.next(), tooSlow.promise]);
      if (done === true) break;
      received += chunk.length;
      if (received > limits.bodyBytes) {
        // Lets go of the stream, so that the rest can be drained.
        await parts.return?.();
        throw new BodyError(413, `request body is larger than the limit of ${limits.bodyBytes} bytes`);
      }
      chunks.push(chunk);
    }
  } finally {
    clearInterval(watch);
  }
  // A copy of its own, so that its buffer can be transferred to a worker without taking a pooled slab with it.
  const body = takeBody(received);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

/**
 * Takes and drops the rest of a refused body: a client that still writes when we close never reads why, and sends it all
 * again. One that has no end is cut.
 */
function drain(incoming: IncomingMessage, limits: HttpLimits): void {
  let left = limits.bodyBytes * DRAIN_BODIES;
  const timer = setTimeout(() => incoming.destroy(), limits.headerMs);
  for (const over of ['end', 'close']) incoming.once(over, () => clearTimeout(timer));
  incoming.on('data', (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left < 0) incoming.destroy();
  });
}

async function send(
  outgoing: ServerResponse,
  requestHeaders: Readonly<Record<string, string>>,
  response: HttpResponse,
): Promise<void> {
  if (outgoing.destroyed) return;
  const headers: Record<string, string> = { ...response.headers };
  let body: Uint8Array | string | undefined = response.body;
  const type = headers['content-type'] ?? '';
  if (
    body !== undefined &&
    body.length > COMPRESS_ABOVE_BYTES &&
    COMPRESSIBLE.test(type) &&
    headers['content-encoding'] === undefined &&
    /\bgzip\b/.test(requestHeaders['accept-encoding'] ?? '')
  ) {
    body = await gzipAsync(body, { level: 1 });
    headers['content-encoding'] = 'gzip';
    headers.vary = 'accept-encoding';
  }
  const length = body === undefined ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  if (response.status !== 204 && response.status !== 304) headers['content-length'] = String(length);
  outgoing.writeHead(response.status, headers);
  outgoing.end(body);
}
