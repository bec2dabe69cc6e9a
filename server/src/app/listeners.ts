import { type HttpListener, type IncomingHttp, type ListenOptions, listen } from '../base/http_server.ts';
import type { Telemetry } from '../base/telemetry/telemetry.ts';
import type { IngestLimits } from '../ingest/index.ts';
import { type Config, splitAddress } from './config.ts';
import { refusal } from './refusals.ts';

/** Where Grafana asks Tempo over gRPC too, on the port it knows from the data source's address. */
const TEMPO_PORT = 3200;

/**
 * The listeners that `--compat-ports` opens: the port a product is known by, and the prefix its paths have here, in front of
 * `/api/…` only or of every path.
 */
const COMPAT_PORTS: readonly (readonly [port: number, prefix: string, of?: 'every path'])[] = [
  [9090, '/prometheus'],
  [9093, '/alertmanager'],
  [3100, ''],
  [TEMPO_PORT, '/tempo'],
  [5778, '/jaeger', 'every path'],
  [9200, '/elasticsearch', 'every path'],
  [9411, '/zipkin'],
  [14268, '/jaeger'],
  [16686, '/jaeger'],
];

/** An open address and what it is for. */
export interface OpenListener {
  readonly role: 'main' | 'otlp' | 'compat';
  readonly url: string;
  readonly listener: HttpListener;
}

/** Opens the main address, and the others when they are free: a taken 4318 is no reason not to start, but is said. */
export async function openListeners(
  config: Config,
  { answer, upgrade, http2 }: Pick<ListenOptions, 'answer' | 'upgrade' | 'http2'>,
  limits: IngestLimits,
  { log }: Telemetry,
  takeBody: (bytes: number) => Uint8Array<ArrayBuffer>,
): Promise<OpenListener[]> {
  const open = async (
    role: OpenListener['role'],
    address: string,
    prefix: string,
    of?: 'every path',
  ): Promise<OpenListener> => {
    const { host, port } = splitAddress(address);
    const listener = await listen({
      host,
      port,
      limits: { bodyBytes: limits.bodyBytes },
      takeBody,
      answer: prefix === '' ? answer : (request) => answer(withPrefix(request, prefix, of)),
      ...(upgrade === undefined ? {} : { upgrade }),
      ...(http2 === undefined || port !== TEMPO_PORT ? {} : { http2 }),
      refuse: (path, headers, status, message) => refusal(path, status, message, undefined, headers),
      onError: (error, path) => log.limited('ERROR', 'http', 10, 'a request failed', { path, error }),
    });
    const shown = host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host;
    return { role, url: `http://${shown}:${listener.port}`, listener };
  };
  const optional = async (...[role, address, prefix, of]: Parameters<typeof open>): Promise<OpenListener[]> => {
    try {
      return [await open(role, address, prefix, of)];
    } catch (error) {
      log.warn(`${address} could not be opened; the same paths answer on the main address`, {
        code: (error as NodeJS.ErrnoException).code,
      });
      return [];
    }
  };
  const main = await open('main', config.listen, '');
  const { host } = splitAddress(config.listen);
  const otlp = config.otlp_listen === 'off' ? [] : await optional('otlp', config.otlp_listen, '');
  const compat = config.compat_ports
    ? await Promise.all(COMPAT_PORTS.map(([port, prefix, of]) => optional('compat', `${host}:${port}`, prefix, of)))
    : [];
  return [main, ...otlp, ...compat.flat()];
}

function withPrefix(request: IncomingHttp, prefix: string, of: 'every path' | undefined): IncomingHttp {
  const { path } = request;
  const needed = !path.startsWith(`${prefix}/`) && (of === 'every path' || path.startsWith('/api/'));
  return needed ? { ...request, path: `${prefix}${path}` } : request;
}
