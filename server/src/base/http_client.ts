import { createHash, createPrivateKey, createSign, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { proxyOf } from './http_proxy.ts';
import type { HttpClientConfig, HttpTls, OAuth2Settings, ProxySettings, SecretSource } from './http_settings.ts';
import {
  createOutbound,
  type Outbound,
  OutboundError,
  type OutboundRequest,
  type OutboundResponse,
  type OutboundStream,
} from './outbound.ts';

/** An HTTP client as a section of the configuration describes it: authentication, TLS, proxy, headers. */
export interface HttpClient {
  /** Throws OutboundError. */
  send(url: string, request: OutboundRequest): Promise<OutboundResponse>;
  /** For answers that do not end. Throws OutboundError. */
  open(url: string, request: OutboundRequest): Promise<OutboundStream>;
  close(): void;
}

/** TLS files are looked at again this often, so that renewed certificates are used without a reload. */
const TLS_CHECK_MS = 60_000;
/** A token is asked for again this long before it ends (golang.org/x/oauth2, defaultExpiryDelta). */
const TOKEN_MARGIN_MS = 10_000;
const MAX_TOKEN_BYTES = 1024 * 1024;

/** The secret itself. Throws OutboundError or the file's own error. */
export async function secretText(source: SecretSource, directory: string): Promise<string> {
  if (source.kind === 'inline') return source.value.reveal();
  if (source.kind === 'file') return (await readFile(resolve(directory, source.path), 'utf8')).trim();
  throw new OutboundError('unreachable', `there is no secret manager to ask for ${JSON.stringify(source.name)}`);
}

/** Makes and renews the connections of a client. */
class Connections {
  readonly #tls: HttpTls;
  readonly #proxy: ProxySettings;
  readonly #directory: string;
  #outbound: Outbound | undefined;
  #fingerprint = '';
  #checkedMs = 0;

  constructor(tls: HttpTls, proxy: ProxySettings, directory: string) {
    this.#tls = tls;
    this.#proxy = proxy;
    this.#directory = directory;
  }

  async get(): Promise<Outbound> {
    const now = Date.now();
    if (this.#outbound !== undefined && now - this.#checkedMs < TLS_CHECK_MS) return this.#outbound;
    this.#checkedMs = now;
    const sources = [this.#tls.ca, this.#tls.cert, this.#tls.key];
    const [ca, cert, key] = await Promise.all(
      sources.map((source) => (source === undefined ? undefined : secretText(source, this.#directory))),
    );
    const fingerprint = createHash('sha256')
      .update(JSON.stringify([ca, cert, key]))
      .digest('hex');
    if (this.#outbound !== undefined && fingerprint === this.#fingerprint) return this.#outbound;
    const proxy = proxyOf(this.#proxy);
    const made = createOutbound({
      allowPrivate: true,
      tls: {
        rejectUnauthorized: !this.#tls.insecureSkipVerify,
        ...(this.#tls.serverName === '' ? {} : { servername: this.#tls.serverName }),
        ...(this.#tls.minVersion === undefined ? {} : { minVersion: this.#tls.minVersion }),
        ...(this.#tls.maxVersion === undefined ? {} : { maxVersion: this.#tls.maxVersion }),
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
      },
      ...(proxy === undefined ? {} : { proxy }),
    });
    this.#outbound?.close();
    this.#outbound = made;
    this.#fingerprint = fingerprint;
    return made;
  }

  close(): void {
    this.#outbound?.close();
  }
}

/** Gets and keeps the token of OAuth 2.0 client credentials (RFC 6749, 4.4) or a signed assertion (RFC 7523). */
class TokenSource {
  readonly #settings: OAuth2Settings;
  readonly #directory: string;
  readonly #connections: Connections;
  #header = '';
  #untilMs = 0;
  #secret = '';
  #asking: Promise<string> | undefined;

  constructor(settings: OAuth2Settings, directory: string) {
    this.#settings = settings;
    this.#directory = directory;
    this.#connections = new Connections(settings.tls, settings.proxy, directory);
  }

  async header(timeoutMs: number): Promise<string> {
    const { clientSecret } = this.#settings;
    const secret = clientSecret === undefined ? '' : await secretText(clientSecret, this.#directory);
    if (this.#header !== '' && Date.now() < this.#untilMs && secret === this.#secret) return this.#header;
    this.#asking ??= this.#ask(secret, timeoutMs).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** The server refused the token: the next request asks for another. */
  forget(): void {
    this.#header = '';
  }

  async #ask(secret: string, timeoutMs: number): Promise<string> {
    const { clientId, tokenUrl, scopes, endpointParams, grant } = this.#settings;
    const form = new URLSearchParams(endpointParams.map(([name, value]) => [name, value]));
    const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
    if (scopes.length > 0) form.set('scope', scopes.join(' '));
    if (grant === 'jwt-bearer') {
      form.set('grant_type', 'urn:ietf:params:oauth:grant-type:jwt-bearer');
      form.set('assertion', assertion(clientId, tokenUrl, scopes, secret));
    } else {
      form.set('grant_type', 'client_credentials');
      const user = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`;
      headers.authorization = `Basic ${Buffer.from(user).toString('base64')}`;
    }
    const outbound = await this.#connections.get();
    const request = { method: 'POST', headers, body: form.toString(), timeoutMs, maxBytes: MAX_TOKEN_BYTES } as const;
    const response = await outbound.send(tokenUrl, request);
    const token = tokenOf(response);
    this.#header = token.header;
    this.#secret = secret;
    this.#untilMs = token.lifetimeMs === undefined ? Infinity : Date.now() + token.lifetimeMs - TOKEN_MARGIN_MS;
    return token.header;
  }

  close(): void {
    this.#connections.close();
  }
}

function tokenOf({ status, body }: OutboundResponse): { header: string; lifetimeMs: number | undefined } {
  const failed = (why: string): OutboundError => new OutboundError('unreachable', `oauth2: cannot fetch token: ${why}`);
  if (status < 200 || status > 299) throw failed(`the token server answered ${status}`);
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch (error) {
    throw new OutboundError('unreachable', 'oauth2: cannot fetch token: the answer is no JSON', { cause: error });
  }
  if (typeof answer !== 'object' || answer === null) throw failed('the answer is no object');
  const { access_token: token, token_type: type, expires_in: seconds } = answer as Record<string, unknown>;
  if (typeof token !== 'string' || token === '') throw failed('server response missing access_token');
  const scheme = typeof type === 'string' && type !== '' && type.toLowerCase() !== 'bearer' ? type : 'Bearer';
  const lifetime = Number(seconds);
  return {
    header: `${scheme} ${token}`,
    lifetimeMs: seconds !== undefined && Number.isFinite(lifetime) && lifetime > 0 ? lifetime * 1000 : undefined,
  };
}

/** A JSON Web Token signed with RS256 that says who asks (RFC 7523, 3). */
function assertion(clientId: string, audience: string, scopes: readonly string[], key: string): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const scope = scopes.length === 0 ? {} : { scope: scopes.join(' ') };
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: audience,
    iat: now,
    exp: now + 3600,
    jti: randomUUID(),
    ...scope,
  };
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(createPrivateKey(key), 'base64url')}`;
}

/** Files the configuration names are relative to `directory`. Nothing is connected to before the first request. */
export function createHttpClient(config: HttpClientConfig, directory: string): HttpClient {
  const connections = new Connections(config.tls, config.proxy, directory);
  const tokens = config.auth.kind === 'oauth2' ? new TokenSource(config.auth, directory) : undefined;

  const headersFor = async (request: OutboundRequest): Promise<Record<string, string>> => {
    const headers: Record<string, string> = { ...request.headers };
    const values = new Map<string, string[]>();
    for (const [name, source] of config.headers) {
      const own = values.get(name.toLowerCase()) ?? [];
      values.set(name.toLowerCase(), [...own, await secretText(source, directory)]);
    }
    for (const [name, own] of values) headers[name] = own.join(', ');
    const { auth } = config;
    if (auth.kind === 'basic') {
      const [user, password] = [await secretText(auth.username, directory), await secretText(auth.password, directory)];
      headers.authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    } else if (auth.kind === 'header') {
      headers.authorization = `${auth.scheme} ${await secretText(auth.credentials, directory)}`;
    } else if (tokens !== undefined) headers.authorization = await tokens.header(request.timeoutMs);
    return headers;
  };

  const prepared = async (request: OutboundRequest): Promise<OutboundRequest> => ({
    ...request,
    headers: await headersFor(request),
    ...(config.followRedirects ? {} : { maxRedirects: 0 }),
  });

  return {
    async send(url, request) {
      const response = await (await connections.get()).send(url, await prepared(request));
      if (response.status === 401) tokens?.forget();
      return response;
    },
    async open(url, request) {
      return (await connections.get()).open(url, await prepared(request));
    },
    close() {
      connections.close();
      tokens?.close();
    },
  };
}
