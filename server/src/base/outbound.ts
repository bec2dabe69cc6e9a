import { type LookupAddress, lookup } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { forwardedRequest, TunnelAgents } from './proxy_tunnel.ts';
import { isSocks, SocksAgents } from './socks_agents.ts';

/**
 * The one way out over HTTP. Names are resolved once per connection and the socket goes to the address that was checked;
 * every redirect is checked again; credentials do not follow to another host; time and size are bounded.
 */
export interface OutboundRequest {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** For the whole exchange, ms. */
  readonly timeoutMs: number;
  /** Largest body taken, as it comes over the wire, bytes. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
  /** Default 10; 0 gives redirects back as they are. */
  readonly maxRedirects?: number;
  /** A redirect that would make a GET of it (301, 302, 303) is given back as it is: what was posted got nowhere. */
  readonly keepMethod?: boolean;
}

export interface OutboundResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it came: a `content-encoding` is not undone. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Where the answer came from, after redirects. */
  readonly url: string;
}

export interface OutboundStream {
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array>;
  close(): void;
}

/**
 * Why there is no answer. `blocked`: the address may not be asked; `timeout`, `too-large`: a bound was reached;
 * `unreachable`: name, connection or protocol failed; `aborted`: the caller's signal.
 */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  readonly kind: 'blocked' | 'timeout' | 'too-large' | 'unreachable' | 'aborted';
  constructor(kind: OutboundError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export interface TlsSettings {
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly minVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
}

export interface OutboundOptions {
  /** Loopback and private networks may be asked: for addresses out of the operator's own configuration only. */
  readonly allowPrivate: boolean;
  readonly tls?: TlsSettings;
  readonly userAgent?: string;
  /** Asked through this proxy where `via` gives its address. The proxy resolves names itself. */
  readonly proxy?: OutboundProxy;
}

/** An HTTP or SOCKS proxy, as its operator configured it. */
export interface OutboundProxy {
  /** The proxy for a URL, or undefined to ask directly. */
  readonly via: (url: URL) => URL | undefined;
  /** Sent with CONNECT. */
  readonly connectHeaders?: Readonly<Record<string, string>>;
}

export interface Outbound {
  /** Throws OutboundError; any status is an answer. */
  send(url: string, request: OutboundRequest): Promise<OutboundResponse>;
  /**
   * Asks and gives the body as it arrives, for answers that do not end. `timeoutMs` bounds the wait for the head only and
   * `maxBytes` does not count. Throws OutboundError; the stream fails with the socket's own errors.
   */
  open(url: string, request: OutboundRequest): Promise<OutboundStream>;
  /** Closes idle connections. */
  close(): void;
}

const MAX_REDIRECTS = 10;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const CREDENTIALS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'www-authenticate',
]);

/** Not the public internet: RFC 6890 and its IPv6 counterpart, with the forms that carry an IPv4 address inside. */
function privateNetworks(): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ] as const) {
    list.addSubnet(net, prefix, 'ipv4');
  }
  for (const [net, prefix] of [
    ['::', 96],
    ['64:ff9b::', 96],
    ['64:ff9b:1::', 48],
    ['100::', 64],
    ['2001::', 32],
    ['2001:db8::', 32],
    ['2002::', 16],
    ['fc00::', 7],
    ['fe80::', 10],
    ['ff00::', 8],
  ] as const) {
    list.addSubnet(net, prefix, 'ipv6');
  }
  return list;
}

const PRIVATE = privateNetworks();

/** Whether an address literal belongs to a loopback, private, link-local or otherwise special network. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return PRIVATE.check(address, 'ipv4');
  // BlockList compares IPv4-mapped addresses (::ffff:0:0/96) with the IPv4 rules by itself.
  return family !== 6 || PRIVATE.check(address, 'ipv6');
}

/** A `lookup` for sockets that fails when any address of the name is not allowed. */
function checkedLookup(allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, '', 0);
      const refused = allowPrivate ? undefined : addresses.find(({ address }) => isPrivateAddress(address));
      if (refused !== undefined) {
        return callback(
          new OutboundError('blocked', `${hostname} resolves to ${refused.address}, which may not be asked`),
          '',
          0,
        );
      }
      if (options.all === true) return callback(null, addresses);
      const first = addresses[0];
      if (first === undefined) return callback(new Error(`${hostname} has no address`), '', 0);
      return callback(null, first.address, first.family);
    });
  };
}

function checkedUrl(text: string, base: string | undefined, allowPrivate: boolean): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch (error) {
    throw new OutboundError('blocked', `${JSON.stringify(text.slice(0, 200))} is not a URL`, { cause: error });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new OutboundError('blocked', `only http and https may be asked, not ${url.protocol.slice(0, 32)}`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Address literals never come to the lookup.
  if (!allowPrivate && isIP(host) !== 0 && isPrivateAddress(host)) {
    throw new OutboundError('blocked', `${host} may not be asked`);
  }
  return url;
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.has(name.toLowerCase())));
}

