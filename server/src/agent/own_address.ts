import type { HttpResponse } from '../base/http.ts';
import { type IncomingHttp, listen } from '../base/http_server.ts';
import type { Telemetry } from '../base/telemetry/telemetry.ts';

/** The address the agent itself can be asked at. */
export interface OwnAddress {
  /** Empty when it is switched off. */
  readonly url: string;
  close(): Promise<void>;
}

const CLOSE_MS = 1_000;
const METRICS_TYPE = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };

/**
 * Opens /livez, /metrics and what `more` adds, by path.
 * @param address `host:port` or `off`
 */
export async function openOwnAddress(
  address: string,
  { metrics, log }: Telemetry,
  more: Readonly<Record<string, () => Promise<string>>> = {},
): Promise<OwnAddress> {
  if (address === 'off') return { url: '', close: async () => undefined };
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '') || '0.0.0.0';
  const answer = async ({ method, path }: IncomingHttp): Promise<HttpResponse> => {
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: 'only GET\n' };
    if (path === '/livez') return { status: 200, body: 'ok\n' };
    if (path === '/metrics') return { status: 200, headers: METRICS_TYPE, body: metrics.render() };
    const page = Object.hasOwn(more, path) ? more[path] : undefined;
    if (page === undefined) return { status: 404, body: 'not found; here are /livez and /metrics\n' };
    return { status: 200, headers: METRICS_TYPE, body: await page() };
  };
  const listener = await listen({
    host,
    port: Number(address.slice(colon + 1)),
    limits: { bodyBytes: 1024, connections: 64 },
    answer,
    refuse: (_path, _headers, status, message) => ({ status, body: `${message}\n` }),
    onError: (error, path) => log.limited('ERROR', 'http', 60, 'a request failed', { path, error }),
  });
  const shown = host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host;
  return { url: `http://${shown}:${listener.port}`, close: () => listener.close(CLOSE_MS) };
}
