import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { portOf, type ServiceName, urlOf } from '../topology.ts';
import { call, type Handler, instrumentedHttp, type Reply, serve } from './http.ts';
import { createLog, type Log, type RequestContext } from './log.ts';
import { createHttpMetrics, createRegistry, type MetricsRegistry } from './metrics.ts';
import { createRandom, type Random } from './random.ts';
import { type ActiveFaults, followFaults, type ServiceSettings } from './settings.ts';
import { identityOf, startTelemetry } from './telemetry.ts';

/** What the code of a service works with. */
export interface ServiceKit {
  readonly settings: ServiceSettings;
  readonly log: Log;
  readonly random: Random;
  readonly faults: ActiveFaults;
  readonly registry: MetricsRegistry;
  readonly inRequest: <Result>(context: RequestContext, fn: () => Result) => Result;
  /** Work that takes this long. */
  readonly work: (milliseconds: number) => Promise<void>;
  readonly post: (
    service: ServiceName,
    path: string,
    body: unknown,
    context: RequestContext,
    timeoutMs: number,
  ) => Promise<Reply>;
  readonly get: (service: ServiceName, path: string, context: RequestContext, timeoutMs: number) => Promise<Reply>;
  /** Runs until the process stops; never two at once. */
  readonly every: (milliseconds: number, fn: () => Promise<void> | void) => void;
}

export interface ServiceCode {
  readonly routes: Readonly<Record<string, Handler>>;
}

/** Services that also say what the exporter of their database or broker would. */
const EXPORTERS: ReadonlySet<ServiceName> = new Set(['fraud-consumer', 'ledger', 'notifications']);

/** Runs one service in this process: telemetry first, then its code, then its port; stops on SIGTERM or a lost parent. */
export async function runService(settings: ServiceSettings, code: (kit: ServiceKit) => ServiceCode): Promise<void> {
  const identity = identityOf(settings.service);
  const stopTelemetry = startTelemetry(identity, settings.trilithUrl);
  const http = instrumentedHttp();
  const serviceLog = createLog(settings, identity);
  const registry = createRegistry(EXPORTERS.has(settings.service) ? 'text' : 'openmetrics');
  const timers: NodeJS.Timeout[] = [];
  const request =
    (method: 'GET' | 'POST') =>
    (service: ServiceName, path: string, body: unknown, context: RequestContext, timeoutMs: number) =>
      call(method, `${urlOf(service, settings.basePort)}${path}`, body, { http, timeoutMs, context });
  const kit: ServiceKit = {
    settings,
    log: serviceLog.log,
    random: createRandom(settings.seed + portOf(settings.service, 0)),
    faults: followFaults(settings.faults),
    registry,
    inRequest: serviceLog.inRequest,
    work: (milliseconds) => delay(milliseconds),
    post: request('POST'),
    get: (service, path, context, timeoutMs) => request('GET')(service, path, undefined, context, timeoutMs),
    every(milliseconds, fn) {
      let busy = false;
      const turn = async (): Promise<void> => {
        if (busy) return;
        busy = true;
        try {
          await fn();
        } catch (error) {
          serviceLog.log.error({ err: error }, `background work failed: ${(error as Error).message}`);
        } finally {
          busy = false;
        }
      };
      timers.push(setInterval(() => void turn(), milliseconds));
    },
  };
  const { routes } = code(kit);
  const metrics = createHttpMetrics(
    registry,
    Object.keys(routes).map((route) => route.split(' ')[1] ?? ''),
  );
  const server = await serve({
    http,
    port: portOf(settings.service, settings.basePort),
    routes,
    serviceLog,
    metrics,
    registry,
  });
  serviceLog.log.info(
    { port: portOf(settings.service, settings.basePort), release: identity.version },
    `${settings.service} started`,
  );
  process.send?.({ started: settings.service });
  stopOnSignal(server, timers, async () => {
    await serviceLog.close();
    await stopTelemetry();
  });
}

/** How long the last batches may take to leave before the process goes anyway. */
const GOODBYE_MS = 3_000;

function stopOnSignal(server: Server, timers: readonly NodeJS.Timeout[], flush: () => Promise<void>): void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    for (const timer of timers) clearInterval(timer);
    server.close();
    server.closeAllConnections();
    await Promise.race([flush().catch(() => undefined), delay(GOODBYE_MS)]);
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('disconnect', () => void stop());
  // Ctrl-C reaches the whole group; the parent decides when the services go.
  process.on('SIGINT', () => undefined);
}