function readBody(message: IncomingMessage, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        reject(new OutboundError('too-large', `the answer is larger than ${maxBytes} bytes`));
        message.destroy();
        return;
      }
      chunks.push(chunk);
    });
    message.on('end', () => {
      const body = new Uint8Array(size);
      let at = 0;
      for (const chunk of chunks) {
        body.set(chunk, at);
        at += chunk.length;
      }
      resolve(body);
    });
    message.on('error', reject);
    message.on('aborted', () => reject(new Error('the connection closed before the end of the answer')));
  });
}

function flatHeaders(message: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

function asOutboundError(error: unknown, signal: AbortSignal, deadline: AbortSignal, timeoutMs: number): OutboundError {
  if (error instanceof OutboundError) return error;
  if (error instanceof Error && error.cause instanceof OutboundError) return error.cause;
  if (deadline.aborted) return new OutboundError('timeout', `no answer within ${timeoutMs} ms`, { cause: error });
  if (signal.aborted) return new OutboundError('aborted', 'given up by the caller', { cause: error });
  // A refused connection to a name with two addresses arrives as an AggregateError without a message.
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  const message = inner instanceof Error ? inner.message : String(inner);
  return new OutboundError('unreachable', message, { cause: error });
}

/** A client with its own connections, kept alive between requests. */
export function createOutbound(options: OutboundOptions): Outbound {
  const { allowPrivate } = options;
  const agentOptions = { keepAlive: true, maxFreeSockets: 64, timeout: 60_000, lookup: checkedLookup(allowPrivate) };
  const httpAgent = new HttpAgent(agentOptions);
  const httpsAgent = new HttpsAgent({ ...agentOptions, ...options.tls });
  const proxied = { ...options.tls, keepAlive: true, timeout: 60_000 };
  const tunnels = new TunnelAgents(proxied, options.proxy?.connectHeaders);
  const socks = new SocksAgents(proxied);
  const agentOf = (secure: boolean, proxy: URL | undefined): HttpAgent => {
    if (proxy !== undefined && isSocks(proxy)) return socks.of(proxy, secure);
    if (!secure) return httpAgent;
    return proxy === undefined ? httpsAgent : tunnels.of(proxy);
  };

  const once = (url: URL, request: OutboundRequest, headers: Readonly<Record<string, string>>, signal: AbortSignal) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const secure = url.protocol === 'https:';
      const proxy = options.proxy?.via(url);
      const settings: RequestOptions = {
        method: request.method ?? 'GET',
        headers: { 'user-agent': options.userAgent ?? 'trilith', ...headers },
        agent: agentOf(secure, proxy),
        signal,
      };
      const outgoing =
        !secure && proxy !== undefined && !isSocks(proxy)
          ? forwardedRequest(url, proxy, settings, httpAgent, httpsAgent, resolve)
          : secure
            ? httpsRequest(url, settings, resolve)
            : httpRequest(url, settings, resolve);
      outgoing.on('error', reject);
      outgoing.end(request.body);
    });

  const follow = async (first: string, request: OutboundRequest, signal: AbortSignal): Promise<OutboundResponse> => {
    let url = checkedUrl(first, undefined, allowPrivate);
    let headers = request.headers ?? {};
    let current = request;
    for (let redirects = 0; ; redirects++) {
      const message = await once(url, current, headers, signal);
      const status = message.statusCode ?? 0;
      const { location } = message.headers;
      const limit = request.maxRedirects ?? MAX_REDIRECTS;
      const becomesGet = status === 303 || (status < 303 && current.method === 'POST');
      const isKept = becomesGet && request.keepMethod === true;
      if (!REDIRECTS.has(status) || location === undefined || limit === 0 || isKept) {
        return {
          status,
          headers: flatHeaders(message),
          body: await readBody(message, request.maxBytes),
          url: url.href,
        };
      }
      message.resume();
      if (redirects >= limit) throw new OutboundError('unreachable', `more than ${limit} redirects`);
      const next = checkedUrl(location, url.href, allowPrivate);
      if (next.host !== url.host || (url.protocol === 'https:' && next.protocol === 'http:'))
        headers = withoutCredentials(headers);
      if (becomesGet) {
        const { body: _, ...rest } = current;
        current = { ...rest, method: 'GET' };
      }
      url = next;
    }
  };

  return {
    async send(url, request) {
      const deadline = AbortSignal.timeout(request.timeoutMs);
      const signal = request.signal ?? new AbortController().signal;
      try {
        return await follow(url, request, AbortSignal.any([deadline, signal]));
      } catch (error) {
        throw asOutboundError(error, signal, deadline, request.timeoutMs);
      }
    },
    async open(url, request) {
      const signal = request.signal ?? new AbortController().signal;
      const head = new AbortController();
      const timer = setTimeout(() => head.abort(), request.timeoutMs);
      try {
        const target = checkedUrl(url, undefined, allowPrivate);
        const message = await once(target, request, request.headers ?? {}, AbortSignal.any([head.signal, signal]));
        return { status: message.statusCode ?? 0, body: message, close: () => message.destroy() };
      } catch (error) {
        throw asOutboundError(error, signal, head.signal, request.timeoutMs);
      } finally {
        clearTimeout(timer);
      }
    },
    close() {
      tunnels.close();
      socks.close();
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}
