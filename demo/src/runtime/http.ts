import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { RequestContext, ServiceLog } from './log.ts';
import type { HttpMetrics, MetricsRegistry } from './metrics.ts';

/** HTTP between the services: small JSON messages, trace context carried by the instrumentation of node:http. */
type Http = typeof import('node:http');

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export type Handler = (body: Readonly<Record<string, unknown>>, context: RequestContext) => Promise<Reply> | Reply;

/** The other side did not answer in time. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

const MAX_BODY = 65_536;

/** node:http as the instrumentation has patched it: to be called after the SDK has started. */
export function instrumentedHttp(): Http {
  return createRequire(import.meta.url)('node:http');
}

async function readJson(message: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error('body too large');
    chunks.push(chunk);
  }
  return size === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

export interface ServerOptions {
  readonly http: Http;
  readonly port: number;
  readonly routes: Readonly<Record<string, Handler>>;
  readonly serviceLog: ServiceLog;
  readonly metrics: HttpMetrics;
  readonly registry: MetricsRegistry;
}

const header = (message: IncomingMessage, name: string): string => String(message.headers[name] ?? '');

function answer(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}

/** Serves routes named `METHOD /path`, `/metrics` among them. Resolves when the port is open. */
export function serve(options: ServerOptions): Promise<Server> {
  const { routes, serviceLog, metrics, registry } = options;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const method = request.method ?? 'GET';
    if (path === '/metrics') {
      answer(response, 200, await registry.metrics(), registry.contentType);
      return;
    }
    const started = performance.now();
    const span = trace.getActiveSpan();
    const context = { requestId: header(request, 'x-request-id'), userId: header(request, 'x-user-id') };
    span?.updateName(`${method} ${path}`);
    span?.setAttributes({ 'http.route': path, request_id: context.requestId, user_id: context.userId });
    const reply = await serviceLog.inRequest(context, () => route(`${method} ${path}`, request, context));
    if (reply.status >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    answer(response, reply.status, JSON.stringify(reply.body));
    metrics.observe(method, path, reply.status, (performance.now() - started) / 1000);
  };
  const route = async (name: string, request: IncomingMessage, context: RequestContext): Promise<Reply> => {
    const handler = Object.hasOwn(routes, name) ? routes[name] : undefined;
    if (handler === undefined) return { status: 404, body: { error: 'not_found' } };
    try {
      return await handler(await readJson(request), context);
    } catch (error) {
      trace.getActiveSpan()?.recordException(error as Error);
      serviceLog.log.error({ err: error }, `unhandled: ${(error as Error).message}`);
      return { status: 500, body: { error: 'internal' } };
    }
  };
  const listener: RequestListener = (request, response) => void handle(request, response);
  const server = options.http.createServer(listener);
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(options.port, '127.0.0.1', () => resolve(server));
  });
}

export interface CallOptions {
  readonly http: Http;
  readonly timeoutMs: number;
  readonly context: RequestContext;
}

/** Calls another service; throws TimeoutError when it does not answer in time. */
export function call(method: 'GET' | 'POST', url: string, body: unknown, options: CallOptions): Promise<Reply> {
  const { http, timeoutMs, context } = options;
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      {
        method,
        headers: { 'content-type': 'application/json', 'x-request-id': context.requestId, 'x-user-id': context.userId },
      },
      (message) => {
        readJson(message).then((answered) => resolve({ status: message.statusCode ?? 0, body: answered }), reject);
      },
    );
    request.setTimeout(timeoutMs, () => {
      request.destroy(new TimeoutError(`${new URL(url).pathname} did not answer within ${timeoutMs} ms`));
    });
    request.on('error', reject);
    request.end(method === 'GET' ? undefined : JSON.stringify(body));
  });
}

/** A field of an answer or request as text. */
export function field(body: unknown, name: string): string {
  if (typeof body !== 'object' || body === null) return '';
  const value: unknown = Reflect.get(body, name);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
