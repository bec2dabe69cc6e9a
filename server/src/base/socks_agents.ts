import { Agent as HttpAgent } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import { SocksClient } from 'socks';

/** What node's agents are asked to connect to. */
interface Target {
  readonly host?: string | null;
  readonly port?: number | string | null;
  readonly servername?: string;
}
type Connected = (error: Error | null, stream: Duplex) => void;

const CONNECT_TIMEOUT_MS = 30_000;

/** Whether a proxy's address is one of SOCKS; the proxy resolves names, as Go's client has it. */
export function isSocks(proxy: URL): boolean {
  return proxy.protocol === 'socks5:' || proxy.protocol === 'socks5h:';
}

/** A connection to `target` that the proxy made (RFC 1928; user name and password: RFC 1929). */
async function connectThrough(proxy: URL, { host, port }: Target): Promise<Socket> {
  const { socket } = await SocksClient.createConnection({
    proxy: {
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: Number(proxy.port) || 1080,
      type: 5,
      ...(proxy.username === ''
        ? {}
        : { userId: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password) }),
    },
    command: 'connect',
    destination: { host: host ?? '', port: Number(port) },
    timeout: CONNECT_TIMEOUT_MS,
  });
  return socket;
}

class SocksAgent extends HttpAgent {
  readonly #proxy: URL;

  constructor(proxy: URL, settings: AgentOptions) {
    super(settings);
    this.#proxy = proxy;
  }

  override createConnection(target: Target, callback?: Connected): undefined {
    const done = callback as (error: Error | null, stream?: Duplex) => void;
    connectThrough(this.#proxy, target).then((socket) => done(null, socket), done);
  }
}

class SecureSocksAgent extends HttpsAgent {
  readonly #proxy: URL;
  readonly #settings: AgentOptions;

  constructor(proxy: URL, settings: AgentOptions) {
    super(settings);
    this.#proxy = proxy;
    this.#settings = settings;
  }

  override createConnection(target: Target, callback?: Connected): undefined {
    const done = callback as (error: Error | null, stream?: Duplex) => void;
    const { keepAlive: _, timeout: __, ...tls } = this.#settings;
    connectThrough(this.#proxy, target).then((socket) => {
      const secured = tlsConnect({ servername: target.servername ?? target.host ?? '', ...tls, socket });
      secured.once('secureConnect', () => done(null, secured));
      secured.once('error', done);
    }, done);
  }
}

/** Two agents for each SOCKS proxy, so that connections are used again. */
export class SocksAgents {
  readonly #agents = new Map<string, { readonly plain: HttpAgent; readonly secure: HttpsAgent }>();
  readonly #settings: AgentOptions;

  constructor(settings: AgentOptions) {
    this.#settings = settings;
  }

  of(proxy: URL, secure: boolean): HttpAgent {
    let agents = this.#agents.get(proxy.href);
    if (agents === undefined) {
      agents = { plain: new SocksAgent(proxy, this.#settings), secure: new SecureSocksAgent(proxy, this.#settings) };
      this.#agents.set(proxy.href, agents);
    }
    return secure ? agents.secure : agents.plain;
  }

  close(): void {
    for (const { plain, secure } of this.#agents.values()) {
      plain.destroy();
      secure.destroy();
    }
  }
}
