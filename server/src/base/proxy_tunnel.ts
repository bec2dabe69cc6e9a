import {
  type ClientRequest,
  type Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { type AgentOptions, Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';

/** Asking through an HTTP proxy: absolute targets for http, a CONNECT tunnel for https (RFC 9110, 9.3.6; RFC 9112, 3.2.2). */
function authorizationOf(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {};
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` };
}

const portOf = (url: URL): number => Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** A request for an http URL, given to the proxy. */
export function forwardedRequest(
  url: URL,
  proxy: URL,
  settings: RequestOptions,
  plain: HttpAgent,
  secure: HttpsAgent,
  answered: (message: IncomingMessage) => void,
): ClientRequest {
  const through = proxy.protocol === 'https:';
  const options = {
    ...settings,
    host: hostOf(proxy),
    port: portOf(proxy),
    path: url.href,
    headers: { host: url.host, ...(settings.headers as Record<string, string>), ...authorizationOf(proxy) },
    agent: through ? secure : plain,
  };
  return through ? httpsRequest(options, answered) : httpRequest(options, answered);
}

/** What node:https gives its agents to connect with. */
interface ConnectOptions {
  readonly host?: string;
  readonly port?: number | string;
  readonly servername?: string;
}

class TunnelAgent extends HttpsAgent {
  readonly #proxy: URL;
  readonly #settings: AgentOptions;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(proxy: URL, settings: AgentOptions, headers: Readonly<Record<string, string>>) {
    super(settings);
    this.#proxy = proxy;
    this.#settings = settings;
    this.#headers = headers;
  }

  override createConnection(
    options: ConnectOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const { host = '', port = 443 } = options;
    const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const proxy = this.#proxy;
    const ask = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
    const done = callback as unknown as (error: Error | null, stream?: Duplex) => void;
    const tunnel = ask({
      host: hostOf(proxy),
      port: portOf(proxy),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...this.#headers, ...authorizationOf(proxy) },
      agent: false,
    });
    tunnel.once('connect', (response: IncomingMessage, socket: Socket) => {
      if (response.statusCode !== 200) {
        socket.destroy();
        done(new Error(`the proxy ${proxy.host} answered CONNECT with ${response.statusCode}`));
        return;
      }
      const { keepAlive: _, timeout: __, ...tls } = this.#settings;
      const secured = tlsConnect({ servername: options.servername ?? host, ...tls, socket });
      secured.once('secureConnect', () => done(null, secured));
      secured.once('error', (error) => done(error));
    });
    tunnel.once('error', (error) => done(error));
    tunnel.end();
    return undefined;
  }
}

/** One agent for each proxy, so that tunnels are used again. */
export class TunnelAgents {
  readonly #agents = new Map<string, TunnelAgent>();
  readonly #settings: AgentOptions;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(settings: AgentOptions, headers: Readonly<Record<string, string>> = {}) {
    this.#settings = settings;
    this.#headers = headers;
  }

  of(proxy: URL): HttpsAgent {
    const key = proxy.href;
    let agent = this.#agents.get(key);
    if (agent === undefined) {
      agent = new TunnelAgent(proxy, this.#settings, this.#headers);
      this.#agents.set(key, agent);
    }
    return agent;
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }
}
