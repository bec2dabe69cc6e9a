import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { diskFiles } from '../base/files.ts';
import { createOutbound } from '../base/outbound.ts';
import { Secret } from '../base/secret.ts';
import { registerProcessMetrics } from '../base/telemetry/process_metrics.ts';
import type { Telemetry } from '../base/telemetry/telemetry.ts';
import { type AgentConfig, nodeAttributes } from './config.ts';
import { containerOrigins } from './container_origins.ts';
import { DeliveryQueue } from './delivery_queue.ts';
import { LogSpool } from './log_spool.ts';
import { openOwnAddress } from './own_address.ts';
import { podsOf } from './pods.ts';
import { Positions } from './positions.ts';
import { Shipper, shipperTelemetry } from './shipper.ts';
import { logSources } from './sources.ts';
import { tailTelemetry } from './tail_telemetry.ts';
import { Tailer } from './tailer.ts';

const MIB = 1024 * 1024;
const SEGMENT_BYTES = 8 * MIB;
/** A request of logs: at most this much before compression, and no record waits longer for company, ms. */
const BATCH_BYTES = MIB;
const BATCH_MS = 500;
/** The server's own limit of a line, bytes. */
const MAX_LINE_BYTES = 256 * 1024;
/** A stack trace is whole when nothing came after it for this long, ms. */
const JOIN_MS = 1_000;
/** On stop, what was just read is sent if the server takes it within this time, ms; else it waits on disk. */
const FAREWELL_MS = 3_000;

export interface RunningAgent {
  /** Where /metrics and /livez are; empty without. */
  readonly url: string;
  /** Resolves with an exit code when the agent cannot go on. */
  readonly fatal: Promise<number>;
  stop(): Promise<void>;
}

/** Follows logs, ships them, until stopped. The data directory must belong to this process alone. Throws file errors. */
export async function startAgent(config: AgentConfig, telemetry: Telemetry, version: string): Promise<RunningAgent> {
  const { log, metrics } = telemetry;
  const fatal = Promise.withResolvers<number>();
  const directory = resolve(config.data);
  await diskFiles.makeDirectory(directory);
  const positions = await Positions.open(diskFiles, directory);
  const queue = await DeliveryQueue.open({
    files: diskFiles,
    directory: `${directory}/logs`,
    maxBytes: config.buffer.logs_mib * MIB,
    segmentBytes: SEGMENT_BYTES,
    log,
    now: Date.now,
    onFound: (seq, header) => positions.replay(seq, header),
    beforeRemoval: () => positions.save(),
    onPoison(error) {
      log.fatal('the queue cannot be written any more; start the agent again', { error });
      fatal.resolve(1);
    },
  });
  await queue.sweep();
  const outbound = createOutbound({
    allowPrivate: true,
    userAgent: `trilith-agent/${version}`,
    tls: await tlsOf(config),
  });
  const shipper = new Shipper({
    signal: 'logs',
    queue,
    outbound,
    url: `${config.server.url.replace(/\/+$/, '')}/v1/logs`,
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'zstd' },
    key: () => keyOf(config),
    log,
    telemetry: shipperTelemetry(metrics),
  });
  const pods = podsOf(config, log);
  const attributes = nodeAttributes(config);
  const spool = new LogSpool({ queue, positions, batchBytes: BATCH_BYTES, batchMs: BATCH_MS, now: Date.now });
  const tailer = new Tailer({
    sources: logSources(config, containerOrigins({ pods, attributes, now: Date.now }), attributes),
    positions,
    spool,
    full: () => queue.full,
    maxLineBytes: MAX_LINE_BYTES,
    joinMs: JOIN_MS,
    log,
    telemetry: tailTelemetry(metrics),
    now: Date.now,
  });
  metrics.observed('gauge', 'trilith_agent_files', 'Log files that are followed.', () => tailer.files);
  metrics.observed('gauge', 'trilith_agent_behind_bytes', 'Bytes of log files not read yet.', () => tailer.behindBytes);
  metrics.observed('gauge', 'trilith_agent_queue_bytes', 'Bytes on disk the server has not got.', () => queue.bytes);
  const stopProcessMetrics = registerProcessMetrics(metrics, version);
  const address = await openOwnAddress(config.listen, telemetry);
  tailer.start();
  log.info('agent started', { server: config.server.url, data: directory, version, url: address.url });
  return {
    url: address.url,
    fatal: fatal.promise,
    async stop() {
      await tailer.stop();
      await farewell(queue, shipper);
      await Promise.all([shipper.stop(), pods?.stop(), address.close()]);
      await positions.save();
      await queue.close();
      outbound.close();
      stopProcessMetrics();
      log.info('agent stopped', { waiting: queue.entries });
    },
  };
}

/** Waits for the queue to run empty, as long as the server answers and not for long. */
async function farewell(queue: DeliveryQueue, shipper: Shipper): Promise<void> {
  const late = AbortSignal.timeout(FAREWELL_MS);
  const tooLate = new Promise<void>((done) => late.addEventListener('abort', () => done(), { once: true }));
  while (queue.entries > 0 && shipper.reachable && !late.aborted) await Promise.race([queue.changed, tooLate]);
}

async function tlsOf({ server }: AgentConfig): Promise<NonNullable<Parameters<typeof createOutbound>[0]['tls']>> {
  const ca = server.ca_file === undefined ? undefined : await readFile(server.ca_file, 'utf8');
  return { rejectUnauthorized: !server.insecure_skip_verify, ...(ca === undefined ? {} : { ca }) };
}

/** The key as it is now: a mounted secret changes while the agent runs. */
async function keyOf({ server }: AgentConfig): Promise<Secret | undefined> {
  if (server.key_file !== undefined) return new Secret((await readFile(server.key_file, 'utf8')).trim());
  return server.key === undefined ? undefined : new Secret(server.key);
}
