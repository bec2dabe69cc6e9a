import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as SecureAgent } from 'node:https';
import { SECRET_HEADER } from './embedded/config.ts';
import { cancelledError, connectionError, engineError } from './errors.ts';
import { StoreError } from './types.ts';

/** Where the engine is and as whom to speak to it. Plain data: it travels to worker threads as it is. */
export interface Connection {
  /** `http://host:port` or https. */
  readonly url: string;
  /** Further servers of a cluster; the next one is used when one does not answer. */
  readonly others?: readonly string[];
  readonly user: string;
  readonly password: string;
  /** The header value an embedded engine requires. */
  readonly secret?: string;
  /** Connections held at once; default 16. */
  readonly connections?: number;
}

/** One request: parameters of the URL, and the body in pieces. */
export interface Exchange {
  readonly parameters: ReadonlyMap<string, string>;
  readonly body: readonly Uint8Array[];
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  readonly use: 'read' | 'write';
  /** Longest silence on the connection, ms. */
  readonly idleMs: number;
}

export interface Transport {
  /** Resolves with a response of status 200, its body unread. Throws StoreError. */
  send(exchange: Exchange): Promise<IncomingMessage>;
  close(): void;
}

const MAX_ERROR_BYTES = 64 * 1024;

/** Pools of kept-alive connections, one a server. */
export function createTransport(connection: Connection): Transport {
  const transports = [connection.url, ...(connection.others ?? [])].map((url) => transportTo(url, connection));
  const [only] = transports;
  if (only !== undefined && transports.length === 1) return only;
  let current = 0;
  return {
    async send(exchange) {
      for (let attempt = 1; ; attempt++) {
        const index = current;
        try {
          return await (transports[index] as Transport).send(exchange);
        } catch (error) {
          if (!(error instanceof StoreError) || error.kind !== 'unavailable' || error.code !== 0) throw error;
          if (current === index) current = (current + 1) % transports.length;
          // Whether a write arrived is unknown: its sender looks before it sends again.
          if (exchange.use === 'write' || attempt >= transports.length) throw error;
        }
      }
    },
    close() {
      for (const transport of transports) transport.close();
    },
  };
}

function transportTo(url: string, connection: Connection): Transport {
  const base = new URL(url);
  const secure = base.protocol === 'https:';
  const options = { keepAlive: true, maxSockets: connection.connections ?? 16, scheduling: 'lifo' as const };
  const agent = secure ? new SecureAgent(options) : new Agent(options);
  const headers: Record<string, string> = {
    'x-clickhouse-user': connection.user,
    'x-clickhouse-key': connection.password,
    ...(connection.secret === undefined ? {} : { [SECRET_HEADER]: connection.secret }),
  };

  const once = (exchange: Exchange): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const query = new URLSearchParams([...exchange.parameters]).toString();
      let length = 0;
      for (const piece of exchange.body) length += piece.length;
      const request = (secure ? httpsRequest : httpRequest)({
        agent,
        hostname: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port === '' ? (secure ? 443 : 80) : Number(base.port),
        method: 'POST',
        path: `/?${query}`,
        headers: {
          ...headers,
          'content-length': String(length),
          ...(exchange.contentType === undefined ? {} : { 'content-type': exchange.contentType }),
        },
        ...(exchange.signal === undefined ? {} : { signal: exchange.signal }),
      });
      request.setTimeout(exchange.idleMs, () => request.destroy(new Error(`no answer in ${exchange.idleMs} ms`)));
      request.once('response', resolve);
      request.once('error', (error) => reject(new RequestFailure(error, request.reusedSocket)));
      sendBody(request, exchange.body);
    });

  const send = async (exchange: Exchange, retried: boolean): Promise<IncomingMessage> => {
    if (wasAborted(exchange.signal)) throw cancelledError(exchange.signal?.reason);
    let response: IncomingMessage;
    try {
      response = await once(exchange);
    } catch (error) {
      if (wasAborted(exchange.signal)) throw cancelledError(error);
      // A kept-alive connection the server had just closed: nothing was asked yet. Reads may ask again.
      const stale = error instanceof RequestFailure && error.reusedSocket;
      if (stale && !retried && exchange.use === 'read') return send(exchange, true);
      throw connectionError(error instanceof RequestFailure ? error.cause : error);
    }
    if (response.statusCode === 200) return response;
    throw engineError(await errorText(response), exchange.use);
  };

  return { send: (exchange) => send(exchange, false), close: () => agent.destroy() };
}

/** A function, because the signal changes while we wait and the compiler would not believe it. */
function wasAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

class RequestFailure extends Error {
  readonly reusedSocket: boolean;
  constructor(cause: Error, reusedSocket: boolean) {
    super(cause.message, { cause });
    this.reusedSocket = reusedSocket;
  }
}

/** Writes piece after piece, waiting for the socket where it asks to. */
function sendBody(request: ClientRequest, body: readonly Uint8Array[]): void {
  let next = 0;
  const pump = (): void => {
    while (next < body.length) {
      const piece = body[next++] as Uint8Array;
      if (!request.write(piece) && next < body.length) {
        request.once('drain', pump);
        return;
      }
    }
    request.end();
  };
  pump();
}

async function errorText(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of response) {
      if (length < MAX_ERROR_BYTES) pieces.push(piece as Buffer);
      length += (piece as Buffer).length;
    }
  } catch {
    // The connection broke while the error was read: what came of it still tells the code.
  }
  const code = response.headers['x-clickhouse-exception-code'];
  const text = Buffer.concat(pieces).toString('utf8');
  if (/Code: \d+/.test(text)) return text;
  return code === undefined ? `HTTP status ${response.statusCode}: ${text}` : `Code: ${String(code)}. ${text}`;
}
