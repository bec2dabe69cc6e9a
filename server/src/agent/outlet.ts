import { readFile } from 'node:fs/promises';
import { diskFiles } from '../base/files.ts';
import { createOutbound, type Outbound } from '../base/outbound.ts';
import { Secret } from '../base/secret.ts';
import type { Telemetry } from '../base/telemetry/telemetry.ts';
import type { AgentConfig } from './config.ts';
import { DeliveryQueue, type DeliveryQueueOptions } from './delivery_queue.ts';
import { Shipper, type ShipperOptions, shipperTelemetry } from './shipper.ts';

const MIB = 1024 * 1024;
const SEGMENT_BYTES = 8 * MIB;
/** On stop, what was just read is sent if the server takes it within this time, ms; else it waits on disk. */
const FAREWELL_MS = 3_000;

/** What a signal's queue and its way to the server are made of. */
export interface OutletOptions extends Pick<ShipperOptions, 'signal' | 'headers'> {
  /** Path of the endpoint. */
  readonly path: string;
  readonly directory: string;
  readonly maxMib: number;
  readonly onFound: DeliveryQueueOptions['onFound'];
  readonly beforeRemoval: DeliveryQueueOptions['beforeRemoval'];
}

/** A queue that is being emptied. */
export interface Outlet {
  readonly queue: DeliveryQueue;
  /** Sends what there is if that is quick, and leaves the rest on disk. */
  stop(): Promise<void>;
}

/** The server, and how to speak to it. */
export interface Outlets {
  open(options: OutletOptions): Promise<Outlet>;
  close(): void;
}

/** @param onFatal called when a queue cannot be written any more */
export async function createOutlets(
  { server }: AgentConfig,
  { log, metrics }: Telemetry,
  version: string,
  onFatal: () => void,
): Promise<Outlets> {
  const ca = server.ca_file === undefined ? {} : { ca: await readFile(server.ca_file, 'utf8') };
  const outbound: Outbound = createOutbound({
    allowPrivate: true,
    userAgent: `trilith-agent/${version}`,
    tls: { rejectUnauthorized: !server.insecure_skip_verify, ...ca },
  });
  const telemetry = shipperTelemetry(metrics);
  const queues = new Map<string, DeliveryQueue>();
  metrics.observedRows(
    'gauge',
    'trilith_agent_queue_bytes',
    'Bytes on disk the server has not got.',
    { signal: ['logs', 'metrics'] },
    () =>
      [...queues].map(([signal, { bytes }]) => [{ signal: signal === 'logs' ? 'logs' : 'metrics' }, bytes] as const),
  );
  return {
    async open({ signal, headers, path, directory, maxMib, onFound, beforeRemoval }) {
      const queue = await DeliveryQueue.open({
        files: diskFiles,
        directory,
        maxBytes: maxMib * MIB,
        segmentBytes: SEGMENT_BYTES,
        log,
        now: Date.now,
        onFound,
        beforeRemoval,
        onPoison(error) {
          log.fatal('the queue cannot be written any more; start the agent again', { signal, error });
          onFatal();
        },
      });
      await queue.sweep();
      queues.set(signal, queue);
      const url = `${server.url.replace(/\/+$/, '')}${path}`;
      const shipper = new Shipper({ signal, queue, outbound, url, headers, key: () => keyOf(server), log, telemetry });
      return {
        queue,
        async stop() {
          await farewell(queue, shipper);
          await shipper.stop();
        },
      };
    },
    close: () => outbound.close(),
  };
}

/** Waits for the queue to run empty, as long as the server answers and not for long. */
async function farewell(queue: DeliveryQueue, shipper: Shipper): Promise<void> {
  const late = AbortSignal.timeout(FAREWELL_MS);
  const tooLate = new Promise<void>((done) => late.addEventListener('abort', () => done(), { once: true }));
  while (queue.entries > 0 && shipper.reachable && !late.aborted) await Promise.race([queue.changed, tooLate]);
}

/** The key as it is now: a mounted secret changes while the agent runs. */
async function keyOf(server: AgentConfig['server']): Promise<Secret | undefined> {
  if (server.key_file !== undefined) return new Secret((await readFile(server.key_file, 'utf8')).trim());
  return server.key === undefined ? undefined : new Secret(server.key);
}
